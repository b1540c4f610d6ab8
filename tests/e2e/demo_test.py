"""The demonstration: one command screens synthetic applications through all nine phases."""

import json
import os
import stat
import unittest

from support import Case, Server, enigma, verify


class Demo(Case):
    def test_demo_ends_with_one_json_line(self):
        _, out, _ = enigma("demo", "--data-dir", self.dir, "--applications", 200, "--no-serve",
                           "--json", check=0)
        result = json.loads(out.splitlines()[-1])
        self.assertEqual(result["phase"], "completed")
        self.assertEqual(result["counts"]["selected"], 40)
        self.assertEqual(result["counts"]["not_selected"], 160)
        self.assertTrue(0 < result["cutoff_score"] <= 100)
        self.assertGreater(result["peak_rss_bytes"], 1 << 20)
        self.assertEqual(set(result["seconds"]), {"submission", "freeze", "preprocess", "export",
                                                  "processing", "select", "publish", "complete"})
        report = verify(self.dir)
        self.assertTrue(report["is_valid"])
        self.assertGreater(report["chain_length"], 800)

    def test_keys_are_private_and_a_second_run_adds_a_cycle(self):
        for _ in range(2):
            enigma("demo", "--data-dir", self.dir, "--applications", 30, "--no-serve", "--json",
                   check=0)
        for name in os.listdir(os.path.join(self.dir, "keys")):
            mode = os.stat(os.path.join(self.dir, "keys", name)).st_mode
            self.assertEqual(stat.S_IMODE(mode), 0o600, name)
        _, out, _ = enigma("cycle", "list", "--data-dir", self.dir, "--json", check=0)
        self.assertEqual(len(json.loads(out)), 2)
        verify(self.dir)

    def test_the_result_is_served(self):
        _, out, _ = enigma("demo", "--data-dir", self.dir, "--applications", 40, "--no-serve",
                           "--json", check=0)
        cycle = json.loads(out.splitlines()[-1])["cycle_id"]
        with open(os.path.join(self.dir, "keys", "demo-admin.password"), encoding="utf-8") as f:
            password = f.read().strip()
        with Server(self.dir) as s:
            token = s.login("demo-admin", password)
            rows = s.call("GET", f"/admin/cycles/{cycle}/applications?limit=1000", token=token).json
            self.assertEqual(len(rows), 40)
            chosen = [r for r in rows if r["status"] == "selected"]
            self.assertEqual(len(chosen), 8)
            result = s.call("GET", "/results/" + chosen[0]["anonymized_id"], token=token).json
            self.assertEqual(result["status"], "selected")
            self.assertIn("offline baseline", result["evaluator"])
            self.assertRegex(result["hash"], "^[0-9a-f]{64}$")
            weighted = (0.30 * result["academic_score"] + 0.25 * result["test_score"]
                        + 0.25 * result["achievement_score"] + 0.20 * result["essay_score"])
            self.assertAlmostEqual(result["final_score"], weighted, delta=0.0051)
            for row in rows:
                self.assertNotIn("name", row)
                self.assertNotIn("application_id", row)


if __name__ == "__main__":
    unittest.main()
