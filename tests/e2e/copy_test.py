"""copy: all rows into another database, verified; what is refused, and what a cut leaves behind."""

import json
import os
import resource
import shutil
import signal
import subprocess
import unittest

from support import (BIN, Case, Server, create_admin, enigma, environment, needs_sqlite,
                     problem_lines, verify)


def dump(path):
    lines = subprocess.run(["sqlite3", path, ".dump"], check=True, capture_output=True,
                           text=True).stdout.splitlines()
    return sorted(line for line in lines if "schema_migrations" not in line)


@needs_sqlite("of a database that is a file")
class Copy(Case):
    def setUp(self):
        super().setUp()
        self.data = os.path.join(self.dir, "data")
        enigma("demo", "--data-dir", self.data, "--applications", 200, "--no-serve", "--json", check=0)
        self.db = os.path.join(self.data, "enigma.db")
        self.target = os.path.join(self.dir, "target.db")
        self.url = "sqlite://" + self.target

    def run_copy(self, *args, code=0, to=None):
        return enigma("copy", "--data-dir", self.data, "--to", to or self.url, *args, check=code)

    def fails(self, code, *args, **kw):
        errors = self.run_copy(*args, code=code, **kw)[2]
        self.assertEqual(len(problem_lines(errors)), 1, errors)
        return problem_lines(errors)[0]

    def test_every_row_arrives(self):
        report = json.loads(self.run_copy("--json")[1])
        rows = {t["name"]: t["rows"] for t in report["tables"]}
        self.assertEqual(rows["applications"], 200)
        self.assertEqual(sum(rows.values()), report["rows"])
        self.assertEqual(report["root_hash"], verify(self.data)["root_hash"])
        self.assertEqual(dump(self.db), dump(self.target))
        with Server(self.data, env={"DATABASE_URL": self.url}) as s:
            self.assertEqual(s.call("GET", "/health").json["database"], "connected")
        env = {"DATABASE_URL": self.url}
        out = enigma("audit", "verify", "--data-dir", self.data, "--json", env=env, check=0)[1]
        self.assertTrue(json.loads(out)["is_valid"])

    def test_there_and_back(self):
        before = dump(self.db)
        self.run_copy("--json")
        back = os.path.join(self.dir, "back.db")
        enigma("copy", "--data-dir", self.data, "--from", self.url, "--to", "sqlite://" + back, check=0)
        self.assertEqual(dump(back), before)

    def test_for_people(self):
        _, out, errors = self.run_copy()
        self.assertIn("counts agree", out)
        self.assertIn("keys stay where", out)
        self.assertIn("audit_entry", errors)

    def test_target_with_rows_is_refused_unless_forced(self):
        self.run_copy()
        before = dump(self.target)
        self.assertIn("--force", self.fails(7))
        self.assertEqual(dump(self.target), before)
        self.run_copy("--force")
        self.assertEqual(dump(self.target), before)

    def test_one_database_under_two_names_is_not_emptied(self):
        link = os.path.join(self.dir, "link.db")
        os.symlink(self.db, link)
        before = dump(self.db)
        for name in (self.db, link, os.path.join(self.data, "..", "data", "enigma.db")):
            self.assertIn("same database", self.fails(2, "--force", to="sqlite://" + name))
        self.assertEqual(dump(self.db), before)

    def test_bad_input(self):
        self.assertEqual(enigma("copy", "--data-dir", self.data)[0], 2)
        self.assertIn("url", self.fails(2, to="mysql://localhost/x"))
        self.fails(4, "--from", "sqlite:" + os.path.join(self.dir, "none.db"))
        text = os.path.join(self.dir, "text")
        with open(text, "w") as f:
            f.write("not a database " * 1000)
        self.assertIn("not an ENIGMA database", self.fails(4, to="sqlite:" + text))
        self.fails(4, to="sqlite:" + os.path.join(self.dir, "no", "such", "x.db"))

    def test_password_of_a_url_is_not_shown(self):
        url = "postgresql://ann:hunter2secret@127.0.0.1:1/x"
        _, out, errors = enigma("copy", "--data-dir", self.data, "--to", url)
        self.assertNotIn("hunter2secret", out + errors)

    def test_not_while_the_server_runs(self):
        with Server(self.data):
            self.fails(6)

    def test_a_tampered_source_makes_no_usable_copy(self):
        subprocess.run(["sqlite3", self.db, "UPDATE final_scores SET final_score = final_score + 1"
                        " WHERE score_id = 3"], check=True)
        _, _, errors = self.run_copy(code=1)
        self.assertIn("row.score", errors)
        self.refused()

    def refused(self):
        """No server and no command takes the target; a forced copy makes it whole."""
        env = {"DATABASE_URL": self.url}
        for args in (["serve", "--listen", "127.0.0.1:0"], ["cycle", "list"]):
            code, _, errors = enigma(*args, "--data-dir", self.data, env=env)
            self.assertEqual(code, 4, errors)
            self.assertIn("not finished", errors)

    def test_a_cut_copy_is_refused_until_it_is_made_again(self):
        limit = os.path.getsize(self.db) * 3 // 4
        small = lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
                         resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        done = subprocess.run([BIN, "copy", "--data-dir", self.data, "--to", self.url],
                              env=environment(), capture_output=True, text=True, preexec_fn=small)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertEqual(len(problem_lines(done.stderr)), 1, done.stderr)
        self.refused()
        back = os.path.join(self.dir, "back.db")
        code, _, errors = enigma("copy", "--data-dir", self.data, "--from", self.url,
                                 "--to", "sqlite://" + back)
        self.assertEqual(code, 4, errors)
        self.assertIn("not finished", errors)
        self.run_copy("--force")
        self.assertEqual(dump(self.target), dump(self.db))

    def test_keys_of_another_installation(self):
        other = os.path.join(self.dir, "other")
        enigma("init", "--data-dir", other, check=0)
        code, _, errors = enigma("copy", "--data-dir", other, "--from", "sqlite://" + self.db,
                                 "--to", self.url)
        self.assertEqual(code, 1, errors)
        self.refused()


if __name__ == "__main__":
    unittest.main()
