"""Students sign in by an identity provider that lies in every way we know."""

import hashlib
import json
import time
import unittest
import urllib.parse

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

import bad_provider as bad
from bad_provider import CLIENT_ID, CLIENT_SECRET, Key, Provider, compact, hs256, says
from signin import BASE, CALLBACK, START, Browser, Signin, pkce, settings
from support import Server, once, verify


class Bad(Signin):
    def setUp(self):
        super().setUp()
        self.provider = Provider()
        self.addCleanup(self.provider.close)

    def server(self, **more):
        return Server(self.dir, env=settings(self.provider.issuer, **more), demo=False)

    def try_all(self, server, cases):
        for name, lies in cases.items():
            with self.subTest(name):
                self.provider.reset()
                self.provider.lies = lies
                browser = Browser(server)
                self.refused(browser.sign_in(self.provider), browser)
        self.nothing_stored()
        self.provider.reset()
        self.assertEqual(Browser(server).sign_in(self.provider).status, 303)  # it was the lies


def token(make):
    return {"token": make}


def header(**h):
    return {"header": h}


def claims(**c):
    return {"claims": c}


@once("a refused token reaches no database")
class TokenTest(Bad):
    def test_lying_claims(self):
        now = int(time.time())
        p = self.provider
        cases = {
            "iss wrong": claims(iss="https://evil.example.org"),
            "iss with a slash": claims(iss=p.issuer + "/"),
            "iss missing": claims(iss=None),
            "iss a number": claims(iss=5),
            "iss a list": claims(iss=[p.issuer]),
            "aud wrong": claims(aud="somebody-else"),
            "aud missing": claims(aud=None),
            "aud empty": claims(aud=[]),
            "aud a number": claims(aud=1),
            "aud an object": claims(aud={"enigma": True}),
            "aud another case": claims(aud=CLIENT_ID.upper()),
            "aud of others": claims(aud=["a", "b"]),
            "aud of several without azp": claims(aud=[CLIENT_ID, "other"]),
            "aud of several, azp another": claims(aud=[CLIENT_ID, "other"], azp="other"),
            "aud of too many": claims(aud=[CLIENT_ID] + [str(i) for i in range(20)], azp=CLIENT_ID),
            "azp wrong": claims(azp="other"),
            "azp empty": claims(azp=""),
            "azp a list": claims(azp=[CLIENT_ID]),
            "exp past": claims(exp=now - 3600),
            "exp just past": claims(exp=now - 1),
            "exp missing": claims(exp=None),
            "exp a text": claims(exp=str(now + 300)),
            "exp negative": claims(exp=-1),
            "exp huge": claims(exp=1e300),
            "iat ahead": claims(iat=now + 3600, exp=now + 7200),
            "iat long ago": claims(iat=now - 86400),
            "iat missing": claims(iat=None),
            "iat a text": claims(iat="now"),
            "nbf ahead": claims(nbf=now + 3600),
            "nonce wrong": claims(nonce="another"),
            "nonce missing": claims(nonce=None),
            "nonce empty": claims(nonce=""),
            "nonce a number": claims(nonce=1),
            "nonce of another sign-in": {"claims": lambda asked: {"nonce": asked["state"]}},
            "at_hash wrong": claims(at_hash=bad.b64(hashlib.sha256(b"other").digest()[:16])),
            "at_hash whole": claims(at_hash=bad.b64(hashlib.sha256(b"access-1").digest())),
            "at_hash empty": claims(at_hash=""),
            "at_hash a number": claims(at_hash=7),
            "at_hash without an access token": {
                "claims": {"at_hash": bad.b64(hashlib.sha256(b"").digest()[:16])},
                "answer": lambda a: {k: v for k, v in a.items() if k != "access_token"}},
            "sub missing": claims(sub=None),
            "sub empty": claims(sub=""),
            "sub a number": claims(sub=7),
            "sub too long": claims(sub="x" * 256),
            "sub with NUL": claims(sub="a\0b"),
            "email missing everywhere": claims(email=None),
            "email empty": claims(email=""),
            "email invalid": claims(email="not an address"),
            "email of two lines": claims(email="a@example.org\nb@example.org"),
            "email a list": claims(email=["a@example.org"]),
            "email unverified": claims(email_verified=False),
            "email verified missing": claims(email_verified=None),
            "email verified a text": claims(email_verified="true"),
            "email verified a number": claims(email_verified=1),
        }
        with self.server() as server:
            self.try_all(server, cases)

    def test_forged_tokens(self):
        p = self.provider
        none = lambda alg: token(lambda h, c, k: compact({**h, "alg": alg}, c, lambda _: b""))
        thief = Key("rsa-1")

        def jwk_inside(h, c, k):
            return compact({**h, "jwk": thief.public()}, c, thief.sign)

        def swapped(h, c, k):
            honest = compact(h, c, k.sign).split(".")
            other = compact(h, {**c, "sub": "somebody"}, k.sign).split(".")
            return ".".join([honest[0], other[1], honest[2]])

        def raw(change):
            return token(lambda h, c, k: change(compact(h, c, k.sign)))

        def der(h, c, k):
            return compact({**h, "alg": "ES256", "kid": "ec-1"}, c,
                           lambda d: p.EC.key.sign(d, ec.ECDSA(hashes.SHA256())))

        body = lambda data: token(lambda h, c, k: compact(h, data, k.sign))
        cases = {
            "alg none": none("none"), "alg None": none("None"), "alg nOnE": none("nOnE"),
            "alg empty": none(""),
            "alg missing": token(lambda h, c, k: compact({"kid": "rsa-1"}, c, k.sign)),
            "alg a list": header(alg=["RS256"]),
            "HS256 by the public key": token(
                lambda h, c, k: compact({**h, "alg": "HS256"}, c, lambda d: hs256(k.pem(), d))),
            "HS256 by the public key, no kid": token(
                lambda h, c, k: compact({"alg": "HS256"}, c, lambda d: hs256(k.pem(), d))),
            "HS256 by the client secret": token(
                lambda h, c, k: compact({**h, "alg": "HS256"}, c,
                                        lambda d: hs256(CLIENT_SECRET.encode(), d))),
            "RS512": token(lambda h, c, k: compact({**h, "alg": "RS512"}, c,
                                                   lambda d: k.sign(d, "RS512"))),
            "PS256": token(lambda h, c, k: compact({**h, "alg": "PS256"}, c,
                                                   lambda d: k.sign(d, "PS256"))),
            "PSS behind RS256": token(lambda h, c, k: compact(h, c, lambda d: k.sign(d, "PS256"))),
            "RS512 behind RS256": token(lambda h, c, k: compact(h, c, lambda d: k.sign(d, "RS512"))),
            "another's key": token(lambda h, c, k: compact(h, c, thief.sign)),
            "a key inside": token(jwk_inside),
            "a link to a key": token(lambda h, c, k: compact(
                {**h, "jku": p.issuer + "/thief", "x5u": p.issuer + "/thief"}, c, thief.sign)),
            "kid of the other kind": header(kid="ec-1"),
            "ES256 with the RSA kid": token(
                lambda h, c, k: compact({**h, "alg": "ES256"}, c, p.EC.sign)),
            "ES256 in DER": token(der),
            "ES256 of zeros": token(lambda h, c, k: compact(
                {**h, "alg": "ES256", "kid": "ec-1"}, c, lambda _: bytes(64))),
            "ES256 of ones": token(lambda h, c, k: compact(
                {**h, "alg": "ES256", "kid": "ec-1"}, c, lambda _: b"\xff" * 64)),
            "kid a path": header(kid="../../../../dev/null"),
            "kid a number": header(kid=1),
            "kid very long": header(kid="k" * 1000),
            "crit": header(crit=["exp"]),
            "another typ": header(typ="at+jwt"),
            "claims swapped": token(swapped),
            "no signature": raw(lambda t: t.rsplit(".", 1)[0] + "."),
            "two parts": raw(lambda t: t.rsplit(".", 1)[0]),
            "five parts": raw(lambda t: t + ".a.b"),
            "signature cut": raw(lambda t: t[:-4]),
            "signature padded": raw(lambda t: t + "=="),
            "a bit turned": raw(lambda t: t[:-10] + ("A" if t[-10] != "A" else "B") + t[-9:]),
            "blank inside": raw(lambda t: t.replace(".", ". ", 1)),
            "empty": raw(lambda t: ""),
            "not a token": raw(lambda t: "hello"),
            "too long": raw(lambda t: t + "A" * 20000),
            "claims a list": body(b"[]"), "claims a text": body(b'"x"'), "claims not JSON": body(b"{"),
            "claims empty": body(b"{}"), "claims with NUL": body(b"{}\0"),
            "claims not UTF-8": body(b'{"iss":"\xff"}'),
            "claims deep": body(b'{"a":' + b"[" * 200 + b"]" * 200 + b"}"),
            "iss twice": token(lambda h, c, k: compact(
                h, b'{"iss":"https://evil.example.org",' + json.dumps(c).encode()[1:], k.sign)),
            "many claims": token(lambda h, c, k: compact(
                h, {**c, **{f"x{i}": i for i in range(200)}}, k.sign)),
            "alg twice": token(lambda h, c, k: compact(
                b'{"alg":"none","alg":"RS256","kid":"rsa-1"}', c, k.sign)),
            "id_token a number": {"answer": lambda a: {**a, "id_token": 5}},
            "id_token missing": {"answer": lambda a: {"access_token": "x", "token_type": "Bearer"}},
            "id_token null": {"answer": lambda a: {**a, "id_token": None}},
            "token_type mac": {"answer": lambda a: {**a, "token_type": "mac"}},
            "answer a list": {"answer": lambda a: [a]},
        }
        with self.server() as server:
            self.try_all(server, cases)

    def test_honest_variants_are_taken(self):
        now = int(time.time())
        p = self.provider
        half = bad.b64(hashlib.sha256(b"access-1").digest()[:16])
        variants = [
            {}, claims(aud=[CLIENT_ID]), claims(aud=[CLIENT_ID, "other"], azp=CLIENT_ID),
            claims(azp=CLIENT_ID), claims(iat=now - 0.5), claims(at_hash=half),
            claims(nbf=now - 5, picture="https://example.org/p.png", groups=["a", {"b": [1]}]),
            header(typ=None), header(typ="jwt"), header(x5t="abc"), header(kid=None),
            {"header": {"alg": "ES256", "kid": "ec-1"},
             "token": lambda h, c, k: compact(h, c, p.EC.sign)},
            {"claims": {"email": None},
             "userinfo": {"sub": "sub-1", "email": "SUB-1@example.org", "email_verified": True}},
        ]
        with self.server() as server:
            for lies in variants:
                p.reset()
                p.lies = lies
                browser = Browser(server)
                r = browser.sign_in(p)
                self.assertEqual((r.status, r.headers["Location"]), (303, "/student"), f"{lies} {r.text}")
                self.assertEqual(browser.me().status, 200)
        self.assertEqual(self.rows(), {"student_accounts": 1, "oauth_identities": 1,
                                       "student_sessions": len(variants)})
        verify(self.dir)

    def test_profiles_of_others_are_refused(self):
        cases = {}
        good = {"sub": "sub-1", "email": "sub-1@example.org", "email_verified": True}
        for name, profile in {
            "another sub": {**good, "sub": "sub-2"}, "no sub": {**good, "sub": ""},
            "unverified": {**good, "email_verified": False},
            "verified a text": {**good, "email_verified": "true"}, "no email": {"sub": "sub-1"},
        }.items():
            cases[name] = {"claims": {"email": None}, "userinfo": profile}
        for name, lie in {"500": says(500, {}), "not JSON": says(200, b"<html>"),
                          "redirect": bad.redirects, "reset": bad.resets, "endless": bad.pours}.items():
            cases[name] = {"claims": {"email": None}, "at": {"userinfo": lie}}
        with self.server() as server:
            self.try_all(server, cases)


