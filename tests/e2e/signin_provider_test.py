"""Students sign in by a real identity provider, over HTTP, HTTPS and in a browser."""

import datetime
import http.client
import ipaddress
import json
import os
import pathlib
import ssl
import subprocess
import unittest
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chromium import Browser as Chromium, free_port
from signin import BASE, CALLBACK, START, Browser, Signin, settings
from support import Server, once, verify

PEERS = pathlib.Path(__file__).parents[1] / "peers"


def install_peers():
    """The packages of the lock file, once."""
    mark = PEERS / "node_modules" / ".package-lock.json"
    lock = PEERS / "package-lock.json"
    if mark.exists() and mark.stat().st_mtime >= lock.stat().st_mtime:
        return
    done = subprocess.run(["npm", "ci", "--ignore-scripts"], cwd=PEERS, capture_output=True, text=True,
                          timeout=300)
    if done.returncode != 0:
        raise AssertionError("npm ci in tests/peers: " + done.stderr)


class Peer:
    """tests/peers/provider.mjs."""

    def __init__(self, **env):
        self.process = subprocess.Popen(
            ["node", "provider.mjs"], cwd=PEERS, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, env={**os.environ, "PEER_REDIRECTS": BASE + CALLBACK, **env})
        self.issuer = json.loads(self.process.stdout.readline())["issuer"]
        self.tls = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(30)

    def get(self, path, cookies=()):
        where = urllib.parse.urlsplit(self.issuer).netloc
        c = (http.client.HTTPSConnection(where, timeout=60, context=self.tls) if self.tls else
             http.client.HTTPConnection(where, timeout=60))
        try:
            c.request("GET", path,
                      headers={"Cookie": "; ".join(f"{k}={v}" for k, v in dict(cookies).items())})
            r = c.getresponse()
            return r, r.read()
        finally:
            c.close()

    def authorize(self, url, persona):
        """Follows the provider's own redirects; the query that comes back."""
        cookies = {}
        where = url + "&login_hint=" + persona
        for _ in range(10):
            parts = urllib.parse.urlsplit(where)
            if where.startswith(BASE):
                return parts.query
            r, body = self.get(parts.path + ("?" + parts.query if parts.query else ""), cookies)
            for line in r.headers.get_all("Set-Cookie") or []:
                name, _, value = line.split(";")[0].partition("=")
                cookies[name] = value
            if r.status not in (302, 303):
                raise AssertionError(f"{where}: {r.status} {body}")
            where = urllib.parse.urljoin(where, r.headers["Location"])
        raise AssertionError("the provider redirects without end")


