"""The scrubber as staff and students meet it: policy, preview, and the queue of what was held."""

import unittest

from support import Case, Server, application, create_admin, cycle_body

ESSAY = ("Every evening I measured the hives and wrote the numbers down. Professor Vandermolen told "
         "me that a table is a promise, and I kept mine for two winters. In March the weight fell, "
         "and the curve showed it a week before we saw it. I wrote a report of twelve pages.")


class ScrubPolicy(Case):
    def setUp(self):
        super().setUp()
        create_admin(self.dir)
        self.server = Server(self.dir).start()
        self.addCleanup(self.server.stop)
        self.token = self.server.login()

    def ask(self, method, path, body=None, status=200, **kw):
        r = self.server.call(method, path, body, token=self.token, **kw)
        self.assertEqual(r.status, status, (path, r.body))
        return r

    def frozen_cycle(self, policy):
        cid = self.ask("POST", "/admin/cycles", cycle_body(seats=2)).json["cycle_id"]
        set_to = self.ask("PUT", f"/admin/cycles/{cid}/scrub-policy", policy).json
        self.assertEqual((set_to["version"], set_to["locked"]), (1, False))
        cookie = self.server.student(0)
        body = dict(application(0), essay=ESSAY)
        r = self.server.call("POST", "/applications", body, cookie=cookie)
        self.assertEqual(r.status, 200, r.body)
        self.ask("POST", f"/admin/cycles/{cid}/freeze", {})
        return cid

    def test_held_until_a_person_decides(self):
        cid = self.frozen_cycle({"hold_density_percent": 1})
        self.ask("POST", f"/admin/cycles/{cid}/preprocess", {})
        self.server.wait_jobs(self.token, cid)
        self.ask("PUT", f"/admin/cycles/{cid}/scrub-policy", {}, status=400)
        refused = self.ask("POST", f"/admin/cycles/{cid}/export", {}, status=400).json["detail"]
        self.assertIn("1 application is held for review: ANON_", refused)
        (row,) = self.ask("GET", f"/admin/cycles/{cid}/held").json
        anon = row["anonymized_id"]
        self.assertNotIn("APP_", str(row))
        view = self.ask("GET", f"/admin/held/{anon}").json
        self.assertNotIn("Vandermolen", view["essay"])
        self.ask("POST", f"/admin/held/{anon}/original", {"reason": "no"}, status=422)
        original = self.ask("POST", f"/admin/held/{anon}/original",
                            {"reason": "the density rule fired"}).json
        start = original["essay_original"].encode().index(b"Vandermolen")
        span = {"field": "essay", "start": start, "end": start + 11, "action": "restore"}
        bad = {"decision": "release", "reason": "looked at it", "spans": [dict(span, end=9 ** 6)]}
        self.ask("POST", f"/admin/held/{anon}/decision", bad, status=422)
        done = self.ask("POST", f"/admin/held/{anon}/decision",
                        {"decision": "release", "reason": "looked at it", "spans": [span]}).json
        self.assertIn("Professor Vandermolen told me", done["essay"])
        self.assertIsNone(done["held_reason"])
        self.assertEqual(self.ask("GET", f"/admin/cycles/{cid}/held").json, [])
        export = self.ask("POST", f"/admin/cycles/{cid}/export", {}).json
        self.assertEqual(export["record_count"], 1)
        self.assertTrue(self.ask("GET", "/admin/audit/verify-chain").json["is_valid"])

    def test_bad_policies_and_patterns(self):
        cid = self.ask("POST", "/admin/cycles", cycle_body(seats=2)).json["cycle_id"]
        path = f"/admin/cycles/{cid}/scrub-policy"
        for bad in ({"self": "keep"}, {"threshold": 101}, {"person": "maybe"},
                    {"patterns": [{"name": "x", "pattern": "("}]},
                    {"patterns": [{"name": "", "pattern": "x"}]}):
            issues = self.ask("PUT", path, bad, status=422).json["detail"]
            self.assertEqual(issues[0]["loc"][:2], ["body", next(iter(bad))], issues)
        self.assertEqual(self.ask("GET", path).json["version"], 0)
        pattern = {"name": "house", "pattern": "House [A-Z][a-z]+"}
        set_to = self.ask("PUT", path, {"patterns": [pattern]}).json
        self.assertEqual(set_to["policy"]["patterns"][0]["pattern"], pattern["pattern"])

    def test_a_student_sees_what_evaluators_will_see(self):
        cookie = self.server.student(0)
        body = {"name": "Quorvexa Zibbleton", "essay": "Quorvexa Zibbleton wrote this. " + ESSAY}
        r = self.server.call("POST", "/applications/preview-scrub", body, cookie=cookie)
        self.assertEqual(r.status, 200, r.body)
        self.assertNotIn("Quorvexa", r.json["essay"])
        self.assertIn("[APPLICANT]", r.json["essay"])
        self.assertEqual(r.headers.get("cache-control"), "no-store")
        for span in r.json["spans"]:
            self.assertLessEqual(span["end"], len(body["essay"].encode()))
        staff = self.server.call("POST", "/applications/preview-scrub", body, token=self.token)
        self.assertEqual(staff.status, 403)
        self.assertEqual(self.sql("SELECT COUNT(*) FROM applications"), ["0"])


if __name__ == "__main__":
    unittest.main()
