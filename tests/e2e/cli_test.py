"""The command line: help, exit codes, and one plain line for whatever is wrong."""

import json
import os
import socket
import subprocess
import unittest

from support import (BIN, DATABASE, DIRECT, Case, Server, create_admin, databases, enigma,
                     environment, needs_sqlite, once, problem_lines, verify)


class CommandLine(Case):
    def fails(self, code, *args, **kw):
        got, _, errors = enigma(*args, **kw)
        self.assertEqual(got, code, errors)
        lines = problem_lines(errors)
        self.assertEqual(len(lines), 1, errors)
        return lines[0]

    @once("the command line")
    def test_help_version_and_documents(self):
        self.assertIn("commands:", enigma("--help", check=0)[1])
        self.assertIn("--applications", enigma("demo", "--help", check=0)[1])
        self.assertIn("--applications", enigma("help", "demo", check=0)[1])
        for group in (("help", "audit"), ("audit", "--help")):
            said = enigma(*group, check=0)[1]
            self.assertIn("audit verify", said)
            self.assertNotIn("migrate up", said)
        for args, words in ((("audit", "nonsense"), "no such command: audit nonsense (see enigma help audit)"),
                            (("audit",), "audit needs a command"),
                            (("help", "nonsense"), "no such command: nonsense"),
                            (("audit", "verify", "copy.db"), "audit verify takes flags only, not copy.db")):
            self.assertIn(words, enigma(*args, check=2)[2])
        self.assertRegex(enigma("--version", check=0)[1], r"^enigma \d")
        self.assertEqual(json.loads(enigma("docs", "openapi", check=0)[1])["openapi"][:3], "3.1")
        for what in ("routes", "phases", "options"):
            self.assertIn("|", enigma("docs", what, check=0)[1])
        self.assertIn(".TH ENIGMA", enigma("docs", "man", check=0)[1])
        for shell in ("bash", "zsh", "fish"):
            self.assertIn("enigma", enigma("completion", shell, check=0)[1])
        subprocess.run(["bash", "-n"], input=enigma("completion", "bash")[1], text=True, check=True)

    @once("the command line")
    def test_usage_errors(self):
        self.assertIn("nonsense", self.fails(2, "nonsense"))
        self.assertIn("--workers", self.fails(2, "serve", "--workers", "zero"))
        self.assertIn("--workers", self.fails(2, "serve", "--workers", "100000"))
        self.assertIn("--no-such-flag", self.fails(2, "serve", "--no-such-flag"))
        self.fails(2, "create-admin", "--data-dir", self.dir)
        self.fails(2, "export", "xml", "CYC_1", "--data-dir", self.dir)

    @once("options")
    def test_weak_settings_are_refused(self):
        for secret in ("secret", "short", "x" * 31):
            line = self.fails(2, "serve", "--data-dir", self.dir, env={"JWT_SECRET": secret})
            self.assertIn("JWT_SECRET", line)
            self.assertNotIn("x" * 31, line)
        self.assertIn("WEIGHT", self.fails(2, "serve", "--data-dir", self.dir,
                                           env={"WEIGHT_ESSAY": "0.5"}))
        self.assertIn("loopback", self.fails(2, "serve", "--data-dir", self.dir, "--demo",
                                             "--listen", "0.0.0.0:0"))

    @once("options")
    def test_busy_port(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            s.listen()
            address = "127.0.0.1:%d" % s.getsockname()[1]
            self.assertIn("in use", self.fails(5, "serve", "--data-dir", self.dir, "--listen", address))

    def test_folder_in_use(self):
        with Server(self.dir):
            line = self.fails(6, "serve", "--data-dir", self.dir, "--listen", "127.0.0.1:0")
            self.assertIn("in use", line)

    @needs_sqlite("a file is damaged")
    def test_damaged_database(self):
        enigma("init", "--data-dir", self.dir, check=0)
        path = os.path.join(self.dir, "enigma.db")
        with open(path, "rb") as f:
            good = f.read()
        with open(path, "wb") as f:
            f.write(b"this is not a database" * 100)
        for name in ("enigma.db-wal", "enigma.db-shm"):
            if os.path.exists(os.path.join(self.dir, name)):
                os.remove(os.path.join(self.dir, name))
        self.fails(4, "serve", "--data-dir", self.dir, "--listen", "127.0.0.1:0")
        with open(path, "wb") as f:
            f.write(good)
        verify(self.dir)

    def test_damaged_keys(self):
        enigma("init", "--data-dir", self.dir, check=0)
        key = os.path.join(self.dir, "keys", "encryption.key")
        os.chmod(key, 0o644)
        self.assertIn("chmod 600", self.fails(4, "serve", "--data-dir", self.dir))
        os.chmod(key, 0o600)
        with open(key, "w", encoding="utf-8") as f:
            f.write("not a key\n")
        self.fails(2, "serve", "--data-dir", self.dir)

    def test_unusable_folder(self):
        blocker = os.path.join(self.dir, "file")
        open(blocker, "w").close()
        self.fails(4, "init", "--data-dir", os.path.join(blocker, "data"))

    @needs_sqlite("a file is missing")
    def test_verify_without_a_database(self):
        self.fails(4, "audit", "verify", "--data-dir", os.path.join(self.dir, "missing"))

    def test_migrate_up_down_and_refusal(self):
        enigma("init", "--data-dir", self.dir, check=0)
        states = json.loads(enigma("migrate", "status", "--data-dir", self.dir, "--json", check=0)[1])
        self.assertTrue(all(s["state"] == "applied" for s in states))
        line = self.fails(7, "migrate", "down", "--data-dir", self.dir, "--steps", len(states))
        self.assertIn("audit_entry", line)
        enigma("migrate", "down", "--data-dir", self.dir, "--discard-data", "--steps", len(states), check=0)
        enigma("migrate", "up", "--data-dir", self.dir, check=0)
        history = enigma("migrate", "history", "--data-dir", self.dir, check=0)[1]
        self.assertIn("applied", history)

    def test_migrate_says_what_it_does(self):
        first = enigma("migrate", "up", "--data-dir", self.dir, check=0)[1]
        self.assertIn("none yet", first)
        self.assertRegex(first, r"0001_initial +sha256 [0-9a-f]{64}")
        self.assertRegex(first, r"0001_initial +applied +\d+\.\d{3} ms")
        self.assertRegex(enigma("migrate", "history", "--data-dir", self.dir, check=0)[1],
                         r"0001  applied .* ms  [0-9a-f]{64}")
        again = json.loads(enigma("migrate", "up", "--data-dir", self.dir, "--json", check=0)[1])
        self.assertEqual((again["applied"], again["migrations"]), (0, []))
        sql = enigma("migrate", "down", "--sql", "--data-dir", self.dir, check=0)[1]
        self.assertNotIn("@", sql)
        states = json.loads(enigma("migrate", "status", "--data-dir", self.dir, "--json", check=0)[1])
        self.assertIn(f"-- {again['version']}, down, {again['engine']}", sql)
        undone = json.loads(enigma("migrate", "down", "--data-dir", self.dir, "--steps", 1000,
                                   "--json", check=0)[1])
        self.assertEqual((undone["undone"], undone["version"]), (len(states), None))
        sql = enigma("migrate", "up", "--sql", "--data-dir", self.dir, check=0)[1]
        self.assertIn("CREATE TABLE audit_entry", sql)
        states = json.loads(enigma("migrate", "status", "--data-dir", self.dir, "--json", check=0)[1])
        self.assertEqual({s["state"] for s in states}, {"pending"})
        if again["engine"] == "sqlite":
            subprocess.run(["sqlite3", ":memory:"], input=sql, text=True, check=True)
        else:
            databases.sql("BEGIN;" + sql + "ROLLBACK;", databases.name(self.dir))

    def test_migrate_names_tables_with_rows(self):
        enigma("init", "--data-dir", self.dir, check=0)
        code, out, _ = enigma("migrate", "down", "--steps", 1000, "--data-dir", self.dir)
        self.assertEqual(code, 7)
        self.assertIn("names audit_entry, about 1 rows", out)

    def test_a_log_thrown_away_on_purpose_is_not_missed(self):
        enigma("init", "--data-dir", self.dir, check=0)
        enigma("migrate", "down", "--steps", 1000, "--discard-data", "--data-dir", self.dir, check=0)
        enigma("init", "--data-dir", self.dir, check=0)

    def test_ten_processes_migrate_at_once(self):
        enigma("init", "--data-dir", self.dir, check=0)
        enigma("migrate", "down", "--steps", 1000, "--discard-data", "--data-dir", self.dir, check=0)
        run = [BIN, "migrate", "up", "--json", "--data-dir", self.dir]
        env = environment(databases.environment(self.dir))
        all_at_once = [subprocess.Popen(run, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                       for _ in range(10)]
        results = [p.communicate(timeout=60) + (p.returncode,) for p in all_at_once]
        self.assertEqual({code for _, _, code in results}, {0}, results)
        applied = sorted(json.loads(out)["applied"] for out, _, _ in results)
        self.assertEqual(applied[:9], [0] * 9)
        self.assertGreater(applied[9], 0)

    @needs_sqlite("a file is named by its path")
    def test_verify_a_file_by_its_path(self):
        enigma("demo", "--data-dir", self.dir, "--applications", 10, "--no-serve", "--json", check=0)
        path = os.path.join(self.dir, "enigma.db")
        report = json.loads(enigma("audit", "verify", "--db", path, "--json", check=0)[1])
        self.assertEqual((report["is_valid"], report["checks"]["rows"]), (True, "ok"))
        copy = os.path.join(self.dir, "copy.db")
        subprocess.run(["sqlite3", path, f".backup {copy}"], check=True)
        subprocess.run(["sqlite3", copy, "UPDATE final_scores SET final_score = final_score + 1 "
                        "WHERE score_id = 3"], check=True)
        report = json.loads(enigma("audit", "verify", "--db", copy, "--data-dir", self.dir, "--json",
                                   check=1)[1])
        self.assertIn("row.score", {i["code"] for i in report["invalid_entries"]})

    def test_cycle_verbs_and_wrong_phase(self):
        create_admin(self.dir)
        made = enigma("cycle", "create", "--name", "From the shell", "--seats", 4, "--data-dir",
                      self.dir, "--json", check=0)[1]
        cid = json.loads(made)["cycle_id"]
        for args in ((), ("--name", "Nothing else"), ("--seats", 3), ("--name", "  ", "--seats", 3)):
            self.fails(2, "cycle", "create", *args, "--data-dir", self.dir)
        open_ones = [c["cycle_id"] for c in json.loads(enigma("cycle", "list", "--data-dir", self.dir, "--json", check=0)[1])
                     if c["is_open"]]
        self.assertEqual(open_ones, [cid])
        line = self.fails(7, "cycle", "select", cid, "--data-dir", self.dir)
        self.assertIn("submission", line)
        self.fails(7, "cycle", "show", "CYC_NOBODY", "--data-dir", self.dir)
        verify(self.dir)

    def key(self):
        with open(os.path.join(self.dir, "keys", "encryption.key"), encoding="utf-8") as f:
            return f.read()

    def test_keys(self):
        out = enigma("keys", "generate", check=0)[1]
        self.assertRegex(out, r"ENCRYPTION_KEY=[A-Za-z0-9_-]{43}=\nJWT_SECRET=\S{43,}")
        enigma("demo", "--data-dir", self.dir, "--applications", 30, "--no-serve", "--json", check=0)
        before = self.key()
        resealed = json.loads(enigma("keys", "rotate", "--data-dir", self.dir, "--json", check=0)[1])
        self.assertEqual(resealed["resealed"], 30 * 4)
        after = self.key()
        self.assertNotEqual(before, after)
        self.assertEqual(len(after.split()), 1)
        verify(self.dir)

    def test_two_data_folders_share_one_folder_of_keys(self):
        keys = os.path.join(self.dir, "secrets")
        vkeys = []
        for name in ("a", "b"):
            data = os.path.join(self.dir, name)
            made = enigma("init", "--data-dir", data, "--keys-dir", keys, "--json", check=0)[1]
            vkeys.append(json.loads(made)["vkey"])
            self.assertFalse(os.path.exists(os.path.join(data, "keys")))
        self.assertEqual(vkeys[0], vkeys[1])
        self.assertEqual(os.stat(os.path.join(keys, "log.key")).st_mode & 0o777, 0o600)

    @once("scrubbing")
    def test_scrub_keeps_numbers(self):
        text = "I scored 1450 on the SAT in 2023. I'm not sure what to study. Mail zoe.b@example.org.\n"
        named = os.path.join(self.dir, "essay.txt")
        with open(named, "w", encoding="utf-8") as f:
            f.write(text)
        self.assertEqual(enigma("scrub", named, check=0)[1].strip(), text.strip().replace("zoe.b@example.org", "[EMAIL]"))
        for path in (named + ".none", self.dir):
            self.assertIn("cannot be read", self.fails(2, "scrub", path))
        out = enigma("scrub", "--name", "Zoë Brandt", "--email", "zoe.b@example.org",
                     stdin=text + "Zoë Brandt led the team.\n", check=0)[1]
        self.assertIn("1450 on the SAT in 2023", out)
        self.assertIn("I'm not sure what to study", out)
        self.assertNotIn("Zo", out)
        self.assertNotIn("example.org", out)

    @once("options")
    def test_config_shows_origin_and_hides_secrets(self):
        out = enigma("config", "check", "--workers", "7",
                     env={"JWT_SECRET": "y" * 40, "QUEUE_MAX": "99"}, check=0)[1]
        self.assertRegex(out, r"WORKERS\s+7\s+flag")
        self.assertRegex(out, r"QUEUE_MAX\s+99\s+environment")
        self.assertNotIn("yyyy", out)
        self.assertIn("# enigma.conf", enigma("config", "sample", check=0)[1])

    @once("options")
    def test_a_file_and_dotenv_are_read(self):
        with open(os.path.join(self.dir, "enigma.conf"), "w", encoding="utf-8") as f:
            f.write("# comment\nWORKERS=9\nUNKNOWN_SETTING=1\n")
        out = enigma("config", "check", "--data-dir", self.dir, check=0)[1]
        self.assertRegex(out, r"WORKERS\s+9\s+file")
        with open(os.path.join(self.dir, "enigma.conf"), "w", encoding="utf-8") as f:
            f.write("WORKERS=many\n")
        self.assertIn("workers", self.fails(2, "config", "check", "--data-dir", self.dir).lower())

    @once("options")
    def test_an_environment_of_the_original_and_of_a_container(self):
        out = enigma("config", "check", check=0,
                     env={"LOG_LEVEL": "INFO", "BIAS_FALLBACK_MAX": "info", "WORKERS": "", "TLS_CERT": "", "TLS_KEY": "",
                          "DEBUG": "false", "TEMPERATURE": "0.1", "BASE_URL": "https://apply.example.edu/"})[1]
        for pattern in (r'LOG_LEVEL\s+"info"\s+environment', r'BIAS_FALLBACK_MAX\s+"INFO"\s+environment',
                        r"WORKERS\s+32\s+default", r'BASE_URL\s+"https://apply.example.edu"\s+environment'):
            self.assertRegex(out, pattern)
        for name, value in (("BASE_URL", "ftp://x"), ("BASE_URL", "https://x/apply"), ("CORS_ORIGINS", "*"),
                            ("TRUSTED_PROXIES", "x"), ("LISTEN", "here")):
            self.fails(2, "serve", "--data-dir", self.dir, env={name: value})


class FirstRun(Case):
    def stored(self):
        """All that the database holds, as it holds it."""
        if DATABASE:
            dump = subprocess.run(["pg_dump", databases.url(DIRECT, databases.name(self.dir))],
                                  capture_output=True, check=True).stdout
            self.assertIn(b"grace@example.org", dump)
            return dump
        both = b""
        for name in ("enigma.db", "enigma.db-wal"):
            with open(os.path.join(self.dir, name), "rb") as f:
                both += f.read()
        self.assertIn(b"grace@example.org", both)
        return both

    def test_setup_link_is_single_use(self):
        with Server(self.dir, demo=False) as s:
            url = s.read_setup_url()
            secret = url.split("#")[1]
            self.assertEqual(s.call("GET", "/setup").status, 200)
            me = {"secret": secret, "username": "grace", "email": "grace@example.org",
                  "password": "a quiet river at dawn"}
            weak = s.call("POST", "/setup", {**me, "password": "password123"})
            self.assertEqual(weak.status, 422)
            wrong = s.call("POST", "/setup", {**me, "secret": "A" * 43})
            self.assertEqual(wrong.status, 403)
            made = s.call("POST", "/setup", me)
            self.assertEqual((made.status, made.json["role"]), (200, "super_admin"))
            self.assertEqual(s.call("POST", "/setup", me).status, 403)
            token = s.login("grace", "a quiet river at dawn")
            self.assertEqual(s.call("GET", "/admin/auth/me", token=token).json["username"], "grace")
            self.assertEqual(s.call("GET", "/auth/demo/personas").status, 404)
            self.assertNotIn(token.encode(), self.stored())
            self.assertEqual(s.call("POST", "/admin/auth/logout", {}, token=token).status, 200)
            self.assertEqual(s.call("GET", "/admin/auth/me", token=token).status, 401)

    def test_sigterm_drains_with_exit_code_0(self):
        s = Server(self.dir).start()
        self.assertEqual(s.call("GET", "/health").json["status"], "healthy")
        self.assertEqual(s.stop(), 0)
        self.assertTrue(os.path.exists(BIN))


if __name__ == "__main__":
    unittest.main()
