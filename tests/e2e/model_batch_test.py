"""Evaluation by an endpoint's Batch API: out as files, back as scores, whatever the endpoint does."""

import http.client
import json
import signal
import subprocess
import time
import unittest

from models_test import Models as _Models
from support import BIN, Server, databases, enigma, environment, verify


class Batches(_Models):
    def batch_env(self, **more):
        return self.stub.env(**more)

    def external(self, s, n):
        cid = self.prepared(s, [None] * n)
        self.post(s, f"/admin/cycles/{cid}/processing", {"provider": "external"})
        return cid, self.sql("SELECT MAX(batch_id) FROM batch_runs")[0]

    def batch(self, verb, run, *more, code=0):
        got, out, text = enigma("batch", verb, run, "--as", "ada", "--json", "--data-dir", self.dir, *more,
                                env=self.batch_env())
        self.assertEqual(got == 0, code == 0, text)
        return json.loads(out) if got == 0 else text

    def phase(self, s, cid):
        return s.call("GET", f"/admin/cycles/{cid}", token=self.token).json["phase"]

    def check_end(self, n):
        self.expect_marks([None] * n)
        seen = self.stub.control()["batch"]
        self.assertEqual(seen["problems"], [])
        self.assertEqual(self.sql("SELECT COUNT(*) FROM model_batch_items"), ["0"])
        self.assertEqual(self.sql("SELECT COUNT(*) FROM evaluation_checkpoints"), ["0"])
        self.assertTrue(verify(self.dir)["is_valid"])
        return seen

    def test_step_by_step(self):
        """The Worker's pass, then the Judge's; each question once."""
        n = 7
        self.stub.control(batch={"polls": 2})
        with Server(self.dir, self.batch_env()) as s:
            cid, run = self.external(s, n)
            r = self.batch("submit", run)
            self.assertEqual((r["submitted"], r["questions"], r["outstanding"]), (1, n * 4, 1))
            self.assertEqual(self.batch("submit", run)["submitted"], 0)  # nothing twice
            self.assertEqual(self.batch("poll", run)["outstanding"], 1)
            r = self.batch("poll", run, "--wait", "--poll-ms", "20")
            self.assertEqual(r["batches"][0]["remote_state"], "completed")
            r = self.batch("fetch", run)
            self.assertEqual((r["fetched"], r["answers"], r["refused"]), (1, n * 4, 0))
            self.assertEqual(self.batch("fetch", run)["fetched"], 0)
            r = self.batch("submit", run)
            self.assertEqual((r["questions"], r["batches"][-1]["pass"], r["batches"][-1]["model"]),
                             (n, "judge", "gpt-5-mini"))
            self.batch("poll", run, "--wait", "--poll-ms", "20")
            self.assertEqual(self.batch("fetch", run)["answers"], n)
            self.assertEqual(self.phase(s, cid), "scored")
            use = s.call("GET", f"/admin/cycles/{cid}/evaluation", token=self.token).json["use"]
            self.assertEqual([(m["model"], m["calls"]) for m in use["models"]],
                             [("gpt-5 (batch)", n * 4), ("gpt-5-mini (batch)", n)])
            self.assertEqual(use["cost_micro"], n * (4 * 280 + 56))
        seen = self.check_end(n)
        self.assertEqual((seen["batches"], max(seen["custom_ids"].values())), (2, 1))

    def test_endpoints_that_fail(self):
        """Failed, missing and wrong lines, and half a batch, are asked again and nothing else is."""
        n = 6
        self.stub.control(batch={"fail": [0], "drop": [7], "wrong": ["{}", "no JSON", '{"custom_id":"x"}']})
        with Server(self.dir, self.batch_env()) as s:
            cid, run = self.external(s, n)
            for change in ({"end": "expired", "bare": True}, {"end": "failed"}, {}):
                self.batch("submit", run)
                self.batch("poll", run, "--wait", "--poll-ms", "20")
                r = self.batch("fetch", run)
                self.stub.control(batch=change)
            self.batch("run", run, "--poll-ms", "20")
            self.assertEqual(self.phase(s, cid), "scored")
            first = r["batches"][0]
            self.assertIn("the model endpoint answered 500", first["error"])
            self.assertIn("no JSON object with a custom_id", first["error"])
            self.assertIn("custom_id is none of ours", first["error"])
        self.check_end(n)

    def test_cancelled_ones_keep_what_was_answered(self):
        """Half was answered when it was cancelled; the rest goes out anew, and an ended one stays as it is."""
        n = 6
        self.stub.control(batch={"polls": 1000})
        with Server(self.dir, self.batch_env()) as s:
            cid, run = self.external(s, n)
            self.batch("submit", run)
            r = self.batch("cancel", run)
            self.assertEqual((r["outstanding"], r["batches"][0]["remote_state"]), (0, "cancelled"))
            self.assertEqual(self.batch("cancel", run)["batches"], r["batches"])
            self.assertEqual(self.batch("fetch", run)["answers"], n * 4 // 2)
            self.stub.control(batch={})
            self.batch("run", run, "--poll-ms", "20")
            self.assertEqual(self.phase(s, cid), "scored")
        seen = self.check_end(n)
        self.assertEqual(max(seen["custom_ids"].values()), 1)

    def test_rejected_ones_go_again(self):
        """Three attempts in all, then a person."""
        self.stub.control(judge="reject-once")
        with Server(self.dir, self.batch_env()) as s:
            cid, run = self.external(s, 3)
            self.batch("run", run, "--poll-ms", "20")
            self.assertEqual(self.phase(s, cid), "scored")
        self.assertEqual(self.sql("SELECT worker_attempts FROM final_scores"), ["2"] * 3)
        self.assertTrue(verify(self.dir)["is_valid"])

    def test_always_rejected(self):
        self.stub.control(judge="reject")
        with Server(self.dir, self.batch_env()) as s:
            cid, run = self.external(s, 2)
            self.batch("run", run, "--poll-ms", "20")
            self.assertEqual(self.phase(s, cid), "processing")
            self.assertEqual([r["reason"] for r in self.reviews(s, cid)], ["rejected"] * 2)
        self.assertEqual(self.sql("SELECT COUNT(*) FROM worker_results"), ["6"])

    def killed_when(self, run, reached):
        """`batch run`, dead by kill -9 as soon as the endpoint has seen so much."""
        p = subprocess.Popen([BIN, "batch", "run", run, "--as", "ada", "--poll-ms", "20", "--data-dir", self.dir],
                             env=environment({**databases.environment(self.dir), **self.batch_env()}), stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
        while not reached(self.stub.control()["batch"]):
            self.assertIsNone(p.poll(), "it ended before it could be killed")
            time.sleep(0.001)
        p.send_signal(signal.SIGKILL)
        p.wait()

    def test_killed_wherever_it_is(self):
        """After each kill the next process goes on: no question goes to a model twice."""
        n = 5
        self.stub.control(batch={"polls": 10})
        with Server(self.dir, self.batch_env()) as s:
            cid, run = self.external(s, n)
            for reached in (lambda b: b["files"] == 1, lambda b: b["batches"] == 1, lambda b: b["polls"] >= 4,
                            lambda b: b["fetched"] == 1, lambda b: b["files"] > b["batches"] or b["batches"] == 2,
                            lambda b: b["batches"] == 2 and b["fetched"] == 2):
                self.killed_when(run, reached)
                self.assertTrue(verify(self.dir)["is_valid"])
            self.batch("run", run, "--poll-ms", "20")
            self.assertEqual(self.phase(s, cid), "scored")
        seen = self.check_end(n)
        self.assertEqual((seen["batches"], max(seen["custom_ids"].values())), (2, 1))

    def test_a_batch_whose_number_was_lost(self):
        """The endpoint made it and nobody heard: it is found by its tag, not made again."""
        self.stub.control(batch={"die": True})
        with Server(self.dir, self.batch_env()) as s:
            cid, run = self.external(s, 3)
            self.batch("submit", run, code=1)
            self.assertEqual(self.sql("SELECT state FROM model_batches"), ["uploaded"])
            self.stub.control(batch={})
            r = self.batch("submit", run)
            self.assertEqual((r["submitted"], self.stub.control()["batch"]["batches"]), (1, 1))
            self.batch("run", run, "--poll-ms", "20")
            self.assertEqual(self.phase(s, cid), "scored")
        self.assertEqual(self.check_end(3)["batches"], 2)

    def test_a_lost_batch_is_cancelled_too(self):
        """Nobody heard of it, yet it must not go on at our cost."""
        self.stub.control(batch={"die": True, "polls": 1000})
        with Server(self.dir, self.batch_env()) as s:
            _, run = self.external(s, 2)
            self.batch("submit", run, code=1)
            r = self.batch("cancel", run)
            self.assertEqual(r["batches"][0]["remote_state"], "cancelled")
            self.assertEqual(self.batch("fetch", run)["answers"], 4)

    def test_files_by_hand(self):
        """The export is the endpoint's input; its output comes in unchanged, and twice does no harm."""
        n = 4
        with Server(self.dir, self.batch_env()) as s:
            cid, run = self.external(s, n)
            for which, lines in ("worker", n * 4), ("judge", n):
                path = f"/admin/cycles/{cid}/export.jsonl?format=openai&pass={which}"
                text = s.call("GET", path, token=self.token).body.decode()
                questions = [json.loads(x) for x in text.splitlines()]
                self.assertEqual(len(questions), lines)
                self.assertEqual(s.call("GET", path + "&part=2", token=self.token).body, b"")
                self.assertEqual({(q["method"], q["url"]) for q in questions}, {("POST", "/v1/chat/completions")})
                self.assertEqual(len({q["body"]["model"] for q in questions}), 1)
                output = []
                for q in questions:
                    r = self.ask(q["body"])
                    output.append(json.dumps({"id": "x", "custom_id": q["custom_id"], "error": None,
                                              "response": {"status_code": 200, "request_id": "r", "body": r}}))
                body = ("\n".join(output + output[:1]) + "\n").encode()
                report = self.upload(s, run, body)
                self.assertEqual((report["answers_count"], report["rejected_count"]), (lines, 1))
                self.assertIn("twice", report["errors"][0]["reason"])
                again = self.upload(s, run, body)
                self.assertEqual((again["answers_count"], again["already_count"]), (0, lines))
            self.assertEqual(self.phase(s, cid), "scored")
            seed = s.call("GET", f"/admin/cycles/{cid}/export.jsonl", token=self.token).body.splitlines()
            self.assertIn("prompt", json.loads(seed[0]))
        self.check_end(n)

    def upload(self, s, run, body):
        r = s.call("POST", f"/admin/batch/{run}/import", body, token=self.token,
                   headers={"Content-Type": "application/x-ndjson"})
        self.assertEqual(r.status, 200, r.body)
        return r.json

    def ask(self, body):
        c = http.client.HTTPConnection("127.0.0.1", self.stub.port, timeout=30)
        c.request("POST", "/v1/chat/completions", json.dumps(body), {"Authorization": "Bearer sk-test"})
        r = json.loads(c.getresponse().read())
        c.close()
        return r


def load_tests(loader, tests, pattern):
    """The helpers are Models'; its tests run in their own file."""
    names = [n for n in vars(Batches) if n.startswith("test_")]
    return unittest.TestSuite(Batches(n) for n in names)


if __name__ == "__main__":
    unittest.main()
