"""An identity provider on loopback that does what a test tells it to: an honest one until it is told
otherwise, so that each lie stands alone."""

import base64
import hashlib
import http.server
import json
import socket
import struct
import threading
import time
import urllib.parse

from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

CLIENT_ID, CLIENT_SECRET = "enigma", "s3cret of the tests"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, size=None):
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


class Key:
    def __init__(self, kid, kind="RSA", bits=2048):
        self.kid, self.kind = kid, kind
        self.key = (rsa.generate_private_key(65537, bits) if kind == "RSA"
                    else ec.generate_private_key(ec.SECP256R1()))
        self.alg = "RS256" if kind == "RSA" else "ES256"

    def public(self):
        n = self.key.public_key().public_numbers()
        shape = ({"kty": "RSA", "n": number(n.n), "e": number(n.e)} if self.kind == "RSA" else
                 {"kty": "EC", "crv": "P-256", "x": number(n.x, 32), "y": number(n.y, 32)})
        return {**shape, "kid": self.kid, "use": "sig", "alg": self.alg}

    def pem(self):
        return self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def sign(self, data, alg=None):
        if self.kind == "EC":
            r, s = utils.decode_dss_signature(self.key.sign(data, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        if alg == "PS256":
            return self.key.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
        return self.key.sign(data, padding.PKCS1v15(),
                             hashes.SHA512() if alg == "RS512" else hashes.SHA256())


def hs256(secret, data):
    h = hmac.HMAC(secret, hashes.SHA256())
    h.update(data)
    return h.finalize()


def compact(header, claims, signer):
    """header and claims: a dict, or bytes as they are."""
    part = lambda x: b64(x if isinstance(x, bytes) else json.dumps(x).encode())
    text = (part(header) + "." + part(claims)).encode()
    return text.decode() + "." + b64(signer(text))


class Provider:
    """`lies` may hold: claims (a dict to lay over; None takes away), header, token (a function of
    header, claims, key), answer (a function of the token answer), at: {path: handler function}."""

    RSA, EC, OTHER = Key("rsa-1"), Key("ec-1", "EC"), Key("rsa-2")
    paths = {"/.well-known/openid-configuration": "discovery", "/jwks": "jwks", "/token": "token",
             "/userinfo": "userinfo"}

    def __init__(self):
        self.stopping = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                outer.serve(self, b"")

            def do_POST(self):
                outer.serve(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))

        class Quiet(http.server.ThreadingHTTPServer):
            request_queue_size = 64

            def handle_error(self, *_):
                pass  # the other side hung up: that is what some tests are about

        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.reset()

    def reset(self):
        self.lies, self.asked, self.codes = {}, [], {}
        self.key, self.keys, self.secret_posted = self.RSA, [self.RSA, self.EC], None

    def close(self):
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()

    def count(self, what):
        return self.asked.count(what)

    # What the browser does at the provider: the person agrees, and a code comes back.
    def authorize(self, url, sub="sub-1", **answer):
        q = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
        assert q["response_type"] == "code" and q["code_challenge_method"] == "S256", q
        assert q["client_id"] == CLIENT_ID and "openid" in q["scope"].split(), q
        code = "code-%d" % (len(self.codes) + 1)
        self.codes[code] = {**q, "sub": sub}
        back = {"code": code, "state": q["state"], **answer}
        return urllib.parse.urlencode({k: v for k, v in back.items() if v is not None})

    def discovery(self):
        return {"issuer": self.issuer, "authorization_endpoint": self.issuer + "/authorize",
                "token_endpoint": self.issuer + "/token", "jwks_uri": self.issuer + "/jwks",
                "userinfo_endpoint": self.issuer + "/userinfo",
                "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256", "ES256"]}

    def jwks(self):
        return {"keys": [k.public() for k in self.keys]}

    def claims(self, asked):
        now = int(time.time())
        return {"iss": self.issuer, "sub": asked["sub"], "aud": CLIENT_ID, "iat": now,
                "exp": now + 300, "nonce": asked["nonce"], "email": asked["sub"] + "@example.org",
                "email_verified": True, "name": "Pat Example"}

    def id_token(self, asked):
        claims = self.claims(asked)
        patch = self.lies.get("claims", {})
        claims.update(patch(asked) if callable(patch) else patch)
        claims = {k: v for k, v in claims.items() if v is not None}
        header = {"alg": self.key.alg, "kid": self.key.kid, "typ": "JWT", **self.lies.get("header", {})}
        header = {k: v for k, v in header.items() if v is not None}
        make = self.lies.get("token") or (lambda h, c, key: compact(h, c, key.sign))
        return make(header, claims, self.key)

    def token(self, form):
        asked = self.codes.pop(form.get("code"), None)
        if not asked or form["redirect_uri"] != asked["redirect_uri"] or \
                b64(hashlib.sha256(form["code_verifier"].encode()).digest()) != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        answer = {"access_token": "access-1", "token_type": "Bearer", "expires_in": 300,
                  "id_token": self.id_token(asked)}
        change = self.lies.get("answer")
        return 200, change(answer) if change else answer

    def serve(self, h, body):
        what = self.paths.get(h.path, "?")
        self.asked.append(what)
        lie = self.lies.get("at", {}).get(what)
        if lie:
            return lie(self, h)
        if what == "token":
            return send(h, *self.token(dict(urllib.parse.parse_qsl(body.decode()))))
        if what == "discovery":
            return send(h, 200, {**self.discovery(), **self.lies.get("discovery", {})})
        if what == "jwks":
            return send(h, 200, self.jwks())
        if what == "userinfo":
            return send(h, 200, self.lies.get("userinfo", {"sub": "sub-1"}))
        return send(h, 404, {})


def send(h, status, body, headers=()):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    h.send_response(status)
    h.send_header("Content-Type", "application/json")
    h.send_header("Content-Length", str(len(data)))
    for k, v in headers:
        h.send_header(k, v)
    h.end_headers()
    h.wfile.write(data)


def says(status, body, *headers):
    return lambda provider, h: send(h, status, body, headers)


def redirects(provider, h):
    send(h, 302, b"", [("Location", provider.issuer + h.path + "?again")])


def hangs(provider, h):
    provider.stopping.wait(120)
    h.close_connection = True


def resets(provider, h):
    h.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    h.close_connection = True
    h.connection.close()


def pours(provider, h):
    """A body without end."""
    h.close_connection = True
    try:
        h.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"keys\":[")
        while not provider.stopping.is_set():
            h.wfile.write(b" " * 65536)
    except OSError:
        pass


def drips(provider, h):
    """A byte now and then."""
    h.close_connection = True
    try:
        h.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not provider.stopping.wait(0.02):
            h.wfile.write(b" ")
    except OSError:
        pass
