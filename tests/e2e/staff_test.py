"""Members of staff against the real binary: roles, logins, second factors, tokens, two instances."""

import concurrent.futures
import json
import os
import pathlib
import statistics
import time
import unittest

from support import (DATABASE, PASSWORD, Case, Server, create_admin, databases, enigma,
                     needs_server, once, totp, verify)

OTHER = "quite another one of these"


class Staff(Case):
    def setUp(self):
        super().setUp()
        enigma("init", "--data-dir", self.dir, check=0)
        create_admin(self.dir, "root")
        create_admin(self.dir, "ada", role="admin")

    def users(self, s, token):
        return {u["username"]: u for u in s.call("GET", "/admin/users", token=token).json}

    def status(self, s, token):
        return s.call("GET", "/admin/auth/me", token=token).status

    def test_role_change_and_deactivation_end_logins(self):
        with Server(self.dir) as s:
            root, one, two = s.login("root"), s.login("ada"), s.login("ada")
            ada = "/admin/users/" + self.users(s, root)["ada"]["admin_id"]
            self.assertEqual(s.call("PATCH", ada, {"role": "auditor"}, token=one).status, 403)
            r = s.call("PATCH", ada, {"role": "auditor"}, token=root)
            self.assertEqual((r.status, r.json["role"]), (200, "auditor"))
            self.assertEqual([self.status(s, t) for t in (one, two, root)], [401, 401, 200])
            again = s.login("ada")
            self.assertEqual(s.call("PATCH", ada, {"is_active": False}, token=root).status, 200)
            self.assertEqual(self.status(s, again), 401)
            r = s.call("POST", "/admin/auth/login", {"username": "ada", "password": PASSWORD})
            self.assertEqual(r.status, 401)
            self.assertEqual(s.call("PATCH", ada, {"is_active": True}, token=root).status, 200)
            self.assertEqual(self.status(s, again), 401)
            s.login("ada")
        verify(self.dir)

    def test_two_demote_each_other(self):
        create_admin(self.dir, "deputy")
        with Server(self.dir) as s:
            for _ in range(5):
                tokens = {n: s.login(n) for n in ("root", "deputy")}
                users = self.users(s, tokens["root"])
                other = {"root": "deputy", "deputy": "root"}

                def demote(n):
                    return s.call("PATCH", "/admin/users/" + users[other[n]]["admin_id"], {"role": "admin"},
                                  token=tokens[n]).status
                with concurrent.futures.ThreadPoolExecutor(2) as pool:
                    got = dict(zip(tokens, pool.map(demote, tokens)))
                won = [n for n in got if got[n] == 200]
                self.assertEqual(len(won), 1, got)
                self.assertEqual(self.users(s, tokens[won[0]])[other[won[0]]]["role"], "admin")
                enigma("users", "role", other[won[0]], "--role", "super_admin", "--data-dir", self.dir, check=0)
        verify(self.dir)

    @once("the limits of routes")
    def test_route_limits(self):
        env = {"THROTTLE_PERCENT": "100", "LOGIN_FAILURES_ADDRESS": "100000", "TRUSTED_PROXIES": "127.0.0.1"}
        with Server(self.dir, env=env) as s:
            def guess(n, address="203.0.113.5"):
                return s.call("POST", "/admin/auth/login", {"username": "n%d" % n, "password": "wrong wrong"},
                              headers={"X-Forwarded-For": address})
            got = [guess(n) for n in range(10)]
            self.assertEqual([r.status for r in got], [401] * 10)
            for n in range(10, 500):  # on a slow machine the bucket fills meanwhile
                r = guess(n)
                if r.status == 429:
                    break
            self.assertEqual(r.status, 429)
            self.assertGreaterEqual(int(r.headers["retry-after"]), 1)
            self.assertEqual(guess(0, "203.0.113.6").status, 401)
            self.assertEqual(s.call("GET", "/health").status, 200)

    def test_list_and_end_logins(self):
        with Server(self.dir) as s:
            root, one, two = s.login("root"), s.login("ada"), s.login("ada")
            path = "/admin/users/" + self.users(s, root)["ada"]["admin_id"] + "/sessions"
            logins = s.call("GET", path, token=root).json
            self.assertEqual(len(logins), 2)
            self.assertFalse(any(len(v) > 60 for l in logins for v in l.values() if isinstance(v, str)))
            self.assertEqual(s.call("DELETE", path + "/" + logins[0]["session_id"], token=root).status, 200)
            self.assertEqual(sorted((self.status(s, one), self.status(s, two))), [200, 401])
            self.assertEqual(s.call("DELETE", path, token=root).status, 200)
            self.assertEqual([self.status(s, t) for t in (one, two, root)], [401, 401, 200])
        verify(self.dir)

    def test_password_change(self):
        with Server(self.dir) as s:
            one, two = s.login("ada"), s.login("ada")
            change = lambda old, new: s.call("POST", "/admin/auth/password", token=one, body={
                "current_password": old, "new_password": new}).status
            self.assertEqual(change("wrong", OTHER), 403)
            self.assertEqual([change(PASSWORD, p) for p in ("password123", "enigma2026", "short")],
                             [422, 422, 422])
            self.assertEqual(change(PASSWORD, OTHER), 200)
            self.assertEqual((self.status(s, one), self.status(s, two)), (200, 401))
            s.login("ada", OTHER)
        verify(self.dir)

    def test_second_factor(self):
        with Server(self.dir, env={"REQUIRE_2FA": "true"}) as s:
            token = s.login("root")
            self.assertEqual(s.call("GET", "/admin/users", token=token).status, 403)
            self.assertTrue(s.call("GET", "/admin/auth/totp", token=token).json["required"])
            secret = s.call("POST", "/admin/auth/totp", {"password": PASSWORD}, token=token).json["secret"]
            # A step may end between here and there: the code before it is good for another one.
            r = s.call("POST", "/admin/auth/totp/confirm", {"totp_code": totp(secret, -1)}, token=token)
            if r.status == 403:
                r = s.call("POST", "/admin/auth/totp/confirm", {"totp_code": totp(secret)}, token=token)
            self.assertEqual(r.status, 200, r.body)
            recovery = r.json["recovery_codes"]
            self.assertEqual(s.call("GET", "/admin/users", token=token).status, 200)
            login = lambda code: s.call("POST", "/admin/auth/login", {
                "username": "root", "password": PASSWORD, **({"totp_code": code} if code else {})})
            r = login(None)
            self.assertEqual(r.status, 401)
            self.assertIn("totp_code", r.json["detail"])
            code = totp(secret, 1)
            self.assertEqual(login(code).status, 200)
            self.assertEqual(login(code).status, 401, "a replay")
            self.assertEqual(login(recovery[0]).status, 200)
            self.assertEqual(login(recovery[0]).status, 401, "a replay")
            self.assertEqual(login("000000").status, 401)
            # One code, twenty at once: one enters.
            with concurrent.futures.ThreadPoolExecutor(20) as pool:
                codes = list(pool.map(lambda _: login(recovery[1]).status, range(4)))
            self.assertEqual(codes.count(200), 1, codes)
            stolen = secret.encode()
        if not DATABASE:
            self.assertEqual([p.name for p in pathlib.Path(self.dir).glob("enigma.db*")
                              if stolen in p.read_bytes()], [])
        enigma("users", "reset-2fa", "root", "--data-dir", self.dir, check=0)
        with Server(self.dir) as s:
            s.login("root")
        verify(self.dir)

    def test_second_factor_after_key_rotation(self):
        with Server(self.dir) as s:
            token = s.login("ada")
            secret = s.call("POST", "/admin/auth/totp", {"password": PASSWORD}, token=token).json["secret"]
            r = s.call("POST", "/admin/auth/totp/confirm", {"totp_code": totp(secret)}, token=token)
            self.assertEqual(r.status, 200, r.body)
        self.assertIn("resealed", enigma("keys", "rotate", "--data-dir", self.dir, "--json", check=0)[1])
        with Server(self.dir) as s:
            # The step of the confirmation is used up, the next one is near enough.
            r = s.call("POST", "/admin/auth/login", {"username": "ada", "password": PASSWORD,
                                                     "totp_code": totp(secret, 1)})
            self.assertEqual(r.status, 200, r.body)
        verify(self.dir)

    def test_api_token(self):
        with Server(self.dir) as s:
            token = s.login("ada")
            r = s.call("POST", "/admin/tokens", {"name": "nightly", "scopes": ["cycles:read"]}, token=token)
            self.assertEqual(r.status, 200, r.body)
            pat = r.json["token"]
            self.assertRegex(pat, r"^enigma_pat_[A-Z2-7]{58}$")
            self.assertEqual(s.call("GET", "/admin/cycles", token=pat).status, 200)
            self.assertEqual(s.call("GET", "/admin/audit/logs", token=pat).status, 403)
            self.assertEqual(s.call("POST", "/admin/tokens", {"name": "x", "scopes": ["cycles:read"]},
                                    token=pat).status, 403)
            listed = s.call("GET", "/admin/tokens", token=token)
            self.assertNotIn(pat.encode(), listed.body)
            self.assertEqual(s.call("DELETE", "/admin/tokens/" + r.json["token_id"], token=token).status, 200)
            self.assertEqual(s.call("GET", "/admin/cycles", token=pat).status, 401)
        if not DATABASE:
            self.assertEqual([p.name for p in pathlib.Path(self.dir).glob("enigma.db*")
                              if pat.encode() in p.read_bytes()], [])
        verify(self.dir)

    def test_cookie_login(self):
        with Server(self.dir) as s:
            r = s.call("POST", "/admin/auth/login",
                       {"username": "ada", "password": PASSWORD, "cookie": True})
            self.assertIsNone(r.json["token"])
            cookie = r.headers["set-cookie"].split(";")[0]
            self.assertEqual(s.call("GET", "/admin/auth/me", cookie=cookie).json["username"], "ada")
            path = "/admin/auth/logout"
            for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"},
                            {"Sec-Fetch-Site": "none"}):
                self.assertEqual(s.call("POST", path, cookie=cookie, headers=headers).status, 403)
            r = s.call("POST", path, cookie=cookie)
            self.assertEqual(r.status, 200)
            self.assertIn("cookies", r.headers["clear-site-data"])
            self.assertIn("Max-Age=0", r.headers["set-cookie"])
            self.assertEqual(s.call("GET", "/admin/auth/me", cookie=cookie).status, 401)

    @once("addresses")
    def test_failures_by_block_behind_a_proxy(self):
        env = {"TRUSTED_PROXIES": "127.0.0.1", "LOGIN_FAILURES_ADDRESS": "3"}
        with Server(self.dir, env=env) as s:
            def guess(address, name="nobody"):
                return s.call("POST", "/admin/auth/login", {"username": name, "password": "wrong wrong"},
                              headers={"X-Forwarded-For": address}).status
            # One /64 is one address; what the client itself claims in front of the proxy is not believed.
            self.assertEqual([guess("2001:db8:1:2::%x" % i, "n%d" % i) for i in range(4)],
                             [401, 401, 401, 429])
            self.assertEqual(guess("2001:db8:1:3::1", "n5"), 401)
            self.assertEqual([guess("198.51.100.%d, 203.0.113.9" % i, "m%d" % i) for i in range(4)],
                             [401, 401, 401, 429])
        with Server(self.dir, env={**env, "TRUSTED_PROXIES": ""}) as s:
            tries = [s.call("POST", "/admin/auth/login", {"username": "k%d" % i, "password": "wrong wrong"},
                            headers={"X-Forwarded-For": "203.0.113.%d" % i}).status for i in range(4)]
            self.assertEqual(tries, [401, 401, 401, 429])

    @needs_server("two instances on one database")
    def test_two_instances(self):
        env = {"KEYS_DIR": os.path.join(self.dir, "keys"), **databases.environment(self.dir)}
        other = os.path.join(self.dir, "second")
        databases.given[os.path.realpath(other)] = databases.environment(self.dir)
        try:
            with Server(self.dir, env=env) as a, Server(other, env=env) as b:
                root, ada = a.login("root"), a.login("ada")
                self.assertEqual((self.status(a, ada), self.status(b, ada)), (200, 200))
                self.assertEqual(b.call("POST", "/admin/auth/logout", token=ada).status, 200)
                self.assertEqual((self.status(a, ada), self.status(b, ada)), (401, 401))
                ada = b.login("ada")
                path = "/admin/users/" + self.users(b, root)["ada"]["admin_id"]
                self.assertEqual(a.call("PATCH", path, {"is_active": False}, token=root).status, 200)
                self.assertEqual((self.status(a, ada), self.status(b, ada)), (401, 401))
        finally:
            databases.given.pop(os.path.realpath(other), None)
        verify(self.dir)

    def test_command_line(self):
        run = lambda *args, **kw: enigma("users", *args, "--data-dir", self.dir, **kw)
        self.assertIn("ada", run("list", check=0)[1])
        self.assertEqual(json.loads(run("show", "ada", "--json", check=0)[1])["role"], "admin")
        run("role", "ada", "--role", "auditor", check=0)
        self.assertEqual(run("deactivate", "root")[0], 7, "the last super_admin")
        run("deactivate", "ada", check=0)
        run("activate", "ada", check=0)
        self.assertNotEqual(run("reset-2fa", "ada")[0], 0)
        self.assertNotEqual(run("show", "nobody")[0], 0)
        self.assertNotEqual(run("reset-password", "ada", "--password-stdin", stdin="password123\n")[0], 0)
        run("reset-password", "ada", "--password-stdin", stdin=OTHER + "\n", check=0)
        with Server(self.dir) as s:
            token = s.login("ada", OTHER)
            run("logout", "ada", check=0)
            self.assertEqual(self.status(s, token), 401)
        self.assertEqual(run("nonsense")[0], 2)
        self.assertEqual(run("role")[0], 2)
        verify(self.dir)

    @once("times are printed, nothing is decided by them")
    def test_unknown_user_takes_as_long(self):
        env = {"BCRYPT_COST": "10", "LOGIN_FAILURES_ADDRESS": "100000", "LOGIN_FAILURES_ACCOUNT": "1000"}
        for name in ("root", "ada"):
            enigma("users", "reset-password", name, "--password-stdin", "--data-dir", self.dir,
                   stdin=PASSWORD + "\n", env=env, check=0)
        enigma("users", "deactivate", "ada", "--data-dir", self.dir, check=0)
        tries = {"unknown user": "nobody", "wrong password": "root", "inactive user": "ada"}
        with Server(self.dir, env=env) as s:
            hashes = lambda: int(next(l.split()[1] for l in s.call("GET", "/metrics").body.decode().splitlines()
                                      if l.startswith("enigma_password_hashes_total ")))
            times = {k: [] for k in tries}
            bodies = set()
            for _ in range(15):
                for kind, name in tries.items():
                    before, start = hashes(), time.perf_counter()
                    r = s.call("POST", "/admin/auth/login", {
                        "username": name, "password": PASSWORD if name == "ada" else "wrong wrong"})
                    times[kind].append(time.perf_counter() - start)
                    bodies.add((r.status, r.body))
                    self.assertEqual(hashes() - before, 1, kind)
            self.assertEqual(bodies, {(401, b'{"detail":"Invalid credentials"}')})
        print("\n  sign-in refused, median: " + ", ".join(
            "%s %.1f ms" % (k, 1000 * statistics.median(v)) for k, v in times.items()))


if __name__ == "__main__":
    unittest.main()
