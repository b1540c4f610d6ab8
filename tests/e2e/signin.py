"""What the tests of signing in share: a browser that keeps cookies, and what is refused how."""

import hashlib
import http.client
import json
import os

import bad_provider as bad
from bad_provider import CLIENT_ID, CLIENT_SECRET
from support import Case, create_admin

BASE = "http://localhost:8000"
START, CALLBACK = "/auth/student/google/start", "/auth/student/google/callback"
PATIENT = {"OIDC_TIMEOUT_MS": "60000"}


class Browser:
    """Keeps cookies, follows nothing."""

    def __init__(self, server):
        self.server, self.cookies = server, {}

    def ask(self, method, path, body=None, headers=None):
        c = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=120)
        h = {"Sec-Fetch-Site": "same-origin", **(headers or {})}
        if self.cookies:
            h["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        if body is not None:
            h["Content-Type"] = "application/json"
            body = json.dumps(body)
        try:
            c.request(method, path, body=body, headers=h)
            r = c.getresponse()
            for line in r.headers.get_all("Set-Cookie") or []:
                name, _, value = line.split(";")[0].partition("=")
                if "Max-Age=0" in line:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = value
            r.text = r.read().decode()
            return r
        finally:
            c.close()

    def begin(self):
        r = self.ask("GET", START)
        assert r.status == 303, (r.status, r.text)
        return r.headers["Location"]

    def finish(self, query):
        return self.ask("GET", CALLBACK + "?" + query)

    def sign_in(self, provider, **answer):
        return self.finish(provider.authorize(self.begin(), **answer))

    @property
    def session(self):
        return self.cookies.get("enigma_student_session")

    def me(self):
        return self.ask("GET", "/auth/student/me")


def settings(issuer, **more):
    return {"OIDC_ISSUER": issuer, "GOOGLE_CLIENT_ID": CLIENT_ID, "GOOGLE_CLIENT_SECRET": CLIENT_SECRET,
            "GOOGLE_OAUTH_REDIRECT_BASE": BASE, **PATIENT, **more}


def pkce():
    verifier = bad.b64(os.urandom(32))
    return verifier, bad.b64(hashlib.sha256(verifier.encode()).digest())


class Signin(Case):
    def setUp(self):
        super().setUp()
        create_admin(self.dir)  # also makes the database

    def rows(self):
        return {t: int(self.sql(f"SELECT COUNT(*) FROM {t}")[0])
                for t in ("student_accounts", "oauth_identities", "student_sessions")}

    def nothing_stored(self):
        self.assertEqual(set(self.rows().values()), {0}, self.rows())

    def refused(self, r, browser, statuses=(400, 502)):
        """A page that says so, and nothing else."""
        self.assertIn(r.status, statuses, r.text)
        self.assertEqual(r.headers["Content-Type"], "text/html; charset=utf-8")
        self.assertEqual(r.headers["Cache-Control"], "no-store")
        self.assertIn('role="alert"', r.text)
        self.assertIn(START, r.text)
        self.assertIsNone(browser.session)
