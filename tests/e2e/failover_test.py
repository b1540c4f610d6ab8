"""PostgreSQL fails over under load: a primary with a standby that has applied what was acknowledged
(synchronous remote_apply), kill -9, promotion. RELIABILITY F11."""

import concurrent.futures
import http.client
import os
import pathlib
import subprocess
import threading
import time
import unittest
import uuid

from support import (Case, Databases, Server, application, create_admin, cycle_body, databases,
                     enigma, once, verify)

SCRIPT = pathlib.Path(__file__).parents[2] / "tools" / "test-servers.sh"
STUDENTS = 240
CLIENTS = 8
RETRY_SECONDS = 60


@once("it starts servers of its own")
class Failover(Case):
    def setUp(self):
        super().setUp()
        os.chmod(self.dir, 0o711)
        self.servers = os.path.join(self.dir, "pg")
        self.addCleanup(subprocess.run, [SCRIPT, "stop", self.servers])
        self.script("pair", str(os.getpid()))
        made = dict(line.split("=", 1) for line in self.script("env").splitlines())
        self.primary, self.standby = made["ENIGMA_TEST_PRIMARY_URL"], made["ENIGMA_TEST_STANDBY_URL"]
        self.data = os.path.join(self.dir, "data")
        self.now = self.primary
        self.psql("CREATE DATABASE enigma", "postgres")
        databases.given[os.path.realpath(self.data)] = {
            "DATABASE_URL": Databases.url(made["ENIGMA_TEST_PAIR_URL"], "enigma")
            + "?target_session_attrs=read-write&connect_timeout=5"}

    def script(self, verb, *args):
        return subprocess.run([SCRIPT, verb, self.servers, *args], check=True, timeout=120,
                              stdout=subprocess.PIPE, text=True).stdout

    def psql(self, text, name="enigma"):
        done = subprocess.run(["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", text,
                               Databases.url(self.now, name)], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines()

    sql = psql

    def persist(self, server, n, cookie):
        """One application under one key, until somebody answers for good: (id, when, tries)."""
        key = {"Idempotency-Key": str(uuid.uuid4())}
        end = time.time() + RETRY_SECONDS
        tries = 0
        while time.time() < end:
            tries += 1
            try:
                r = server.call("POST", "/applications", application(n), cookie=cookie, headers=key)
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)
                continue
            if r.status == 200:
                return r.json["application_id"], time.monotonic(), tries
            self.assertEqual(r.status, 503, r.body)
            self.assertIn("retry-after", r.headers)
            time.sleep(0.02)
        raise AssertionError(f"application {n}: no answer within {RETRY_SECONDS} s")

    def fail_over(self, ready):
        """When a third is in: the primary dies, a moment later the standby takes over."""
        ready.wait(RETRY_SECONDS)
        killed = time.monotonic()
        self.script("kill", "primary")
        time.sleep(0.2)
        promoted = time.monotonic()
        self.script("promote")
        self.now = self.standby
        return killed, promoted

    def test_nothing_acknowledged_is_lost(self):
        enigma("init", "--data-dir", self.data, check=0)
        create_admin(self.data)
        self.assertEqual(self.psql("SHOW synchronous_commit"), ["remote_apply"])
        cookies = self.students(STUDENTS)
        ready, done = threading.Event(), []
        with Server(self.data, {"WORKERS": str(CLIENTS)}) as s, \
                concurrent.futures.ThreadPoolExecutor(CLIENTS + 1) as pool:
            token = s.login()
            cycle = s.call("POST", "/admin/cycles", cycle_body(), token=token).json["cycle_id"]

            def submit(n):
                made = self.persist(s, n, cookies[n])
                done.append(made)
                if len(done) * 3 >= STUDENTS:
                    ready.set()
                return made

            change = pool.submit(self.fail_over, ready)
            made = list(pool.map(submit, range(STUDENTS)))
            killed, promoted = change.result()
            before = [m for m in made if m[1] < killed]
            after = [m[1] for m in made if m[1] > promoted]
            self.assertGreaterEqual(len(before) * 3, STUDENTS - 3 * CLIENTS)
            self.assertTrue(after)
            # Every acknowledged row is there, once, and nothing else is.
            rows = self.psql("SELECT application_id || '|' || student_id FROM applications")
            self.assertEqual(sorted(r.split("|")[0] for r in rows), sorted(m[0] for m in made))
            self.assertEqual(len({r.split("|")[1] for r in rows}), STUDENTS)
            stats = s.call("GET", f"/admin/cycles/{cycle}", token=token).json
            self.assertEqual(stats["current_seats"], STUDENTS)
            self.assertEqual(s.call("GET", "/health/ready").status, 200)
            logged = self.log_entries(s, token)
            self.assertEqual(sorted(logged), sorted(m[0] for m in made))
        verify(self.data)
        repeated = sum(m[2] - 1 for m in made)
        first = min(after)
        print(f"{len(before)} acknowledged before the kill, 0 lost, 0 doubled, {repeated} tries again, "
              f"first write {1000 * (first - promoted):.0f} ms after the promotion began, "
              f"{1000 * (first - killed):.0f} ms after the kill,", end=" ", flush=True)

    def log_entries(self, s, token):
        """The applications that the log says were submitted, an id for each entry."""
        r = s.call("GET", "/admin/audit/logs?limit=1000&entity_type=application", token=token)
        self.assertEqual(r.status, 200, r.body)
        return [e["entity_id"] for e in r.json]


if __name__ == "__main__":
    unittest.main()