def certificate(folder):
    """cert.pem and key.pem for 127.0.0.1, trusted by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "peer")])
    now = datetime.datetime.now(datetime.timezone.utc)
    cert = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(1).not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(hours=1))
            .add_extension(x509.SubjectAlternativeName(
                [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
            .sign(key, hashes.SHA256()))
    path = pathlib.Path(folder)
    (path / "cert.pem").write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    (path / "key.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return str(path / "cert.pem")


PEER_SECRET = "s3cret of the tests/+&=%"


@once("the provider is the same")
class RealProviderTest(Signin):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        install_peers()

    def sign_in(self, server, peer, persona):
        browser = Browser(server)
        return browser, browser.finish(peer.authorize(browser.begin(), persona))

    def test_personas(self):
        with Peer() as peer, Server(self.dir, env=settings(peer.issuer, GOOGLE_CLIENT_SECRET=PEER_SECRET),
                                    demo=False) as server:
            browser, r = self.sign_in(server, peer, "ada")
            self.assertEqual(r.status, 303, r.text)
            me = json.loads(browser.me().text)
            self.assertEqual((me["primary_email"], me["display_name"]), ("ada@example.org", "Ada Lovelace"))
            other, r = self.sign_in(server, peer, "grace")
            self.assertNotEqual(json.loads(other.me().text)["student_id"], me["student_id"])
            again, r = self.sign_in(server, peer, "ada")
            self.assertEqual(json.loads(again.me().text)["student_id"], me["student_id"])
            stored = self.rows()
            for persona, status in (("impostor", 409), ("unverified", 400), ("nameless", 400),
                                    ("declines", 400)):
                stranger, r = self.sign_in(server, peer, persona)
                self.refused(r, stranger, (status,))
            self.assertEqual(self.rows(), stored)
            # A code that was used, and one with another's verifier.
            thief = Browser(server)
            query = peer.authorize(thief.begin(), "ada")
            self.assertEqual(thief.finish(query).status, 303)
            code = dict(urllib.parse.parse_qsl(query))
            late = Browser(server)
            fresh = dict(urllib.parse.parse_qsl(peer.authorize(late.begin(), "ada")))
            r = late.finish(urllib.parse.urlencode({**fresh, "code": code["code"]}))
            self.refused(r, late, (400,))
            self.assertIn("invalid_grant", r.text)
        verify(self.dir)

    def test_other_ways_of_providers(self):
        for peer_env, secret in (({"PEER_ALG": "ES256", "PEER_AUTH": "client_secret_post",
                                   "PEER_CLAIMS": "userinfo"}, PEER_SECRET),
                                 ({"PEER_AUTH": "none"}, "")):
            with self.subTest(peer_env), Peer(**peer_env) as peer, \
                    Server(self.dir, env=settings(peer.issuer, GOOGLE_CLIENT_SECRET=secret),
                           demo=False) as server:
                browser, r = self.sign_in(server, peer, "grace")
                self.assertEqual(r.status, 303, r.text)
                self.assertEqual(json.loads(browser.me().text)["primary_email"], "grace@example.org")
            self.sql("DELETE FROM oauth_identities RETURNING 1")

    def test_over_tls(self):
        cert = certificate(self.dir)
        with Peer(PEER_TLS=self.dir) as peer:
            peer.tls = ssl.create_default_context(cafile=cert)
            more = {"GOOGLE_CLIENT_SECRET": PEER_SECRET}
            with Server(self.dir, env=settings(peer.issuer, **more), demo=False) as server:
                browser = Browser(server)
                r = browser.ask("GET", START)
                self.refused(r, browser, (502,))
                self.assertIn("certificate", r.text)
            more["OUTBOUND_CA_FILE"] = cert
            with Server(self.dir, env=settings(peer.issuer, **more), demo=False) as server:
                browser, r = self.sign_in(server, peer, "ada")
                self.assertEqual(r.status, 303, r.text)
                metrics = browser.ask("GET", "/metrics").text
            asked = json.loads(peer.get("/asked")[1])
            self.assertEqual((asked["/token"], asked["/jwks"]), ("2.0", "2.0"))
            # Discovery, keys and token: over one connection.
            self.assertIn('enigma_outbound_requests_total{outcome="ok"} 3', metrics)
            self.assertIn("enigma_outbound_connections_total 1\n", metrics)

    def test_in_a_browser(self):
        """By links alone, from one site to another and back, with the cookies that a browser lets pass."""
        chromium = Chromium()
        self.addCleanup(chromium.close)
        port = free_port()
        base = f"http://localhost:{port}"  # the provider's 127.0.0.1 is another site
        for person, words in (("unverified", "not verified"), ("ada", "ada@example.org")):
            with Peer(PEER_PERSON=person, PEER_REDIRECTS=base + CALLBACK) as peer, \
                    Server(self.dir, demo=False, args=["--listen", f"127.0.0.1:{port}"],
                           env=settings(peer.issuer, GOOGLE_CLIENT_SECRET=PEER_SECRET,
                                        GOOGLE_OAUTH_REDIRECT_BASE=base)):
                chromium.open(base + "/")
                chromium.click(chromium.find(f"a[href='{START}']")[0])
                if person == "ada":
                    self.assertEqual(chromium.run("return location.pathname + location.search"), "/student")
                    self.assertIn(words, chromium.run(
                        "const x = new XMLHttpRequest(); x.open('GET', '/auth/student/me', false);"
                        " x.send(); return x.responseText"))
                else:
                    chromium.wait("[role=alert]", words)
                    self.assertEqual(chromium.run("return document.cookie"), "")
                    self.assertEqual(len(chromium.find(f"a[href='{START}']")), 1)
        self.assertEqual([m for m in chromium.complaints() if "status of 400" not in m], [])

    def test_a_wrong_secret(self):
        with Peer() as peer, Server(self.dir, env=settings(peer.issuer, GOOGLE_CLIENT_SECRET="wrong"),
                                    demo=False) as server:
            browser, r = self.sign_in(server, peer, "ada")
            self.refused(r, browser, (400,))
            self.assertIn("invalid_client", r.text)
        self.nothing_stored()


if __name__ == "__main__":
    unittest.main()
