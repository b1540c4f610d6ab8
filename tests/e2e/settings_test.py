"""What an administrator sees of the installation: settings with their origins and without a secret,
the findings of doctor, and whether the models answer."""

import os
import unittest

from models_test import Stub
from support import Case, Server, create_admin

SECRET = "canary-5f2c9a-never-shown"


class Settings(Case):
    def setUp(self):
        super().setUp()
        create_admin(self.dir, "ada")
        create_admin(self.dir, "eve", role="admin")
        create_admin(self.dir, "aud", role="auditor")
        with open(os.path.join(self.dir, "enigma.conf"), "w", encoding="utf-8") as f:
            f.write("QUEUE_MAX=900\nAPPEAL_DAYS=21\nTURN_SECRET=" + SECRET + "-turn\n")

    def ask(self, s, method, path, status=200, who="ada"):
        r = s.call(method, path, token=s.login(who))
        self.assertEqual(r.status, status, (path, r.body))
        return r

    def settings(self, s):
        return {o["name"]: o for o in self.ask(s, "GET", "/admin/settings").json}

    def test_settings_with_their_origin(self):
        env = {"APPEAL_DAYS": "30", "GOOGLE_CLIENT_SECRET": SECRET, "STT_API_KEY": SECRET + "-stt"}
        with Server(self.dir, env=env) as s:
            reply = self.ask(s, "GET", "/admin/settings")
            self.assertNotIn(SECRET, reply.body.decode())
            self.assertEqual(reply.headers["cache-control"], "no-store")
            o = self.settings(s)
            pick = lambda name: tuple(o[name][k] for k in ("value", "preset", "origin", "set"))
            self.assertEqual(pick("QUEUE_MAX"), ("900", "1024", "file", True))
            self.assertEqual(pick("APPEAL_DAYS"), ("30", "14", "environment", True))
            self.assertEqual(pick("REQUEST_BUDGET_MS"), ("10000", "10000", "default", True))
            self.assertEqual(pick("WEIGHT_ESSAY")[:1] + pick("LLM_PROVIDER")[:1], ("0.2", "builtin"))
            self.assertEqual(pick("LISTEN")[2], "flag")
            self.assertEqual(pick("TLS_CERT"), (None, None, "default", False))
            for name, origin in (("GOOGLE_CLIENT_SECRET", "environment"), ("TURN_SECRET", "file")):
                self.assertEqual((o[name]["secret"], *pick(name)), (True, None, None, origin, True))
            self.assertEqual((o["OPENAI_API_KEY"]["secret"], o["OPENAI_API_KEY"]["set"]), (True, False))
            self.assertEqual((o["JWT_SECRET"]["group"], o["STRIKE_RESET_DAYS"]["group"]),
                             ("keys", "monitoring"))
            self.assertTrue(all(x["meaning"].endswith(".") for x in o.values()))

    def test_only_super_administrators(self):
        with Server(self.dir) as s:
            for who in ("eve", "aud"):
                for method, path in (("GET", ""), ("GET", "/checks"), ("POST", "/model-test")):
                    self.ask(s, method, "/admin/settings" + path, 403, who)
            self.assertEqual(s.call("GET", "/admin/settings").status, 401)

    def test_checks(self):
        with Server(self.dir, env={"GOOGLE_CLIENT_SECRET": SECRET}) as s:
            reply = self.ask(s, "GET", "/admin/settings/checks")
            found = {}
            for f in reply.json:
                found.setdefault(f["check"], []).append(f)
                self.assertEqual(f["remedy"] is None, f["level"] == "ok", f)
            # The tests' own PostgreSQL keeps nothing safe, which doctor says of its engine.
            for check in ("folder", "keys", "database", "schema", "log", "sealed", "work"):
                self.assertEqual({f["level"] for f in found[check]}, {"ok"}, found[check])
            self.assertIn("days old", found["keys"][0]["text"])
            self.assertIn("BCRYPT_COST", found["options"][0]["text"])
            self.assertNotIn(SECRET, reply.body.decode())
            # The server works on with its own keys and database.
            again = self.ask(s, "GET", "/admin/settings/checks").json
            self.assertEqual([(f["check"], f["level"]) for f in again],
                             [(f["check"], f["level"]) for f in reply.json])
            self.assertEqual(s.call("GET", "/health/ready").status, 200)
            os.chmod(os.path.join(self.dir, "keys", "jwt.key"), 0o640)
            levels = {f["check"]: f["level"]
                      for f in self.ask(s, "GET", "/admin/settings/checks").json}
            self.assertEqual((levels["keys"], levels["log"]), ("fail", "warn"))
            os.chmod(os.path.join(self.dir, "keys", "jwt.key"), 0o600)

    def test_models(self):
        with Stub() as stub:
            with Server(self.dir, env=stub.env(BIAS_DETECTION_MODEL="gpt-5-mini")) as s:
                self.assertTrue(s.call("GET", "/health").json["api_configured"])
                told = self.ask(s, "POST", "/admin/settings/model-test").json
                self.assertEqual([(m["model"], m["answered"], m["message"]) for m in told],
                                 [("gpt-5", True, None), ("gpt-5-mini", True, None)])
                self.assertEqual((told[0]["tokens_in"], told[0]["tokens_out"]), (100, 20))
                self.assertEqual(stub.control()["bad_requests"], [])
                stub.control(key="another")
                for m in self.ask(s, "POST", "/admin/settings/model-test").json:
                    self.assertEqual((m["answered"], m["took_ms"]), (False, 0))
                    self.assertIn("401", m["message"])
                    self.assertNotIn("sk-test", m["message"])
        with Server(self.dir, env={"LLM_BASE_URL": "http://127.0.0.1:9/v1"}) as s:
            for m in self.ask(s, "POST", "/admin/settings/model-test").json:
                self.assertFalse(m["answered"])
                self.assertTrue(m["message"])
        with Server(self.dir) as s:
            r = self.ask(s, "POST", "/admin/settings/model-test", 400)
            self.assertIn("LLM_BASE_URL", r.json["detail"])


if __name__ == "__main__":
    unittest.main()
