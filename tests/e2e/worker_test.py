"""A server without jobs and workers of their own on one database: kill -9 loses nothing and does
nothing twice."""

import concurrent.futures
import json
import signal
import subprocess
import time
import unittest

from support import (BIN, Case, Server, application, create_admin, cycle_body, databases,
                     enigma, environment, verify)

N = 240
SMALL = {"CHUNK_ITEMS": "5", "LEASE_SECONDS": "2", "REQUEST_BUDGET_MS": "0"}


class Worker:
    def __init__(self, data_dir, threads=2, env=None):
        env = environment({**databases.environment(data_dir), **SMALL, **(env or {})})
        self.process = subprocess.Popen(
            [BIN, "worker", "--data-dir", str(data_dir), "--json", "--threads", str(threads)],
            env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.line = json.loads(self.process.stdout.readline())

    def send(self, sig):
        self.process.send_signal(sig)

    def end(self, sig):
        """The exit code."""
        self.send(sig)
        _, errors = self.process.communicate(timeout=60)
        if "Sanitizer" in errors or "runtime error" in errors:
            raise AssertionError(errors)
        return self.process.returncode

    def clean(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


class Workers(Case):
    def kill_at_work(self, workers, begin):
        """Begins a job, and kill -9 while at least one of them holds a part. They go on only a few
        milliseconds at a time, so that none gets to the end before."""
        for w in workers:
            w.send(signal.SIGSTOP)
        begin()
        end = time.time() + 60
        while time.time() < end:
            for w in workers:
                w.send(signal.SIGCONT)
            time.sleep(0.005)
            for w in workers:
                w.send(signal.SIGSTOP)
            if int(self.sql("SELECT COUNT(*) FROM job_chunks WHERE state = 'leased'")[0]):
                for w in workers:
                    self.assertEqual(w.end(signal.SIGKILL), -signal.SIGKILL)
                return
        self.fail("the workers never held a part")

    def start(self):
        w = Worker(self.dir)
        self.addCleanup(w.clean)
        return w

    def start_pair(self):
        return [self.start(), self.start()]

    def step(self, s, token, cid, verb):
        r = s.call("POST", f"/admin/cycles/{cid}/{verb}", {}, token=token)
        self.assertIn(r.status, (200, 202), r.body)

    def test_workers_die_and_every_application_is_scored_once(self):
        enigma("init", "--data-dir", self.dir, check=0)
        create_admin(self.dir)
        cookies = self.students(N)
        with Server(self.dir, SMALL, args=["--no-jobs"]) as s:
            token = s.login()
            cid = s.call("POST", "/admin/cycles", cycle_body(), token=token).json["cycle_id"]
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                sent = list(pool.map(lambda n: s.call("POST", "/applications", application(n),
                                                      cookie=cookies[n]).status, range(N)))
            self.assertEqual(sent, [200] * N)
            self.step(s, token, cid, "freeze")
            seats = s.call("GET", f"/admin/cycles/{cid}", token=token).json["current_seats"]
            self.assertEqual(seats, N)
            workers = self.start_pair()
            self.assertEqual(workers[0].line["threads"], 2)

            def preprocess():
                self.step(s, token, cid, "preprocess")
                time.sleep(0.3)
                jobs = json.loads(enigma("jobs", "list", "--data-dir", self.dir, "--json", check=0)[1])
                self.assertEqual([j["state"] for j in jobs], ["queued"])  # the server does not work

            self.kill_at_work(workers, preprocess)
            workers = self.start_pair()
            self.assertEqual([j["done"] for j in s.wait_jobs(token, cid)], [N])
            self.step(s, token, cid, "export")
            self.kill_at_work(workers, lambda: self.step(s, token, cid, "processing"))
            workers = self.start_pair()
            s.wait_phase(token, cid, "scored")
            self.assertEqual([j["done"] for j in s.wait_jobs(token, cid)], [N, N])
            taken_over = int(self.sql("SELECT COUNT(*) FROM job_chunks WHERE attempts > 1")[0])
            self.assertGreaterEqual(taken_over, 2)
            rows = s.call("GET", f"/admin/cycles/{cid}/applications?limit=1000", token=token).json
            self.assertEqual([r["status"] for r in rows], ["scored"] * N)
            self.assertEqual(int(self.sql("SELECT COUNT(*) FROM worker_results")[0]), N)
            self.assertEqual(int(self.sql("SELECT COUNT(DISTINCT anonymized_id) FROM final_scores")[0]), N)
            for w in workers:
                self.assertEqual(w.end(signal.SIGTERM), 0)
        self.assertTrue(verify(self.dir)["is_valid"])

    def test_the_folder_is_shared_by_those_that_work(self):
        create_admin(self.dir)
        with Server(self.dir) as s:
            w = self.start()
            self.assertEqual(s.call("GET", "/health").status, 200)
            code, _, line = enigma("keys", "rotate", "--data-dir", self.dir)
            self.assertEqual(code, 6, line)
            code, _, line = enigma("jobs", "retry", "JOB_NONE", "--data-dir", self.dir)
            self.assertEqual(code, 7, line)
            self.assertEqual(enigma("jobs", "dead", "--data-dir", self.dir, "--json", check=0)[1].strip(), "[]")
            self.assertEqual(enigma("jobs", "cancel", "--data-dir", self.dir)[0], 2)
            self.assertEqual(enigma("jobs", "nonsense", "--data-dir", self.dir)[0], 2)
            self.assertEqual(w.end(signal.SIGINT), 0)
        self.assertEqual(enigma("worker", "--data-dir", self.dir + "/none")[0], 4)


if __name__ == "__main__":
    unittest.main()