@once("a refused answer reaches no database")
class EndpointTest(Bad):
    ANSWERS = {"500": says(500, {"error": "server_error"}), "503": says(503, b""),
               "302": bad.redirects, "not JSON": says(200, b"<html>hello</html>"),
               "empty": says(200, b""), "a list": says(200, []), "reset": bad.resets,
               "endless": bad.pours, "204": says(204, b"")}

    def test_token_endpoint(self):
        cases = {n: {"at": {"token": lie}} for n, lie in self.ANSWERS.items()}
        for status, error in ((400, "invalid_grant"), (401, "invalid_client"), (403, "<script>")):
            cases[f"{status} {error}"] = {"at": {"token": says(status, {"error": error})}}
        with self.server() as server:
            self.try_all(server, cases)

    def test_keys(self):
        p = self.provider
        public = p.RSA.public()
        private = {**public, "d": "AQAB"}
        sets = {
            "no keys": {"keys": []}, "keys missing": {}, "keys a text": {"keys": "x"},
            "only secrets": {"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "rsa-1"}]},
            "a private key": {"keys": [private]},
            "for encryption": {"keys": [{**public, "use": "enc"}]},
            "for wrapping": {"keys": [{**public, "key_ops": ["wrapKey"]}]},
            "for another alg": {"keys": [{**public, "alg": "RS512"}]},
            "too many": {"keys": [public] * 100},
            "twice the kid": {"keys": [public, p.OTHER.public() | {"kid": "rsa-1"}]},
            "a short key": {"keys": [Key("rsa-1", bits=1024).public()]},
            "exponent one": {"keys": [{**public, "e": "AQ"}]},
            "a number that is none": {"keys": [{**public, "n": "!!"}]},
        }
        answers = {**self.ANSWERS, **{n: says(200, s) for n, s in sets.items()},
                   "too large": says(200, b'{"keys":[]' + b" " * 300000 + b"}")}
        for name, lie in answers.items():
            with self.subTest(name), self.server() as server:
                p.reset()
                p.lies = {"at": {"jwks": lie}}
                browser = Browser(server)
                self.refused(browser.sign_in(p), browser)
        self.nothing_stored()

    def test_discovery(self):
        p = self.provider
        documents = {
            "another issuer": {"issuer": "https://accounts.google.com"},
            "issuer with a slash": {"issuer": p.issuer + "/"},
            "token endpoint missing": {"token_endpoint": None},
            "jwks missing": {"jwks_uri": None},
            "plain http outside": {"authorization_endpoint": "http://example.org/authorize"},
            "a script": {"authorization_endpoint": "javascript:alert(1)"},
            "with a user": {"authorization_endpoint": "https://u:p@example.org/"},
            "a file": {"jwks_uri": "file:///etc/passwd"},
            "with a fragment": {"authorization_endpoint": p.issuer + "/authorize#x"},
        }
        answers = {**self.ANSWERS}
        for name, change in documents.items():
            answers[name] = says(200, {**p.discovery(), **change})
        for name, lie in answers.items():
            with self.subTest(name), self.server() as server:
                p.reset()
                p.lies = {"at": {"discovery": lie}}
                browser = Browser(server)
                r = browser.ask("GET", START)
                self.refused(r, browser, (502,))
                self.assertIsNone(r.headers["Location"])
        self.nothing_stored()

    def test_endpoints_elsewhere_are_not_asked(self):
        """The provider may not send us to hosts that nobody has allowed."""
        for name, where in {"another host": "https://evil.example.org/x",
                            "metadata": "http://169.254.169.254/latest",
                            "another port": "http://127.0.0.1:1/x"}.items():
            for what in ("token_endpoint", "jwks_uri"):
                with self.subTest(f"{name} as {what}"), self.server() as server:
                    self.provider.reset()
                    self.provider.lies = {"discovery": {what: where}}
                    browser = Browser(server)
                    r = browser.ask("GET", START)
                    if r.status == 303:
                        r = browser.finish(self.provider.authorize(r.headers["Location"]))
                    self.refused(r, browser, (502,))
        self.nothing_stored()

    def test_a_provider_that_hangs(self):
        for what in ("discovery", "jwks", "token"):
            for lie in (bad.hangs, bad.drips):
                with self.subTest(f"{what} {lie.__name__}"), \
                        self.server(OIDC_TIMEOUT_MS="300") as server:
                    self.provider.reset()
                    browser = Browser(server)
                    if what != "discovery":  # that one is found in peace
                        url = browser.ask("GET", START).headers["Location"]
                        if not url:
                            self.skipTest("this machine is too slow for a limit of 0.3 s")
                    self.provider.lies = {"at": {what: lie}}
                    r = browser.ask("GET", START) if what == "discovery" else \
                        browser.finish(self.provider.authorize(url))
                    self.refused(r, browser, (502,))
                    self.assertEqual(browser.ask("GET", "/health").status, 200)
        self.nothing_stored()

    def test_keys_turn_over(self):
        p = self.provider
        with self.server() as server:
            self.assertEqual(Browser(server).sign_in(p).status, 303)
            self.assertEqual((p.count("discovery"), p.count("jwks")), (1, 1))
            self.assertEqual(Browser(server).sign_in(p).status, 303)
            self.assertEqual((p.count("discovery"), p.count("jwks")), (1, 1))  # kept
            p.key, p.keys = p.OTHER, [p.OTHER, p.EC]
            self.assertEqual(Browser(server).sign_in(p).status, 303)  # asked again, and found
            self.assertEqual(p.count("jwks"), 2)
            p.key = p.RSA  # the old key is good no longer
            browser = Browser(server)
            self.refused(browser.sign_in(p), browser)

    def test_unknown_keys_make_us_ask_once_a_minute(self):
        p = self.provider
        with self.server() as server:
            self.assertEqual(Browser(server).sign_in(p).status, 303)
            for i in range(8):
                p.lies = header(kid=f"made-up-{i}")
                browser = Browser(server)
                self.refused(browser.sign_in(p), browser)
            self.assertEqual(p.count("jwks"), 2)
            p.lies = {}
            self.assertEqual(Browser(server).sign_in(p).status, 303)
            self.assertEqual(p.count("jwks"), 2)

    def test_what_is_kept_grows_old(self):
        p = self.provider
        with self.server(OIDC_CACHE_SECONDS="1") as server:
            self.assertEqual(Browser(server).sign_in(p).status, 303)
            p.key, p.keys = p.OTHER, [p.EC, p.OTHER]
            end = time.time() + 60
            while p.count("discovery") < 2 and time.time() < end:
                self.assertEqual(Browser(server).sign_in(p).status, 303)
            self.assertGreaterEqual(p.count("discovery"), 2)


class FlowTest(Bad):
    def test_state_is_used_once_in_one_browser_and_not_late(self):
        p = self.provider
        with self.server() as server:
            # Another browser, with a sign-in of its own or none.
            victim, other, bare = Browser(server), Browser(server), Browser(server)
            query = p.authorize(victim.begin())
            other.begin()
            for stranger in (other, bare):
                self.refused(stranger.finish(query), stranger, (400,))
            forged = Browser(server)
            forged.cookies["enigma_signin"] = "A" * 43
            self.refused(forged.finish(query), forged, (400,))
            self.nothing_stored()
            # Too late.
            late = Browser(server)
            query = p.authorize(late.begin())
            self.sql("UPDATE student_auth_states SET expires_at = created_at RETURNING 1")
            self.refused(late.finish(query), late, (400,))
            # Made up, or missing.
            for state in ("made-up", "", None, "x" * 500):
                browser = Browser(server)
                url = browser.begin()
                self.refused(browser.finish(p.authorize(url, state=state)), browser, (400,))
            self.nothing_stored()
            # Once.
            browser = Browser(server)
            query = p.authorize(browser.begin())
            kept = dict(browser.cookies)
            self.assertEqual(browser.finish(query).status, 303)
            again = Browser(server)
            again.cookies = kept
            self.refused(again.finish(query), again, (400,))
            # A try that failed has used it up as well.
            browser = Browser(server)
            query = p.authorize(browser.begin())
            p.lies = {"at": {"token": says(500, {})}}
            self.refused(browser.finish(query), browser, (502,))
            p.lies = {}
            self.refused(browser.finish(query), browser, (400,))
            self.assertEqual(self.rows()["student_sessions"], 1)

    def test_answers_of_another_issuer(self):
        p = self.provider
        with self.server() as server:
            for answer in ({"iss": "https://evil.example.org"}, {"iss": ""},
                           {"iss": p.issuer + "/"}):
                browser = Browser(server)
                self.refused(browser.sign_in(p, **answer), browser, (400,))
            self.nothing_stored()
            self.assertEqual(Browser(server).sign_in(p, iss=p.issuer).status, 303)
        p.lies = {"discovery": {"authorization_response_iss_parameter_supported": True}}
        with self.server() as server:
            browser = Browser(server)
            self.refused(browser.sign_in(p), browser, (400,))
            self.assertEqual(Browser(server).sign_in(p, iss=p.issuer).status, 303)

    def test_refusals_of_the_provider_are_not_repeated_to_the_browser(self):
        p = self.provider
        evil = "<script>alert(1)</script>"
        with self.server() as server:
            for error in ("access_denied", "server_error", evil, ""):
                browser = Browser(server)
                r = browser.sign_in(p, code=None, error=error, error_description=evil)
                self.refused(r, browser, (400,))
                self.assertNotIn("<script>", r.text)
                self.assertNotIn("alert(", r.text)
            for code in (None, "", "c" * 5000):
                browser = Browser(server)
                self.refused(browser.sign_in(p, code=code), browser, (400,))
            browser = Browser(server)
            self.refused(browser.sign_in(p, code="stolen"), browser, (400,))
        self.nothing_stored()

    def test_the_calls_of_the_front_end(self):
        p = self.provider
        uri = BASE + "/auth/google/callback"
        with self.server() as server:
            verifier, challenge = pkce()

            def start(browser, redirect_uri=uri, code_challenge=challenge):
                query = urllib.parse.urlencode({"redirect_uri": redirect_uri,
                                                "code_challenge": code_challenge})
                return browser.ask("POST", START + "?" + query)

            for other in (uri + "/", uri + "?a=b", "https://evil.example.org/auth/google/callback",
                          BASE + "@evil.example.org/auth/google/callback", BASE + ".evil.test",
                          BASE + "/auth/google/callback/../x", BASE, "javascript:alert(1)",
                          uri.replace("http:", "https:"), uri.upper()):
                self.assertEqual(start(Browser(server), redirect_uri=other).status, 422, other)
            for other in ("short", "x" * 44, challenge[:-1] + "=", challenge[:-1] + "+"):
                self.assertEqual(start(Browser(server), code_challenge=other).status, 422, other)
            self.assertEqual(Browser(server).ask("POST", START).status, 422)

            def callback(browser, begun, **changes):
                answer = dict(urllib.parse.parse_qsl(p.authorize(begun["authorization_url"])))
                body = {"code": answer["code"], "state": answer["state"], "code_verifier": verifier,
                        "redirect_uri": uri, **changes}
                return browser.ask("POST", CALLBACK, body)

            for changes in ({"code_verifier": pkce()[0]}, {"code_verifier": "x"},
                            {"redirect_uri": BASE + CALLBACK}, {"state": "made-up"}, {"code": "stolen"},
                            {"iss": "https://evil.example.org"}):
                browser = Browser(server)
                r = callback(browser, json.loads(start(browser).text), **changes)
                self.assertEqual(r.status, 400, f"{changes} {r.text}")
                self.assertIn("detail", json.loads(r.text))
                self.assertIsNone(browser.session)
            browser = Browser(server)
            begun = json.loads(start(browser).text)
            self.assertEqual(callback(Browser(server), begun).status, 400)  # not that browser
            self.assertEqual(browser.ask("POST", CALLBACK, {"code": "x"}).status, 422)
            self.nothing_stored()
            self.assertIn(urllib.parse.quote(uri, safe=""), begun["authorization_url"])
            r = callback(browser, begun)
            self.assertEqual(r.status, 200, r.text)
            reply = json.loads(r.text)
            self.assertTrue(reply["success"])
            self.assertEqual(reply["student"]["primary_email"], "sub-1@example.org")
            self.assertEqual(reply["student"]["status"], "active")
            self.assertEqual(json.loads(browser.me().text)["student_id"],
                             reply["student"]["student_id"])
            # What the provider was asked for.
            asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(begun["authorization_url"]).query))
            self.assertEqual(asked["scope"], "openid email profile")
            self.assertEqual(asked["state"], begun["state"])
            self.assertGreaterEqual(len(asked["nonce"]), 22)

    def test_accounts(self):
        p = self.provider
        with self.server() as server:
            def student(**kwargs):
                browser = Browser(server)
                r = browser.sign_in(p, **kwargs)
                return json.loads(browser.me().text) if r.status == 303 else r.status

            first = student(sub="sub-1")
            self.assertEqual(student(sub="sub-1")["student_id"], first["student_id"])
            # The key is sub: another address is the same person, ...
            p.lies = claims(email="changed@example.org")
            self.assertEqual(student(sub="sub-1")["student_id"], first["student_id"])
            # ... and the same address by another sub is somebody else.
            p.lies = claims(email="Sub-1@example.org")
            self.assertEqual(student(sub="sub-2"), 409)
            # An account that was made without the provider is found by a verified address, ...
            self.sql("INSERT INTO student_accounts (student_id, primary_email, status, created_at,"
                     " updated_at) SELECT 'STU_IMPORTED', 'old@example.org', 'active', created_at,"
                     " updated_at FROM student_accounts RETURNING 1")
            p.lies = claims(email="old@example.org", email_verified=False)
            self.assertEqual(student(sub="sub-3"), 400)
            p.lies = claims(email="OLD@example.org")
            self.assertEqual(student(sub="sub-3")["student_id"], "STU_IMPORTED")
            # ... once.
            self.assertEqual(student(sub="sub-4"), 409)
            before = self.rows()
            self.sql("UPDATE student_accounts SET status = 'suspended' WHERE primary_email ="
                     " 'sub-1@example.org' RETURNING 1")
            p.lies = {}
            self.assertEqual(student(sub="sub-1"), 403)
            self.assertEqual(self.rows(), before)
            self.assertEqual(self.rows()["student_accounts"], 2)
        verify(self.dir)
        self.assertEqual(self.sql("SELECT DISTINCT provider FROM oauth_identities"), [p.issuer])

    def test_logout_ends_the_login(self):
        with self.server() as server:
            browser = Browser(server)
            self.assertEqual(browser.sign_in(self.provider).status, 303)
            copy = Browser(server)
            copy.cookies = dict(browser.cookies)
            self.assertEqual(copy.me().status, 200)
            self.assertEqual(browser.ask("POST", "/auth/student/logout").status, 200)
            self.assertIsNone(browser.session)
            self.assertEqual(copy.me().status, 401)
            # With the dead cookie one signs in again.
            self.assertEqual(copy.sign_in(self.provider).status, 303)
            self.assertEqual(copy.me().status, 200)

    def test_cookies_behind_tls(self):
        """A proxy ends TLS: both cookies are __Host- and Secure, and the plain names count no more."""
        with self.server(TRUSTED_PROXIES="127.0.0.1") as server:
            secure = {"X-Forwarded-Proto": "https"}
            browser = Browser(server)
            r = browser.ask("GET", START, headers=secure)
            lines = r.headers.get_all("Set-Cookie")
            self.assertEqual(len(lines), 1)
            query = self.provider.authorize(r.headers["Location"])
            plain = Browser(server)
            plain.cookies["enigma_signin"] = browser.cookies["__Host-enigma_signin"]
            self.assertEqual(plain.ask("GET", CALLBACK + "?" + query, headers=secure).status, 400)
            r = browser.ask("GET", CALLBACK + "?" + query, headers=secure)
            self.assertEqual(r.status, 303, r.text)
            lines += r.headers.get_all("Set-Cookie")
            self.assertEqual(len(lines), 3)
            for line in lines:
                self.assertTrue(line.startswith("__Host-enigma_"), line)
                for attribute in ("; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"):
                    self.assertIn(attribute, line)
                self.assertNotIn("Domain", line)
            self.assertEqual(len(browser.cookies["__Host-enigma_student_session"]), 64)
            self.assertNotIn("__Host-enigma_signin", browser.cookies)
            self.assertEqual(browser.ask("GET", "/auth/student/me", headers=secure).status, 200)

    def test_secrets_are_not_kept_or_told(self):
        with self.server(LOG_LEVEL="debug") as server:
            browser = Browser(server)
            url = browser.begin()
            asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
            secrets = [asked["state"], asked["nonce"], browser.cookies["enigma_signin"], CLIENT_SECRET,
                       "access-1"]
            stored = self.sql("SELECT state || nonce || browser || code_challenge || redirect_uri"
                              " FROM student_auth_states")
            for secret in secrets:
                self.assertNotIn(secret, stored[0])
            self.provider.lies = claims(nonce="wrong")
            browser.finish(self.provider.authorize(url))
            self.provider.lies = {}
            self.assertEqual(browser.sign_in(self.provider).status, 303)
            secrets.append(browser.session)
            server.process.send_signal(15)
            log = server.process.stderr.read()
            self.assertIn("student.signin_refused", log)
            for secret in secrets + ["sub-1@example.org", "code-1"]:
                self.assertNotIn(secret, log)

    def test_states_that_are_over_are_removed(self):
        with self.server() as server:
            for _ in range(3):
                Browser(server).begin()
            self.sql("UPDATE student_auth_states SET expires_at = '2020-01-01T00:00:00.000000Z'"
                     " RETURNING 1")
            live = Browser(server)
            live.begin()
        with self.server():  # the janitor works at the start
            end = time.time() + 60
            while int(self.sql("SELECT COUNT(*) FROM student_auth_states")[0]) > 1:
                self.assertLess(time.time(), end, "nobody removed them")
                time.sleep(0.1)

    def test_not_set_up(self):
        with Server(self.dir, demo=False) as server:
            browser = Browser(server)
            self.refused(browser.ask("GET", START), browser, (404,))
            self.refused(browser.ask("GET", CALLBACK + "?code=a&state=b"), browser, (404,))

    def test_settings_are_checked(self):
        for change, name in (({"OIDC_ISSUER": "http://idp.example.org"}, "OIDC_ISSUER"),
                             ({"OIDC_ISSUER": "nonsense"}, "OIDC_ISSUER"),
                             ({"GOOGLE_OAUTH_REDIRECT_BASE": "http://example.org"},
                              "GOOGLE_OAUTH_REDIRECT_BASE"),
                             ({"GOOGLE_OAUTH_REDIRECT_BASE": "https://*.example.org"},
                              "GOOGLE_OAUTH_REDIRECT_BASE"),
                             ({"OUTBOUND_ORIGINS": "https://a.example.org/path"}, "a.example.org/path")):
            server = Server(self.dir, env=settings(self.provider.issuer, **change), demo=False)
            with self.assertRaises(AssertionError) as caught:
                server.start()
            server.process.wait()
            server.process.stdout.close()
            server.process.stderr.close()
            self.assertIn(name, str(caught.exception))


if __name__ == "__main__":
    unittest.main()
