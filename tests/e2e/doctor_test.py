"""doctor: a healthy house is well, and every fault is named with a remedy."""

import json
import os
import subprocess
import unittest

from bad_provider import Provider
from support import Case, Server, create_admin, enigma, needs_sqlite

WELL = {"BCRYPT_COST": "12", "THROTTLE_PERCENT": "100", "CONNECTIONS_MAX": "100"}


@needs_sqlite("of a database that is a file")
class Doctor(Case):
    def setUp(self):
        super().setUp()
        self.data = os.path.join(self.dir, "data")
        enigma("demo", "--data-dir", self.data, "--applications", 20, "--no-serve", "--json", check=0)
        self.db = os.path.join(self.data, "enigma.db")

    def doctor(self, code, *args, env=None, data=None):
        out = enigma("doctor", "--data-dir", data or self.data, "--json", *args,
                     env={**WELL, **(env or {})}, check=code)[1]
        report = json.loads(out)
        for f in report["findings"]:
            self.assertEqual(f["remedy"] is None, f["level"] == "ok", f)
        return report

    def finds(self, code, check, text, *args, env=None):
        """That check says so at the level that the exit code means."""
        report = self.doctor(code, *args, env=env)
        level = {1: "fail", 3: "warn"}[code]
        found = [f for f in report["findings"] if f["check"] == check and f["level"] == level]
        self.assertTrue(any(text in f["text"] for f in found), report)

    def sql(self, text):
        subprocess.run(["sqlite3", self.db, text], check=True, capture_output=True)

    def test_well(self):
        report = self.doctor(0)
        self.assertEqual((report["result"], report["warnings"], report["failures"]), ("ok", 0, 0))
        names = [f["check"] for f in report["findings"]]
        for name in ("folder", "keys", "disk", "engine", "schema", "pages", "log", "sealed", "work"):
            self.assertIn(name, names)
        quick = [f["check"] for f in self.doctor(0, "--quick")["findings"]]
        self.assertNotIn("pages", quick)
        out = enigma("doctor", "--data-dir", self.data, env=WELL, check=0)[1]
        self.assertEqual(sum(line.startswith("ok ") for line in out.splitlines()), len(names))

    def test_beside_a_running_server(self):
        with Server(self.data):
            self.doctor(0)

    def test_changes_nothing(self):
        before = {n: os.stat(os.path.join(self.data, n)).st_mtime_ns
                  for n in ("enigma.db", "log-head", "keys")}
        self.doctor(0)
        self.assertEqual(before, {n: os.stat(os.path.join(self.data, n)).st_mtime_ns for n in before})

    def test_folder_and_keys(self):
        os.chmod(self.data, 0o755)
        self.finds(1, "folder", "open to others")
        os.chmod(self.data, 0o700)
        key = os.path.join(self.data, "keys", "jwt.key")
        os.chmod(key, 0o640)
        self.finds(1, "keys", "jwt.key")
        os.chmod(key, 0o600)
        os.rename(key, key + ".gone")
        self.finds(1, "keys", "not there")
        report = self.doctor(1, data=os.path.join(self.dir, "none"))
        self.assertIn("none is not there", report["findings"][0]["text"])

    def test_an_old_key(self):
        key = os.path.join(self.data, "keys", "encryption.key")
        old = os.stat(key).st_mtime - 800 * 86400
        os.utime(key, (old, old))
        self.finds(3, "keys", "800 days old")

    def test_a_wrong_key_ring(self):
        made = dict(line.split("=", 1) for line in enigma("keys", "generate")[1].split())
        self.finds(1, "sealed", "cannot be opened", env={"ENCRYPTION_KEY": made["ENCRYPTION_KEY"]})

    def test_options_and_address(self):
        with open(os.path.join(self.data, "enigma.conf"), "w") as f:
            f.write("# a comment\nLISTN=127.0.0.1:1\nQUEUE_MAX=9\n")
        self.finds(3, "options", "LISTN")
        os.remove(os.path.join(self.data, "enigma.conf"))
        self.finds(3, "options", "BCRYPT_COST", env={"BCRYPT_COST": "4"})
        self.finds(3, "options", "rate limits", env={"THROTTLE_PERCENT": "0"})
        self.finds(3, "options", "built-in baseline scores", env={"OPENAI_API_KEY": "sk-x"})
        self.finds(1, "options", "WEIGHT", env={"WEIGHT_ESSAY": "0.5"})
        self.finds(3, "listen", "without TLS", env={"LISTEN": "0.0.0.0:8000"})
        self.finds(1, "options", "loopback", env={"LISTEN": "0.0.0.0:8000", "DEMO": "true"})
        self.finds(1, "listen", "ADDRESS:PORT", env={"LISTEN": "nowhere"})
        self.finds(3, "limits", "CONNECTIONS_MAX", env={"CONNECTIONS_MAX": "1000000"})

    def test_identity_provider(self):
        names = {f["check"]: f["text"] for f in self.doctor(0, "--quick")["findings"]}
        self.assertEqual(names["sign-in"], "no identity provider is set up")
        provider = Provider()
        self.addCleanup(provider.close)
        env = {"GOOGLE_CLIENT_ID": "enigma", "OIDC_ISSUER": provider.issuer,
               "GOOGLE_OAUTH_REDIRECT_BASE": "http://localhost:8000"}
        found = self.doctor(0, "--quick", env=env)["findings"]
        self.assertTrue(any(f["check"] == "sign-in" and provider.issuer in f["text"] for f in found))
        provider.keys = []
        self.finds(1, "sign-in", "no key for RS256 or ES256", "--quick", env=env)
        self.finds(1, "sign-in", "OIDC_ISSUER", "--quick", env={**env, "OIDC_ISSUER": "http://idp.test"})
        provider.lies = {"discovery": {"issuer": "https://other.test"}}
        self.finds(1, "sign-in", "something other than OIDC_ISSUER", "--quick", env=env)
        provider.close()
        self.finds(1, "sign-in", "cannot be reached", "--quick", env=env)

    def test_certificate(self):
        key, cert = os.path.join(self.dir, "k.pem"), os.path.join(self.dir, "c.pem")
        env = {"TLS_KEY": key, "TLS_CERT": cert}
        self.finds(1, "tls", "cannot be read", env=env)
        for days, code in ((365, 0), (5, 3)):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                            "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert,
                            "-days", str(days), "-subj", "/CN=x"], check=True, capture_output=True)
            report = self.doctor(code, env=env)
            self.assertTrue(any(f["check"] == "tls" and "days" in f["text"]
                                for f in report["findings"]), report)

    def test_database(self):
        self.sql("CREATE TABLE junk (b TEXT); WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1"
                 " FROM r WHERE i < 3000) INSERT INTO junk SELECT hex(randomblob(1000)) FROM r;"
                 " DROP TABLE junk")
        self.finds(3, "engine", "pages are free")
        self.sql("INSERT INTO schema_migrations VALUES (9999, 'future', 'x',"
                 " '2030-01-01T00:00:00.000000Z', 1)")
        self.finds(1, "schema", "newer")

    def test_damaged_pages(self):
        size = os.path.getsize(self.db)
        with open(self.db, "r+b") as f:
            f.seek(size // 2 // 8192 * 8192)
            f.write(b"\xff" * 8192)
        self.finds(1, "pages", "damaged")

    def test_not_a_database(self):
        with open(self.db, "wb") as f:
            f.write(b"not a database " * 1000)
        self.finds(1, "database", "not an ENIGMA database")

    def test_log(self):
        self.sql("UPDATE final_scores SET final_score = final_score + 1 WHERE score_id = 3")
        self.finds(1, "log", "findings")
        self.doctor(0, "--quick")

    def test_roll_back(self):
        copy = os.path.join(self.dir, "copy.db")
        enigma("backup", "--data-dir", self.data, "--to", copy, check=0)
        create_admin(self.data, "zoe")
        os.replace(copy, self.db)
        for tail in ("-wal", "-shm"):
            if os.path.exists(self.db + tail):
                os.remove(self.db + tail)
        self.finds(1, "log-head", "rolled back")
        os.remove(os.path.join(self.data, "log-head"))
        self.finds(3, "log-head", "no log-head")

    def test_work_that_stands_still(self):
        self.sql("UPDATE job_chunks SET state = 'leased', lease_until = '2020-01-01T00:00:00.000000Z'")
        self.finds(3, "work", "left by their worker")
        self.sql("UPDATE job_chunks SET state = 'failed'")
        self.finds(3, "work", "given up")
        self.sql("UPDATE jobs SET state = 'running', created_at = '2020-01-01T00:00:00.000000Z'")
        self.finds(3, "work", "not finished")

    def test_what_waits_for_a_person(self):
        self.finds(3, "accounts", "1 active super_admins have no second factor",
                   env={"BASE_URL": "https://admissions.example.org"})
        self.sql("UPDATE anonymized_applications SET held_reason = 'density' WHERE anonymized_id ="
                 " (SELECT min(anonymized_id) FROM anonymized_applications)")
        self.finds(3, "work", "1 applications were held")


if __name__ == "__main__":
    unittest.main()
