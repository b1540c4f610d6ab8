"""The counterfactual fairness check over a model endpoint that is fair, noisy or moved by a name; a
process that is killed in its midst; and the command line."""

import json
import unittest

import models_test
from support import Case, Server, create_admin, enigma, verify

N = 10
QUESTIONS = 2 + 4 * 2  # of one application: reference, repeat, two variants of four signals
CALLS = 5  # of one question: two runs of the Worker for two parts, and the Judge
AFRICAN = ["Okafor", "Mensah", "Adeyemi", "Boateng"]


class Fairness(Case):
    post, prepared, process = (getattr(models_test.Models, f) for f in ("post", "prepared", "process"))

    def setUp(self):
        super().setUp()
        create_admin(self.dir)
        self.stub = models_test.Stub().__enter__()
        self.addCleanup(self.stub.__exit__)
        self.stub.control(tail=40)

    def scored(self, s, n=N):
        cid = self.prepared(s, [None] * n)
        self.assertEqual(self.process(s, cid), "scored")
        return cid

    def selected(self, s, n=N):
        """Up to the end of the check that select begins."""
        cid = self.scored(s, n)
        self.post(s, f"/admin/cycles/{cid}/select")
        s.wait_jobs(self.token, cid)
        return cid

    def report(self, s, cid):
        r = s.call("GET", f"/admin/cycles/{cid}/fairness", token=self.token)
        self.assertEqual(r.status, 200, r.body)
        return r.json

    def signals(self, f):
        return {x["signal"]: x for x in f["report"]["signals"]}

    def test_fair(self):
        with Server(self.dir, self.stub.env()) as s:
            cid = self.selected(s)
            self.assertEqual(self.stub.control()["calls"], N * CALLS * (1 + QUESTIONS))
            f = self.report(s, cid)
            self.assertEqual((f["state"], f["open"], f["worst"]), ("passed", True, []))
            self.assertEqual((f["report"]["sampled"], f["report"]["baseline"]), (N, False))
            for name, x in self.signals(f).items():
                self.assertEqual((x["made"], x["mean_shift"], x["largest_gap"]), (2 * N, 0, 0), name)
            self.assertEqual(self.post(s, f"/admin/cycles/{cid}/publish")["phase"], "published")
        seen = self.stub.control()
        self.assertEqual((seen["bad_requests"], seen["boundary_twice"]), ([], 0))
        self.assertEqual(self.sql("SELECT COUNT(*) FROM fairness_checkpoints"), ["0"])
        usage = self.sql("SELECT model || '|' || calls FROM model_usage ORDER BY 1")
        self.assertEqual(usage, [f"gpt-5-mini|{N * 11}", f"gpt-5|{4 * N * 11}"])
        self.assertTrue(verify(self.dir)["is_valid"])

    def test_noisy(self):
        self.stub.control(sway=2)
        with Server(self.dir, self.stub.env(FAIRNESS_VARIANTS="4")) as s:
            cid = self.selected(s)
            f = self.report(s, cid)
            self.assertEqual(f["state"], "passed", f["blocker"])
            self.assertGreater(f["report"]["noise"]["deviation"], 0)

    def test_biased(self):
        self.stub.control(bias=[{"tokens": AFRICAN, "points": -12}])
        with Server(self.dir, self.stub.env()) as s:
            cid = self.selected(s)
            f = self.report(s, cid)
            self.assertEqual((f["state"], f["open"]), ("failed", False))
            x = self.signals(f)
            self.assertEqual([n for n in x if not x[n]["passed"]], ["name"])
            # Both parts lose 12 points: 0.25 and 0.20 of them are of the total.
            group = [g for g in x["name"]["groups"] if g["biased"]]
            self.assertEqual([(g["group"], g["mean_shift"]) for g in group], [("west_african", -5.4)])
            self.assertEqual((x["name"]["gap_low"], x["name"]["largest_gap"]), ("west_african", 5.4))
            self.assertEqual({w["shift"] for w in f["worst"]}, {-5.4})
            r = s.call("POST", f"/admin/cycles/{cid}/publish", {}, token=self.token)
            self.assertEqual(r.status, 400)
            self.assertIn("the fairness check has not passed: name: the group west_african is marked -5.40",
                          r.json["detail"])
            code, out, _ = enigma("fairness", "report", cid, "--data-dir", self.dir, env=self.stub.env())
            self.assertEqual(code, 1)
            self.assertIn("west_african", out)
            path = f"/admin/cycles/{cid}/fairness/override"
            self.post(s, path, {"reason": "short"}, 422)
            f = self.post(s, path, {"reason": "The board has read every one of them again."})
            self.assertEqual((f["open"], f["state"]), (True, "failed"))
            self.assertEqual(self.post(s, f"/admin/cycles/{cid}/publish")["phase"], "published")
            logs = s.call("GET", "/admin/audit/logs?limit=1000", token=self.token).body.decode()
            self.assertIn('"fairness":"overridden"', logs.replace(" ", "").replace("\\", ""))
            self.assertNotIn("The board has read", logs)
        self.assertTrue(verify(self.dir)["is_valid"])

    def test_killed_and_resumed(self):
        """What is asked twice is at most what was under way; the report is the one it would have been."""
        flight = 4
        env = self.stub.env(LLM_MAX_IN_FLIGHT=str(flight), JOB_THREADS="1", LEASE_SECONDS="1")
        self.stub.control(bias=[{"tokens": ["male"], "points": 3}])
        s = Server(self.dir, env).start()
        cid = self.scored(s, 4)
        before = self.stub.control(latency_ms=10)["calls"]
        r = s.call("POST", f"/admin/cycles/{cid}/fairness", {}, token=self.token,
                   headers={"Prefer": "respond-async"})
        self.assertEqual(r.status, 202, r.body)
        whole = 4 * QUESTIONS * CALLS
        for part in (1, 2):
            while self.stub.control()["calls"] - before < part * whole / 3:
                pass
            s.kill()
            s = Server(self.dir, env).start()
        try:
            s.wait_jobs(self.token, cid)
            killed = self.report(s, cid)
            calls = self.stub.control(latency_ms=0)["calls"] - before
            self.post(s, f"/admin/cycles/{cid}/fairness")
            s.wait_jobs(self.token, cid)
            whole_run = self.report(s, cid)
        finally:
            self.assertEqual(s.stop(), 0)
        self.assertLessEqual(calls, whole + 2 * flight)
        self.assertEqual(killed["report_sha256"], whole_run["report_sha256"])
        self.assertNotEqual(killed["run_id"], whole_run["run_id"])
        self.assertTrue(verify(self.dir)["is_valid"])

    def test_budget_and_command_line(self):
        with Server(self.dir, self.stub.env()) as s:
            cid = self.scored(s, 3)
        used = 3 * CALLS * 120
        env = self.stub.env(LLM_BUDGET_TOKENS=str(used + 20 * 120), LLM_MAX_IN_FLIGHT="1")
        code, out, _ = enigma("fairness", "run", cid, "--data-dir", self.dir, "--json", env=env)
        f = json.loads(out)
        self.assertEqual((code, f["state"], f["report"]), (1, "stopped", None))
        self.assertIn("could not mark", f["blocker"])
        code, out, _ = enigma("fairness", "run", cid, "--data-dir", self.dir, env=self.stub.env())
        self.assertEqual(code, 0, out)
        self.assertIn("passed, publication open", out)
        code, out, _ = enigma("fairness", "report", cid, "--data-dir", self.dir, "--json",
                              env=self.stub.env())
        self.assertEqual((code, json.loads(out)["report"]["sampled"]), (0, 3))
        code, _, err = enigma("fairness", "override", cid, "--data-dir", self.dir, "--reason",
                              "There is no need for it.", env=self.stub.env())
        self.assertEqual(code, 7, err)
        self.assertEqual(enigma("fairness", "look", cid, "--data-dir", self.dir)[0], 2)


if __name__ == "__main__":
    unittest.main()
