"""The monitor in the real binary: an utterance goes to the model and comes back as nudge, ledger,
flag, end of the interview, review, appeal and drift; a process that is killed loses and doubles
nothing; answers of no use are gaps."""

import time
import unittest

from support import Case, Server, application, create_admin, cycle_body, verify
from models_test import Stub

CRITICAL = {"bias_detected": True, "bias_types": ["accent"], "severity": "critical",
            "confidence_score": 0.95, "evidence_quotes": ["{utterance}"],
            "context_summary": "A threat because of speech.", "recommended_action": "block"}
LOW = {**CRITICAL, "severity": "low", "recommended_action": "nudge"}


class BiasWatch(Case):
    def setUp(self):
        super().setUp()
        create_admin(self.dir)
        create_admin(self.dir, "eve", role="admin")
        self.stub = Stub().__enter__()
        self.addCleanup(self.stub.__exit__)
        self.env = self.stub.env(LLM_PROVIDER="builtin", BIAS_DETECTION_MODEL="monitor-model")
        self.said = 0

    def ok(self, s, method, path, body=None, token=None):
        r = s.call(method, path, body, token=token)
        self.assertEqual(r.status, 200, (path, r.body))
        return r.json

    def begin(self, s):
        """An interview of eve's that has begun."""
        self.ada, self.eve = s.login(), s.login("eve")
        cid = self.ok(s, "POST", "/admin/cycles", cycle_body(seats=1), self.ada)["cycle_id"]
        for n, cookie in enumerate(self.students(3)):
            r = s.call("POST", "/applications", application(n), cookie=cookie)
            self.assertEqual(r.status, 200, r.body)
        for verb, body in (("freeze", {}), ("preprocess", {}), ("export", {}), ("processing", {}),
                           ("select", {"mode": "shortlist", "factor": 2})):
            s.call("POST", f"/admin/cycles/{cid}/{verb}", body, token=self.ada)
            s.wait_jobs(self.ada, cid)
        anon = self.ok(s, "GET", f"/admin/cycles/{cid}/applications?status=shortlisted",
                       token=self.eve)[0]["anonymized_id"]
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 300))
        made = self.ok(s, "POST", "/admin/interviews/schedule",
                       {"anonymized_id": anon, "interview_time": at}, self.eve)
        self.interview = made["id"]
        self.ok(s, "POST", f"/admin/interviews/{self.interview}/start-interview",
                {"coi_accepted": True}, self.eve)
        return cid

    def say(self, words):
        """What speech recognition and detector leave behind when their process dies at once."""
        self.said += 1
        now = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
        self.sql(f"INSERT INTO live_bias_analysis (transcript_id, interview_id, admin_id, "
                 f"admission_cycle_id, state, spoken_at, bias_detected, severity, "
                 f"confidence_score, recommended_action, source, llm_model, analyzed_at, "
                 f"config_hash, asked, owner, lease_until, created_at, bias_types, "
                 f"evidence_quotes, detector, utterance) SELECT {self.said}, id, admin_id, "
                 f"admission_cycle_id, 'waiting', '{now}', FALSE, 'none', 0.1, 'none', 'rules', "
                 f"'builtin', '{now}', 'x', 0, 'nobody', '2026-01-01T00:00:00.000000Z', '{now}', "
                 f"'[]', '[]', '{{}}', '{words}' FROM interviews WHERE id = {self.interview} "
                 f"RETURNING id")

    def wait(self, sql, want):
        got = None
        for _ in range(2400):
            got = self.sql(sql)
            if got == want:
                return
            time.sleep(0.05)
        self.assertEqual(got, want, sql)

    def states(self, want):
        self.wait("SELECT state FROM live_bias_analysis ORDER BY id", want)

    def test_from_utterance_to_review(self):
        with Server(self.dir, env=self.env) as s:
            cid = self.begin(s)
            me = self.ok(s, "GET", "/admin/auth/me", token=self.eve)["admin_id"]
            self.stub.control(monitor=LOW)
            self.say("What an unusual accent you have")
            self.states(["done"])
            self.stub.control(monitor=CRITICAL)
            self.say("Go back or I fail you at once")
            self.states(["done", "done"])
            self.say("And one more thing about you")
            self.states(["done"] * 3)
            self.assertEqual(self.sql("SELECT response FROM live_bias_analysis ORDER BY id"),
                             ["info", "block", "suppressed"])
            self.assertEqual(self.sql("SELECT points FROM bias_ledger"), ["3"])
            seen = self.stub.control()
            self.assertEqual((seen["models"]["monitor-model"], seen["bad_requests"]), (3, []))
            nudges = self.ok(s, "GET", "/admin/bias/nudges", token=self.eve)
            self.assertEqual([n["nudge_type"] for n in nudges], ["block", "info"])
            flags = self.ok(s, "GET", "/admin/bias/flags?reviewed=false", token=self.ada)
            self.assertEqual([f["flag_type"] for f in flags], ["critical_incident"])
            self.assertEqual(flags[0]["suppressed_critical"], 1)
            self.assertEqual(s.call("GET", "/admin/bias/flags", token=self.eve).status, 403)
            waiting = self.ok(s, "GET", "/admin/bias/reassignments", token=self.ada)
            self.assertEqual([w["cause"] for w in waiting], ["blocked"])
            history = self.ok(s, "GET", f"/admin/bias/history/{me}", token=self.eve)
            self.assertEqual((history["current_status"], history["lifetime_strikes"]),
                             ("warned", 3))
            drift = self.ok(s, "GET", f"/admin/evaluators/{me}/drift?cycle_id={cid}",
                            token=self.ada)
            self.assertEqual([d["kind"] for d in drift], ["cycle", "rolling_30_days"])
            self.assertIn("needs 5 interviews, has 1", drift[0]["figures"]["risk"]["note"])
            appeal = self.ok(s, "POST", f"/admin/bias/nudges/{nudges[0]['id']}/appeal",
                             {"reason": "I was quoting the applicant."}, self.eve)
            self.assertIsNone(appeal["verdict"])
            decided = self.ok(s, "POST", f"/admin/bias/appeals/{nudges[0]['id']}",
                              {"verdict": "accepted", "reason": "The recording bears it out."},
                              self.ada)
            self.assertEqual(decided["verdict"], "accepted")
            resolved = self.ok(s, "PUT", f"/admin/bias/flags/{flags[0]['id']}/resolve"
                               "?resolution=Settled%20with%20the%20appeal", token=self.ada)
            self.assertEqual((resolved["reviewed"], resolved["verdict"]), (True, "confirmed"))
            history = self.ok(s, "GET", f"/admin/bias/history/{me}", token=self.ada)
            self.assertEqual((history["current_status"], history["lifetime_strikes"]),
                             ("active", 0))
            metrics = self.ok(s, "GET", f"/admin/bias/metrics?cycle_id={cid}", token=self.ada)
            self.assertEqual((metrics["appeals"]["accepted"],
                              metrics["appeals"]["false_positive_rate"]), (1, 0.5))
        self.assertTrue(verify(self.dir)["is_valid"])

    def test_killed_while_the_model_thinks(self):
        with Server(self.dir, env=self.env) as s:
            self.begin(s)
            self.stub.control(monitor={**CRITICAL, "severity": "high", "confidence_score": 0.7},
                              latency_ms=1500)
            for n in range(3):
                self.say(f"remark{n} about speech{n}")
            while self.stub.control()["in_flight"] < 3:
                time.sleep(0.01)
            s.kill()
            self.assertEqual(self.sql("SELECT COUNT(*) FROM bias_ledger"), ["0"])
            self.sql("UPDATE live_bias_analysis SET lease_until = '2026-01-01T00:00:00.000000Z' "
                     "RETURNING id")
            self.stub.control(latency_ms=0)
            s.start()
            self.states(["done"] * 3)
            self.assertEqual(self.sql("SELECT points FROM bias_ledger ORDER BY id"), ["2", "2"])
            self.assertEqual(sorted(self.sql("SELECT response FROM live_bias_analysis")),
                             ["block", "suppressed", "warning"])
        self.assertTrue(verify(self.dir)["is_valid"])

    def test_answers_of_no_use_are_gaps(self):
        with Server(self.dir, env=self.env) as s:
            self.begin(s)
            self.stub.control(monitor=CRITICAL, faults=["refusal", "length", "length", "prose",
                                                        "wrong"])
            self.say("one thing that was said")
            self.states(["error"])
            self.say("another thing that was said")
            self.states(["error"] * 2)
            self.say("a third thing that was said")
            self.states(["error"] * 3)
            self.assertEqual(self.sql("SELECT COUNT(*) FROM monitoring_gaps"), ["3"])
            self.assertEqual(self.sql("SELECT COUNT(*) FROM bias_ledger"), ["0"])
        self.assertTrue(verify(self.dir)["is_valid"])

    def test_settings_that_cannot_be(self):
        for env, name in (({"NUDGE_THRESHOLD_LOW": "0.7"}, "NUDGE_THRESHOLD_LOW"),
                          ({"STRIKE_LIMIT_PER_CYCLE": "2"}, "STRIKE_LIMIT_PER_CYCLE"),
                          ({"STRIKE_LIMIT_LIFETIME": "4"}, "STRIKE_LIMIT_LIFETIME"),
                          ({"BIAS_FALLBACK_MAX": "SHOUT"}, "BIAS_FALLBACK_MAX")):
            with self.assertRaises(Exception) as refused:
                Server(self.dir, env=env).start()
            self.assertIn(name, str(refused.exception).upper())


if __name__ == "__main__":
    unittest.main()
