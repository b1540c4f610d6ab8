"""Moving from the original ENIGMA: a fixture database of its kind, brought into an installation on
each database that the tests run on."""

import base64
import json
import os
import pathlib
import sqlite3
import subprocess
import unittest

from support import (DATABASE, DIRECT, Case, Databases, Server, application, databases, enigma,
                     verify)

DATA = pathlib.Path(__file__).parents[1] / "data" / "original"
SOURCE = os.environ.get("ENIGMA_TEST_PG_URL") or DIRECT
OLD_KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
ROOT = ("root", "original root passphrase")
SCORED, OPEN = "CYC_20250920_080000", "CYC_20251020_080000"
COMPLETED, PROCESSING = "CYC_20250901_080000", "CYC_20251001_080000"


class Original:
    """A database of the original on the server, from the fixture's files."""

    made = 0

    def __init__(self, *files):
        Original.made += 1
        self.name = f"enigma_original_{os.getpid()}_{Original.made}"
        self.server = Databases.url(SOURCE, "postgres")
        self.run("-c", f"CREATE DATABASE {self.name} TEMPLATE template0", url=self.server)
        self.url = Databases.url(SOURCE, self.name)
        for file in ("schema", "data", *files):
            self.run("-f", str(DATA / f"{file}.sql"))

    def run(self, *args, url=None):
        done = subprocess.run(["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", *args, url or self.url],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def sql(self, text):
        return self.run("-c", text)

    def drop(self):
        self.run("-c", f"DROP DATABASE {self.name} WITH (FORCE)", url=self.server)


@unittest.skipUnless(SOURCE, "no PostgreSQL server: ENIGMA_TEST_PG_URL is not set")
class ImportCase(Case):
    def setUp(self):
        super().setUp()
        enigma("init", "--data-dir", self.dir, check=0)

    def original(self, *files):
        one = Original(*files)
        self.addCleanup(one.drop)
        return one

    def bring(self, original, *args, check=None, key=OLD_KEY):
        keys = ["--encryption-key", key] if key else []
        code, out, err = enigma("import", "postgres", "--data-dir", self.dir, "--url", original.url,
                                "--json", *keys, *args, check=check)
        return json.loads(out) if out else err

    def target(self, text):
        """SQL on the installation itself."""
        if DATABASE:
            return Databases.sql(text, databases.name(self.dir))
        with sqlite3.connect(self.dir + "/enigma.db") as db:
            rows = [str(r[0]) for r in db.execute(text).fetchall()]
        db.close()
        return rows

    def counts(self, report):
        return {t["table"]: t for t in report["tables"]}

    def answer_for(self, s, cycle, root, other):
        """The fairness check cannot ask who scored there: a super_admin answers for the scores."""
        r = s.call("POST", f"/admin/cycles/{cycle}/publish", token=other)
        self.assertEqual(r.status, 400)
        self.assertIn("cannot be asked", r.json["detail"])
        r = s.call("POST", f"/admin/cycles/{cycle}/fairness/override",
                   {"reason": "Scored by the original; read by the board."}, token=root)
        self.assertEqual((r.status, r.json["open"]), (200, True), r.body)

    def problems(self, report):
        return {(p["table"], p["id"]): p["problem"] for p in report["problems"]}


class Clean(ImportCase):
    def test_everything_comes_over_and_goes_on(self):
        original = self.original()
        anon = original.sql("SELECT f.anonymized_id FROM final_scores f WHERE f.status = 'SELECTED'"
                            " ORDER BY f.score_id LIMIT 1")[0]
        student = original.sql("SELECT a.student_id FROM applications a JOIN anonymized_applications n"
                               " ON n.application_id = a.application_id"
                               f" WHERE n.anonymized_id = '{anon}'")[0]
        # A persona of the demonstration signs in as the applicant.
        original.sql("UPDATE student_accounts SET primary_email = 'Amara.Okafor@example.org'"
                     f" WHERE student_id = '{student}'")
        report = self.bring(original, check=0)
        self.assertTrue(report["complete"])
        for t in report["tables"]:
            self.assertEqual(t["source"], t["imported"] + t["already"] + t["left_out"] +
                             t["dropped"] + t["later"], t)
        self.assertEqual([c["breaks"] for c in report["chains"]], [0, 0])
        self.assertTrue(verify(self.dir)["is_valid"])
        self.nothing_in_clear(original)
        with Server(self.dir) as s:
            token = s.login(*ROOT)
            s.login("maya", "Maya's long password")
            refused = s.call("POST", "/admin/auth/login",
                             {"username": "old.auditor", "password": "auditor of last year"})
            self.assertEqual(refused.status, 401)  # inactive there, inactive here
            self.phases(s, token)
            self.result(s, token, anon, student)
            self.scored_cycle(s, token)
            self.open_cycle(s, token)
        self.assertTrue(verify(self.dir)["is_valid"])

    def nothing_in_clear(self, original):
        rows = self.target("SELECT sealed_identity FROM application_texts")
        self.assertEqual(len(rows), 32)
        self.assertTrue(all(r.startswith("gAAAA") for r in rows))
        tokens = set(original.sql("SELECT encrypted_pii FROM identity_mapping"))
        ours = set(self.target("SELECT encrypted_pii FROM identity_mapping"))
        self.assertEqual(len(ours), 26)
        self.assertFalse(tokens & ours)  # sealed anew
        self.assertEqual(self.target("SELECT COUNT(*) FROM admin_sessions"), ["0"])

    def phases(self, s, token):
        cycles = {c["cycle_id"]: c for c in s.call("GET", "/admin/cycles", token=token).json}
        self.assertEqual({c["phase"] for c in cycles.values()},
                         {"completed", "published", "scored", "processing", "preprocessing",
                          "frozen", "submission"})
        self.assertEqual(cycles[COMPLETED]["selected_count"], 3)
        self.assertEqual(cycles[COMPLETED]["current_seats"], 8)
        self.assertEqual([c["cycle_id"] for c in cycles.values() if c["is_open"]], [OPEN])

    def result(self, s, token, anon, student):
        r = s.call("GET", f"/results/{anon}", token=token).json
        self.assertEqual(r["status"], "selected")
        self.assertIn("original ENIGMA", r["evaluator"])
        cookie = s.student(0)
        self.assertEqual(s.call("GET", "/auth/student/me", cookie=cookie).json["student_id"], student)
        app = self.target("SELECT application_id FROM anonymized_applications"
                          f" WHERE anonymized_id = '{anon}'")[0]
        shown = s.call("GET", f"/applications/{app}", cookie=cookie).json
        self.assertEqual((shown["status"], shown["anonymized_id"]), ("selected", anon))
        self.assertEqual(s.call("GET", f"/results/{anon}", cookie=cookie).json["final_score"],
                         r["final_score"])

    def scored_cycle(self, s, token):
        r = s.call("POST", f"/admin/cycles/{SCORED}/select", {"mode": "direct"}, token=token)
        self.assertEqual(r.status, 200, r.body)
        self.assertEqual(r.json["selected_count"], 3)  # three share 70 at the cut-off
        other = s.login("maya", "Maya's long password")
        self.answer_for(s, SCORED, token, other)
        r = s.call("POST", f"/admin/cycles/{SCORED}/publish", token=other)
        self.assertEqual((r.status, r.json["phase"]), (200, "published"), r.body)

    def open_cycle(self, s, token):
        cookie = s.student(1)
        r = s.call("POST", "/applications", application(1), cookie=cookie)
        self.assertEqual(r.status, 200, r.body)
        r = s.call("POST", f"/admin/cycles/{OPEN}/freeze", token=token)
        self.assertEqual((r.status, r.json["current_seats"]), (200, 4), r.body)
        r = s.call("POST", f"/admin/cycles/{OPEN}/preprocess", token=token)
        self.assertIn(r.status, (200, 202), r.body)
        s.wait_jobs(token, OPEN)
        r = s.call("POST", f"/admin/cycles/{PROCESSING}/processing", token=token)
        self.assertIn(r.status, (200, 202), r.body)
        s.wait_phase(token, PROCESSING, "scored")

    def test_a_second_run_changes_nothing(self):
        original = self.original()
        self.bring(original, check=0)
        before = verify(self.dir)
        report = self.bring(original, check=0)
        self.assertEqual(sum(t["imported"] for t in report["tables"]), 0)
        self.assertEqual(self.counts(report)["applications"]["already"], 32)
        self.assertEqual(verify(self.dir)["root_hash"], before["root_hash"])

    def test_a_dry_run_leaves_nothing(self):
        original = self.original()
        before = verify(self.dir)
        report = self.bring(original, "--dry-run", check=0)
        self.assertTrue(report["dry_run"])
        self.assertEqual(self.counts(report)["applications"]["imported"], 32)
        self.assertEqual(self.target("SELECT COUNT(*) FROM admission_cycles"), ["0"])
        self.assertEqual(verify(self.dir)["root_hash"], before["root_hash"])

    def test_without_the_old_key_identities_are_rebuilt(self):
        report = self.bring(self.original(), check=0, key=None)
        kinds = {r["problem"]: r["rows"] for r in report["remarks"]}
        self.assertEqual(kinds["sealed identity does not open with the keys given: rebuilt"], 26)
        self.assertTrue(verify(self.dir)["is_valid"])

    def test_later_rows_of_the_chains_are_added(self):
        original = self.original()
        original.sql("CREATE TABLE kept AS SELECT * FROM audit_logs WHERE log_id > 30")
        original.sql("DELETE FROM audit_logs WHERE log_id > 30")
        self.bring(original, check=0)
        original.sql("INSERT INTO audit_logs SELECT * FROM kept")
        report = self.bring(original, check=0)
        self.assertEqual(self.counts(report)["audit_logs"]["imported"], 10)
        self.assertEqual([c["breaks"] for c in report["chains"]], [0, 0])
        self.assertTrue(verify(self.dir)["is_valid"])

    def test_keys_rotate_over_what_was_sealed(self):
        self.bring(self.original(), check=0)
        sealed = "SELECT sealed_details FROM legacy_audit_logs WHERE sealed_details IS NOT NULL"
        before = self.target(sealed)
        enigma("keys", "rotate", "--data-dir", self.dir, check=0)
        after = self.target(sealed)
        self.assertEqual(len(after), len(before))
        self.assertGreater(len(after), 10)
        self.assertFalse(set(before) & set(after))
        self.assertTrue(verify(self.dir)["is_valid"])

    def test_an_older_schema(self):
        original = self.original()
        original.sql("DROP TABLE interview_scores, bias_flags, drift_metrics, admin_bias_history,"
                     " live_nudges, live_bias_analysis, live_transcripts, interviews,"
                     " student_sessions, student_auth_states, oauth_identities")
        original.sql("ALTER TABLE applications DROP COLUMN student_id")
        original.sql("DROP TABLE student_accounts")
        original.sql("UPDATE alembic_version SET version_num = 'e2354a7dd801'")
        report = self.bring(original, check=0)
        self.assertEqual(report["schema"], "e2354a7dd801")
        self.assertEqual(self.counts(report)["applications"]["imported"], 32)
        self.assertTrue(verify(self.dir)["is_valid"])


class Interviews(ImportCase):
    def test_a_short_list_is_made_again_and_decided(self):
        original = self.original("interviews")
        report = self.bring(original, check=9)  # the selection that did not end stays there
        counts = self.counts(report)
        self.assertEqual(counts["interviews"]["imported"], 2)
        self.assertEqual(counts["interview_scores"]["imported"], 2)
        self.assertEqual(counts["selection_logs"]["left_out"], 1)
        self.assertTrue(verify(self.dir)["is_valid"])
        cycle = "CYC_20250925_080000"
        with Server(self.dir) as s:
            root, maya = s.login(*ROOT), s.login("maya", "Maya's long password")
            self.assertEqual(s.call("GET", f"/admin/cycles/{cycle}", token=root).json["phase"], "scored")
            r = s.call("POST", f"/admin/cycles/{cycle}/select", {"mode": "shortlist", "factor": 2},
                       token=root)
            self.assertEqual((r.status, r.json["shortlisted_count"]), (200, 2), r.body)
            r = s.call("POST", f"/admin/cycles/{cycle}/final-select", token=root)
            self.assertEqual((r.status, r.json["selected_count"]), (200, 1), r.body)
            self.answer_for(s, cycle, root, maya)
            r = s.call("POST", f"/admin/cycles/{cycle}/publish", token=maya)
            self.assertEqual(r.status, 200, r.body)
        # 0.5 x 90 + 0.5 x 81.7 is more than 0.5 x 95 + 0.5 x 62.5.
        self.assertEqual(self.target("SELECT final_score FROM final_scores WHERE status = 'selected'"
                                     f" AND admission_cycle_id = '{cycle}'")[0].split(".")[0], "90")
        self.assertTrue(verify(self.dir)["is_valid"])
        again = self.counts(self.bring(original, check=0))
        self.assertEqual(again["interviews"]["already"], 2)


class Refused(ImportCase):
    def test_unknown_schema(self):
        original = self.original()
        original.sql("UPDATE alembic_version SET version_num = 'ffffffffffff'")
        self.assertIn("ffffffffffff", self.bring(original, check=7))
        original.sql("DROP TABLE alembic_version")
        self.assertIn("alembic_version", self.bring(original, check=7))

    def test_bad_keys_and_urls(self):
        original = self.original()
        self.assertIn("Fernet", self.bring(original, check=2, key="short"))
        code, _, err = enigma("import", "postgres", "--data-dir", self.dir)
        self.assertEqual(code, 2)
        code, _, err = enigma("import", "postgres", "--data-dir", self.dir, "--url",
                              "postgresql://enigma:geheim@127.0.0.1:1/none")
        self.assertNotEqual(code, 0)
        self.assertNotIn("geheim", err)

    def test_a_taken_id(self):
        original = self.original()
        enigma("create-admin", "ada", "--role", "super_admin", "--email", "ada@example.org",
               "--random-password", "--data-dir", self.dir, check=0)
        ada = self.target("SELECT admin_id FROM admin_users")[0]
        original.sql(f"INSERT INTO admin_users SELECT '{ada}', 'else', password_hash,"
                     " 'else@college.example', role, TRUE, created_at, NULL FROM admin_users LIMIT 1")
        self.assertIn(ada, self.bring(original, check=7))
        self.assertEqual(self.target("SELECT COUNT(*) FROM admin_users"), ["1"])
        self.assertTrue(verify(self.dir)["is_valid"])


class Broken(ImportCase):
    def test_what_goes_wrong_is_told_and_nothing_is_lost(self):
        original = self.original("interviews", "monitor", "broken")
        report = self.bring(original, check=9)
        text = json.dumps(report)
        for secret in ("mail.example", "Harbour Road", "Chloé", OLD_KEY):
            self.assertNotIn(secret, text)
        counts = self.counts(report)
        for t in counts.values():
            self.assertEqual(t["source"], t["imported"] + t["already"] + t["left_out"] +
                             t["dropped"] + t["later"], t)
        self.assertEqual(counts["applications"]["left_out"], 2)  # a label, a test score
        self.assertEqual(counts["judge_results"]["left_out"], 1)
        self.assertEqual(counts["final_scores"]["left_out"], 1)
        self.assertEqual(counts["bias_flags"]["later"], 1)
        self.assertEqual({c["kind"]: c["broken"] for c in report["chains"]},
                         {"decisions": ["3: hash"], "audit": ["5: hash"]})
        kinds = {r["problem"]: r["rows"] for r in report["remarks"]}
        for part, rows in (("sealed identity does not open", 1), ("names another e-mail", 1),
                           ("no sealed identity", 2), ("attempts numbered", 1),
                           ("user name differs", 1), ("e-mail address of another", 2),
                           ("without a student account", 2), ("failed now", 1),
                           ("hash is not in the chain", 1), ("not a list", 1)):
            found = [n for problem, n in kinds.items() if part in problem]
            self.assertEqual(found, [rows], part)
        problems = self.problems(report)
        self.assertIn("failed now", problems["applications", "APP_LEFTOVER"])
        self.assertIn("applications", {t for t, i in problems if i == "APP_" + "F" * 46})
        self.assertTrue(verify(self.dir)["is_valid"])
        code, out, _ = enigma("audit", "verify", "--legacy", "--data-dir", self.dir)
        self.assertEqual(code, 3)
        self.assertIn("row 3: hash", out)
        self.tampering()

    def tampering(self):
        """What was imported is bound: a change here, after it, is found."""
        anon = self.target("SELECT anonymized_id FROM final_scores WHERE status = 'selected'"
                           " ORDER BY score_id LIMIT 1")[0]
        for change, back, code in (
                ("UPDATE hash_chain SET data_json = '{}' WHERE chain_id = 3",
                 None, "legacy.rows"),
                ("UPDATE legacy_audit_logs SET actor = 'x' WHERE log_id = 9",
                 None, "legacy.rows"),
                (f"UPDATE final_scores SET status = 'not_selected' WHERE anonymized_id = '{anon}'",
                 f"UPDATE final_scores SET status = 'selected' WHERE anonymized_id = '{anon}'",
                 "row.selection"),
                ("UPDATE application_texts SET essay = essay || '!' WHERE application_id ="
                 " 'APP_LEFTOVER'", None, "row.payload"),
                ("DELETE FROM hash_chain WHERE chain_id = 35", None, "legacy.rows")):
            self.target(change)
            codes = {f["code"] for f in verify(self.dir, code=1)["invalid_entries"]}
            self.assertIn(code, codes, change)
            if back:
                self.target(back)


if __name__ == "__main__":
    unittest.main()
