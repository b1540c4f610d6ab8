"""Between the engines: copy both ways, backup and restore of a server's database, doctor on it."""

import json
import os
import re
import subprocess
import time
import unittest

from support import (BIN, PASSWORD, POOLED, Case, Server, create_admin, databases, enigma,
                     environment, needs_server, problem_lines, totp, verify)


def same_json(match):
    """PostgreSQL keeps JSON by value: not the order of its members, nor its blanks."""
    try:
        return json.dumps(json.loads(match.group(1).replace("''", "'")), sort_keys=True)
    except ValueError:
        return match.group(0)


def rows(url):
    """Every row of a SQLite file but the history of the schema."""
    text = subprocess.run(["sqlite3", url.removeprefix("sqlite://"), ".dump"], check=True,
                          capture_output=True, text=True).stdout
    return sorted(re.sub(r"'((?:[^']|'')*)'", same_json, line) for line in text.splitlines()
                  if line.startswith("INSERT") and "schema_migrations" not in line)


@needs_server("between a file and a server")
class Engines(Case):
    def setUp(self):
        super().setUp()
        self.data = os.path.join(self.dir, "data")
        self.file = "sqlite://" + os.path.join(self.dir, "data.db")
        self.on_file = {"DATABASE_URL": self.file, "DATABASE_DIRECT_URL": ""}
        self.copy = os.path.join(self.dir, "copy.db")

    @property
    def server(self):
        return databases.environment(self.data)["DATABASE_URL"]

    def fails(self, code, *args, **kw):
        got, _, errors = enigma(*args, **kw)
        self.assertEqual(got, code, errors)
        self.assertEqual(len(problem_lines(errors)), 1, errors)
        return problem_lines(errors)[0]

    def demo(self, env=None):
        enigma("demo", "--data-dir", self.data, "--applications", 20, "--no-serve", "--json", env=env,
               check=0)

    def move(self, source, target, *args, code=0):
        return enigma("copy", "--data-dir", self.data, "--from", source, "--to", target, "--json", *args,
                      check=code)

    def hold(self, statement, answer):
        """Another session in the middle of a transaction; ends it when called."""
        env = databases.environment(self.data)
        holder = subprocess.Popen(["psql", "-qAtX", env.get("DATABASE_DIRECT_URL") or env["DATABASE_URL"]],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        holder.stdin.write(f"BEGIN; {statement};\n")
        holder.stdin.flush()
        self.assertEqual(holder.stdout.readline().strip(), answer)

        def end():
            holder.stdin.close()
            holder.wait()
            holder.stdout.close()
        return end

    def test_to_the_server_and_back(self):
        self.demo(self.on_file)
        report = json.loads(self.move(self.file, self.server)[1])
        self.assertEqual((report["from"], report["to"]), ("sqlite", "postgres"))
        self.assertEqual(verify(self.data)["root_hash"], report["root_hash"])
        back = "sqlite://" + self.copy
        self.assertEqual(json.loads(self.move(self.server, back)[1])["root_hash"], report["root_hash"])
        self.assertEqual(rows(back), rows(self.file))

    def test_the_server_goes_on_where_the_file_ended(self):
        self.demo(self.on_file)
        self.move(self.file, self.server)
        create_admin(self.data)
        with Server(self.data) as s:
            token = s.login()
            self.assertEqual(s.call("GET", "/admin/cycles", token=token).status, 200)
        more = verify(self.data)
        self.assertTrue(more["is_valid"], more)
        numbered = databases.sql("SELECT nextval(pg_get_serial_sequence('final_scores', 'score_id'))"
                                 " > max(score_id) FROM final_scores", databases.name(self.data))
        self.assertEqual(numbered, ["t"])

    def test_credentials_of_staff_move_along(self):
        self.demo(self.on_file)
        enigma("create-admin", "root", "--role", "super_admin", "--password-stdin", "--data-dir", self.data,
               env=self.on_file, stdin=PASSWORD + "\n", check=0)
        with Server(self.data, env=self.on_file) as s:
            login = s.login("root")
            pat = s.call("POST", "/admin/tokens", {"name": "moves", "scopes": ["audit:read", "cycles:read"]},
                         token=login).json["token"]
            secret = s.call("POST", "/admin/auth/totp", {"password": PASSWORD}, token=login).json["secret"]
        self.move(self.file, self.server)
        with Server(self.data) as s:
            self.assertEqual(s.call("GET", "/admin/cycles", token=pat).status, 200)
            self.assertEqual(s.call("GET", "/jobs", token=pat).status, 403)
            code = {"totp_code": totp(secret)}
            r = s.call("POST", "/admin/auth/totp/confirm", code, token=login)
            self.assertEqual(r.status, 200, r.body)
            self.assertEqual(s.call("POST", "/admin/auth/login", {
                "username": "root", "password": PASSWORD, "totp_code": r.json["recovery_codes"][4]}).status, 200)
        back = "sqlite://" + self.copy
        self.move(self.server, back)
        self.assertEqual(sum(line.startswith("INSERT INTO admin_recovery_codes") for line in rows(back)), 10)
        verify(self.data)

    def test_one_database_under_two_urls(self):
        self.demo()
        other = self.server + "?application_name=x"
        self.assertIn("same database", self.fails(2, "copy", "--data-dir", self.data, "--to", other,
                                                  "--force"))
        verify(self.data)

    def test_target_with_rows(self):
        self.demo(self.on_file)
        self.move(self.file, self.server)
        self.assertIn("--force", self.fails(7, "copy", "--data-dir", self.data, "--from", self.file,
                                            "--to", self.server))
        self.move(self.file, self.server, "--force")
        verify(self.data)

    def test_a_killed_copy_is_refused_until_it_is_made_again(self):
        """A foreign lock stops the copy in its middle; there it is killed."""
        self.demo(self.on_file)
        enigma("migrate", "up", "--data-dir", self.data, check=0)
        name = databases.name(self.data)
        release = self.hold("LOCK TABLE final_scores IN SHARE MODE; SELECT 1", "1")
        copying = subprocess.Popen([BIN, "copy", "--data-dir", self.data, "--from", self.file, "--to",
                                    self.server, "--json"], env=environment(), stderr=subprocess.DEVNULL)
        for _ in range(300):
            if databases.sql("SELECT count(*) > 0 FROM applications", name) == ["t"]:
                break
            time.sleep(0.05)
        copying.kill()
        copying.wait()
        release()
        for args in (("serve", "--listen", "127.0.0.1:0"), ("cycle", "list")):
            self.assertIn("not finished", self.fails(4, *args, "--data-dir", self.data))
        self.move(self.file, self.server, "--force")
        verify(self.data)

    def test_backup_and_restore_of_a_server(self):
        self.demo()
        out = enigma("backup", "--data-dir", self.data, "--to", self.copy, "--with-keys", "--json", check=0)
        made = json.loads(out[1])
        self.assertEqual((made["engine"], made["is_valid"], made["rows_verified"]),
                         ("postgres", True, True))
        self.assertEqual(made["root_hash"], verify(self.data)["root_hash"])
        self.assertEqual(sorted(n for n in os.listdir(self.dir) if n.startswith("copy.db")),
                         ["copy.db", "copy.db.keys"])
        line = self.fails(7, "restore", "--from", self.copy, "--data-dir", self.data)
        self.assertIn("--force", line)
        new = os.path.join(self.dir, "new")
        restored = json.loads(enigma("restore", "--from", self.copy, "--data-dir", new, "--json",
                                     check=0)[1])
        self.assertEqual((restored["database"], restored["root_hash"]), ("postgres", made["root_hash"]))
        with Server(new):
            pass
        single = os.path.join(self.dir, "single")
        enigma("restore", "--from", self.copy, "--data-dir", single, env=self.file_in(single), check=0)
        out = enigma("audit", "verify", "--data-dir", single, "--json", env=self.file_in(single), check=0)[1]
        self.assertEqual(json.loads(out)["root_hash"], made["root_hash"])

    @staticmethod
    def file_in(folder):
        return {"DATABASE_URL": "sqlite://" + os.path.join(folder, "enigma.db"), "DATABASE_DIRECT_URL": ""}

    def test_entries_that_wait_have_their_place_in_the_backup(self):
        """The sequencer is held up and its server killed."""
        self.demo()
        create_admin(self.data)
        name = databases.name(self.data)
        server = Server(self.data).start()
        release = self.hold("LOCK TABLE audit_entry IN SHARE MODE; SELECT 1", "1")
        server.login()
        server.kill()
        release()
        count = lambda table: int(databases.sql(f"SELECT count(*) FROM {table}", name)[0])
        self.assertGreater(count("audit_pending"), 0)
        out = enigma("backup", "--data-dir", self.data, "--to", self.copy, "--json", check=0)[1]
        report = json.loads(out)
        self.assertEqual(report["entries"], count("audit_entry") + count("audit_pending"))
        self.assertTrue(report["is_valid"])

    def test_roll_back_is_noticed(self):
        self.demo()
        enigma("backup", "--data-dir", self.data, "--to", self.copy, check=0)
        create_admin(self.data)
        self.move("sqlite://" + self.copy, self.server, "--force")
        self.assertIn("rolled back", self.fails(8, "cycle", "list", "--data-dir", self.data))
        enigma("restore", "--from", self.copy, "--data-dir", self.data, "--force", check=0)
        enigma("cycle", "list", "--data-dir", self.data, check=0)

    def test_each_server_remembers_for_itself(self):
        """Two folders with the same keys on one database: each has its own log-head."""
        self.demo()
        second = os.path.join(self.dir, "second")
        os.mkdir(second, 0o700)
        env = {**databases.environment(self.data), "KEYS_DIR": os.path.join(self.data, "keys")}
        enigma("cycle", "list", "--data-dir", second, env=env, check=0)
        create_admin(self.data)
        enigma("cycle", "list", "--data-dir", second, env=env, check=0)
        self.assertTrue(os.path.exists(os.path.join(second, "log-head")))

    def test_doctor(self):
        self.demo()
        well = {"BCRYPT_COST": "12", "THROTTLE_PERCENT": "100", "CONNECTIONS_MAX": "100"}
        _, out, _ = enigma("doctor", "--data-dir", self.data, "--json", env=well)
        found = json.loads(out)["findings"]
        # The servers of the tests are told not to wait for their disk, and doctor says so.
        faults = [f["text"] for f in found if f["level"] != "ok"]
        self.assertTrue(all(f.split()[0] in ("fsync", "full_page_writes", "synchronous_commit")
                            for f in faults), faults)
        text = " ".join(f["text"] for f in found)
        self.assertEqual("pooler" in text, POOLED)
        self.assertIn("clock is", text)
        databases.sql("UPDATE final_scores SET final_score = final_score + 1 WHERE score_id ="
                      " (SELECT min(score_id) FROM final_scores)", databases.name(self.data))
        report = json.loads(enigma("doctor", "--data-dir", self.data, "--json", env=well, check=1)[1])
        self.assertIn("log", [f["check"] for f in report["findings"] if f["level"] == "fail"])

    def test_a_table_in_use_does_not_hang_a_migration(self):
        enigma("migrate", "up", "--data-dir", self.data, check=0)
        release = self.hold("SELECT count(*) FROM settings", "0")
        began = time.monotonic()
        code, _, errors = enigma("migrate", "down", "--steps", 1000, "--data-dir", self.data)
        self.assertEqual(code, 7, errors)
        self.assertIn("another session", errors)
        self.assertLess(time.monotonic() - began, 60)
        release()
        enigma("migrate", "down", "--steps", 1000, "--data-dir", self.data, check=0)


if __name__ == "__main__":
    unittest.main()
