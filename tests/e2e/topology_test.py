"""deploy/topology.sh: two nodes, a worker, pgbouncer and nginx; a node dies under load."""

import concurrent.futures
import http.client
import json
import os
import pathlib
import subprocess
import threading
import time
import unittest
import uuid

import support
from support import BIN, Case, application, create_admin, cycle_body, environment, once, verify

SCRIPT = pathlib.Path(__file__).parents[2] / "deploy" / "topology.sh"
RETRY_SECONDS = 60
VERBS = ["freeze", "preprocess", "export", "processing", "select", "publish", "complete"]


class Client(support.Server):
    """The calls of support.Server against a proxy that somebody else started."""

    def __init__(self, port):
        super().__init__("")
        self.port = port

    def persist(self, method, path, body, cookie, key, token=None):
        """Repeats the request with its key until somebody answers for good: (reply, tries)."""
        end = time.time() + RETRY_SECONDS
        tries = 0
        while time.time() < end:
            tries += 1
            try:
                r = self.call(method, path, body, token, cookie, {"Idempotency-Key": key})
                if r.status not in (500, 502, 503, 504):
                    return r, tries
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.1)
        raise AssertionError(f"no answer to {method} {path} within {RETRY_SECONDS} s")


@once("it starts servers of its own")
class Topology(Case):
    def setUp(self):
        super().setUp()
        os.chmod(self.dir, 0o711)
        self.top = os.path.join(self.dir, "top")
        env = environment({"ENIGMA_BIN": BIN, "DEMO": "true", "LEASE_SECONDS": "2", "CHUNK_ITEMS": "5"})
        self.addCleanup(subprocess.run, [SCRIPT, "stop", self.top], env=env)
        self.script = lambda *args: subprocess.run([SCRIPT, *args], env=env, check=True,
                                                   capture_output=True, text=True).stdout
        self.made = json.loads(self.script("start", self.top, str(os.getpid())))
        database = {"DATABASE_URL": self.read("direct_url"), "KEYS_DIR": os.path.join(self.top, "keys")}
        before = dict(support.FAST)
        support.FAST.update(database)
        self.addCleanup(lambda: (support.FAST.clear(), support.FAST.update(before)))
        create_admin(self.made["data_dir"])
        self.client = Client(int(self.made["url"].rsplit(":", 1)[1]))

    def read(self, name):
        return pathlib.Path(self.top, name).read_text().strip()

    def submissions(self, cookies, mark):
        """Everybody applies once, eight at a time; `mark` is set when a third is in."""
        done = []

        def submit(n):
            reply, tries = self.client.persist("POST", "/applications", application(n), cookies[n],
                                               str(uuid.uuid4()))
            done.append(n)
            if len(done) * 3 >= len(cookies):
                mark.set()
            self.assertEqual(reply.status, 200, reply.body)
            return reply.json["application_id"], tries

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            return list(pool.map(submit, range(len(cookies))))

    def reader(self, cookie, stop, counts):
        """Reads beside the submissions; nginx asks the other node by itself."""
        while not stop.is_set():
            reply, tries = self.client.persist("GET", "/auth/student/me", None, cookie, "read")
            counts.append((reply.status, tries))

    def test_a_node_dies_under_load(self):
        c = self.client
        token = c.login()
        cookies = [c.student(n) for n in range(c.personas())]
        stop, counts, repeated = threading.Event(), [], 0
        readers = [threading.Thread(target=self.reader, args=(cookies[i], stop, counts)) for i in range(4)]
        for r in readers:
            r.start()
        try:
            for victim in (None, "node1", "node2"):
                cycle = c.call("POST", "/admin/cycles", cycle_body(seats=5), token=token).json["cycle_id"]
                mark = threading.Event()
                killer = threading.Thread(target=lambda: mark.wait(RETRY_SECONDS) and
                                          self.script("kill", self.top, victim)) if victim else None
                if killer:
                    killer.start()
                made = self.submissions(cookies, mark)
                repeated += sum(tries - 1 for _, tries in made)
                self.assertEqual(len({a for a, _ in made}), len(cookies))
                stats = c.persist("GET", f"/admin/cycles/{cycle}/status", None, None, "stats",
                                  token)[0].json["stats"]
                self.assertEqual(stats["total_applications"], len(cookies))
                if killer:
                    killer.join()
                    self.script("node", self.top, victim[-1])
        finally:
            stop.set()
            for r in readers:
                r.join()
        self.assertEqual({status for status, _ in counts}, {200})
        print(f"{3 * len(cookies)} submissions, {repeated} repeated; {len(counts)} reads, "
              f"{sum(tries - 1 for _, tries in counts)} repeated", end=" ", flush=True)
        self.finish(token, cycle, len(cookies))

    def finish(self, token, cid, count):
        """The other phases, with the worker killed while it works."""
        for verb in VERBS:
            r = self.client.call("POST", f"/admin/cycles/{cid}/{verb}", {}, token=token)
            self.assertIn(r.status, (200, 202), (verb, r.body))
            if verb == "preprocess":
                self.script("kill", self.top, "worker")
            self.client.wait_jobs(token, cid)
            if verb == "processing":
                self.client.wait_phase(token, cid, "scored")
        status = self.client.call("GET", f"/admin/cycles/{cid}/status", token=token).json
        self.assertEqual((status["phase"], status["selected_count"]), ("completed", 5))
        self.assertEqual(status["stats"]["total_applications"], count)
        self.assertTrue(verify(self.made["data_dir"])["is_valid"])


if __name__ == "__main__":
    unittest.main()
