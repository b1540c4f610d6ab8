"""The database goes away, before the start and in the middle: 503, and back without a restart."""

import os
import pathlib
import socket
import subprocess
import time
import unittest

from support import BIN, Case, Server, create_admin, cycle_body, databases, environment, once

SERVERS = pathlib.Path(__file__).parents[2] / "tools" / "test-servers.sh"
WITHIN = 30


@once("it stops servers of its own")
class Outage(Case):
    def setUp(self):
        super().setUp()
        os.chmod(self.dir, 0o711)
        self.servers = os.path.join(self.dir, "pg")
        self.addCleanup(self.script, "stop")
        self.script("start", str(os.getpid()))
        made = dict(line.split("=", 1) for line in self.script("env").splitlines())
        self.admin_url = made["ENIGMA_TEST_PG_URL"] + "/postgres"
        self.env = {"DATABASE_URL": made["ENIGMA_TEST_PG_URL"] + "/enigma"}
        subprocess.run(["psql", "-qX", "-c", "CREATE DATABASE enigma", self.admin_url], check=True)
        self.data = os.path.join(self.dir, "data")
        databases.given[os.path.realpath(self.data)] = self.env

    def script(self, verb, *args):
        return subprocess.run([SERVERS, verb, self.servers, *args], check=True, capture_output=True,
                              text=True).stdout

    def wait_for(self, s, path, status):
        end = time.time() + WITHIN
        while time.time() < end:
            try:
                r = s.call("GET", path)
                if r.status == status:
                    return r
            except OSError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"{path} did not answer {status} within {WITHIN} s")

    def refused(self, s, method, path, body=None, token=None):
        r = s.call(method, path, body, token=token)
        self.assertEqual(r.status, 503, r.body)
        self.assertGreaterEqual(int(r.headers["retry-after"]), 1)
        self.assertIn("not reachable", r.json["detail"])

    def test_away_at_the_start(self):
        self.script("halt", "server")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        s = Server(self.data, self.env)
        s.port = port
        s.process = subprocess.Popen(
            [BIN, "serve", "--data-dir", self.data, "--listen", f"127.0.0.1:{port}", "--json"],
            env=environment(self.env), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            self.assertEqual(self.wait_for(s, "/health", 200).json["database"], "disconnected")
            self.wait_for(s, "/health/started", 503)
            self.refused(s, "GET", "/health/ready")
            self.refused(s, "GET", "/admission/info")
            self.refused(s, "POST", "/admin/auth/login", {"username": "ada", "password": "x"})
            self.script("resume", "server")
            self.wait_for(s, "/health/ready", 200)
            self.wait_for(s, "/health/started", 200)
            create_admin(self.data)
            token = s.login()
            made = s.call("POST", "/admin/cycles", cycle_body(), token=token)
            self.assertEqual(made.status, 200, made.body)
        finally:
            code = s.stop()
        self.assertEqual(code, 0)

    def test_told_to_end_while_it_waits(self):
        self.script("halt", "server")
        p = subprocess.Popen([BIN, "serve", "--data-dir", self.data, "--listen", "127.0.0.1:0"],
                             env=environment(self.env), stderr=subprocess.PIPE, text=True)
        self.assertIn("503", p.stderr.readline())
        p.terminate()
        self.assertEqual(p.wait(WITHIN), 0)
        p.stderr.close()
        w = subprocess.Popen([BIN, "worker", "--data-dir", self.data],
                             env=environment(self.env), stderr=subprocess.PIPE, text=True)
        self.assertIn("waiting", w.stderr.readline())
        w.terminate()
        self.assertEqual(w.wait(WITHIN), 0)
        w.stderr.close()

    def test_away_in_the_middle(self):
        with Server(self.data, self.env) as s:
            create_admin(self.data)
            token = s.login()
            cycle = s.call("POST", "/admin/cycles", cycle_body(), token=token).json["cycle_id"]
            self.script("halt", "server")
            self.refused(s, "GET", f"/admin/cycles/{cycle}", token=token)
            self.refused(s, "POST", "/admin/cycles", cycle_body(), token)
            self.wait_for(s, "/health/ready", 503)
            self.assertEqual(s.call("GET", "/health").status, 200)
            self.script("resume", "server")
            self.wait_for(s, "/health/ready", 200)
            r = s.call("GET", "/admin/cycles", token=token)
            self.assertEqual((r.status, [c["cycle_id"] for c in r.json]), (200, [cycle]))


if __name__ == "__main__":
    unittest.main()
