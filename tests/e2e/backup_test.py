"""Backup while the server runs, restore, and a database that was rolled back behind our back."""

import glob
import json
import os
import resource
import shutil
import signal
import stat
import subprocess
import threading
import unittest

from support import (BIN, Case, Server, application, create_admin, cycle_body, enigma, environment,
                     needs_sqlite, problem_lines, verify)


def query(path, sql):
    return subprocess.run(["sqlite3", path, sql], check=True, capture_output=True, text=True).stdout.strip()


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


class WithData(Case):
    def setUp(self):
        super().setUp()
        self.data = os.path.join(self.dir, "data")
        enigma("demo", "--data-dir", self.data, "--applications", 20, "--no-serve", "--json", check=0)
        self.db = os.path.join(self.data, "enigma.db")
        self.copy = os.path.join(self.dir, "copy.db")

    def fails(self, code, *args, **kw):
        got, _, errors = enigma(*args, **kw)
        self.assertEqual(got, code, errors)
        self.assertEqual(len(problem_lines(errors)), 1, errors)
        return problem_lines(errors)[0]

    def backup(self, *args, to=None, code=0):
        out = enigma("backup", "--data-dir", self.data, "--to", to or self.copy, "--json", *args,
                     check=code)[1]
        return json.loads(out)

    def grow(self, name="zoe"):
        """One more entry in the log."""
        create_admin(self.data, name)

    def replace_database(self, path):
        for tail in ("", "-wal", "-shm"):
            if os.path.exists(self.db + tail):
                os.remove(self.db + tail)
        shutil.copyfile(path, self.db)
        os.chmod(self.db, 0o600)


@needs_sqlite("of a database that is a file")
class Backup(WithData):
    def test_verified_copy_without_keys(self):
        report = self.backup()
        self.assertEqual((report["is_valid"], report["rows_verified"], report["keys"]), (True, True, None))
        self.assertEqual(report["bytes"], os.path.getsize(self.copy))
        self.assertEqual(report["root_hash"], verify(self.data)["root_hash"])
        self.assertEqual(mode(self.copy), 0o600)
        self.assertEqual(glob.glob(self.copy + "?*"), [])
        self.assertEqual(query(self.copy, "SELECT count(*) FROM applications"), "20")

    def test_keys_only_when_asked_and_with_a_warning(self):
        out = enigma("backup", "--data-dir", self.data, "--to", self.copy, "--with-keys", check=0)[1]
        self.assertIn("identity", out)
        keys = self.copy + ".keys"
        self.assertEqual(mode(keys), 0o700)
        self.assertEqual(sorted(os.listdir(keys)), ["encryption.key", "jwt.key", "log.key", "lookup.key"])
        for name in os.listdir(keys):
            self.assertEqual(mode(os.path.join(keys, name)), 0o600)
            with open(os.path.join(keys, name)) as a, open(os.path.join(self.data, "keys", name)) as b:
                self.assertEqual(a.read(), b.read())

    def test_nothing_is_overwritten(self):
        self.backup()
        before = os.stat(self.copy).st_ino
        self.assertIn("exists", self.fails(7, "backup", "--data-dir", self.data, "--to", self.copy))
        self.assertEqual(os.stat(self.copy).st_ino, before)
        self.backup("--force")
        self.assertNotEqual(os.stat(self.copy).st_ino, before)
        line = self.fails(7, "backup", "--data-dir", self.data, "--to", self.db, "--force")
        self.assertIn("itself", line)
        verify(self.data)

    def test_a_folder_gets_names_by_time(self):
        folder = os.path.join(self.dir, "backups") + "/"
        report = self.backup(to=folder)
        self.assertRegex(report["file"], r"/backups/enigma-\d{8}_\d{6}\.db$")

    def test_bad_input(self):
        self.fails(2, "backup", "--data-dir", self.data)
        self.fails(4, "backup", "--data-dir", os.path.join(self.dir, "none"), "--to", self.copy)
        self.fails(4, "backup", "--data-dir", self.data, "--to", os.path.join(self.dir, "no", "copy.db"))
        self.assertEqual(sorted(os.listdir(self.dir)), ["data"])

    def test_no_room_leaves_nothing(self):
        small = lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
                         resource.setrlimit(resource.RLIMIT_FSIZE, (200 * 1024, 200 * 1024)))
        done = subprocess.run([BIN, "backup", "--data-dir", self.data, "--to", self.copy],
                              env=environment(), capture_output=True, text=True, preexec_fn=small)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertEqual(len(problem_lines(done.stderr)), 1, done.stderr)
        self.assertEqual(glob.glob(self.copy + "*"), [])

    def test_tampered_database_is_told(self):
        self.backup()
        query(self.db, "UPDATE final_scores SET final_score = final_score + 1 WHERE score_id = 3")
        code, _, errors = enigma("backup", "--data-dir", self.data, "--to", self.copy, "--force", "--json")
        self.assertEqual(code, 1)
        self.assertIn("row.score", errors)

    def test_during_submissions(self):
        """F35: the copy verifies at its own size while students go on writing."""
        data = os.path.join(self.dir, "live")
        create_admin(data)
        with Server(data) as s:
            token = s.login()
            cid = s.call("POST", "/admin/cycles", cycle_body(seats=100), token).json["cycle_id"]
            s.call("POST", f"/admin/cycles/{cid}/open", token=token)
            cookies = [s.student(i) for i in range(s.personas())]
            stop = threading.Event()
            taken = []

            def submit():
                for n, cookie in enumerate(cookies):
                    if not stop.is_set():
                        taken.append(s.call("POST", "/applications", application(n), cookie=cookie).status)

            thread = threading.Thread(target=submit)
            thread.start()
            reports = []
            for i in range(5):
                out = enigma("backup", "--data-dir", data, "--to", os.path.join(self.dir, f"{i}.db"),
                             "--json", check=0)[1]
                reports.append(json.loads(out))
            stop.set()
            thread.join()
            self.assertEqual(set(taken), {200})
        sizes = [r["entries"] for r in reports]
        self.assertEqual(sizes, sorted(sizes))
        self.assertTrue(all(r["is_valid"] and r["rows_verified"] for r in reports))
        self.assertGreaterEqual(verify(data)["chain_length"], sizes[-1])


@needs_sqlite("of a database that is a file")
class RollBack(WithData):
    """F36: yesterday's database in today's folder."""

    def test_start_refuses_and_can_be_told_to_go_on(self):
        self.backup()
        self.grow()
        self.replace_database(self.copy)
        line = self.fails(8, "serve", "--data-dir", self.data, "--listen", "127.0.0.1:0")
        self.assertIn("rolled back", line)
        self.fails(8, "cycle", "list", "--data-dir", self.data)
        with Server(self.data, args=["--accept-rollback"]):
            pass
        with Server(self.data):
            pass
        verify(self.data)

    def test_accepted_loudly(self):
        self.backup()
        self.grow()
        self.replace_database(self.copy)
        server = Server(self.data, args=["--accept-rollback"]).start()
        server.process.send_signal(signal.SIGTERM)
        _, errors = server.process.communicate(timeout=30)
        self.assertIn("ACCEPTED", errors)
        self.assertIn("rollback_accepted", errors)

    def test_another_history_of_the_same_length_is_refused(self):
        self.backup()
        self.grow("zoe")
        other = os.path.join(self.dir, "other.db")
        enigma("backup", "--data-dir", self.data, "--to", other, check=0)
        self.replace_database(self.copy)
        os.remove(os.path.join(self.data, "log-head"))
        self.grow("yan")
        self.replace_database(other)
        self.assertIn("differs", self.fails(8, "cycle", "list", "--data-dir", self.data))

    def test_a_lost_database_is_not_begun_anew(self):
        os.remove(self.db)
        self.assertIn("empty", self.fails(8, "serve", "--data-dir", self.data, "--listen", "127.0.0.1:0"))

    def test_a_forged_head_is_refused(self):
        path = os.path.join(self.data, "log-head")
        with open(path) as f:
            lines = f.read().split("\n")
        lines[1] = "1"
        with open(path, "w") as f:
            f.write("\n".join(lines))
        self.assertIn("damaged", self.fails(8, "cycle", "list", "--data-dir", self.data))

    def test_a_killed_server_starts_again(self):
        server = Server(self.data).start()
        server.kill()
        with Server(self.data):
            pass


@needs_sqlite("of a database that is a file")
class Restore(WithData):
    def restore(self, *args, data=None, code=0):
        out = enigma("restore", "--from", self.copy, "--data-dir", data or self.data, "--json", *args,
                     check=code)[1]
        return json.loads(out)

    def test_into_a_new_folder_with_keys(self):
        made = self.backup("--with-keys")
        new = os.path.join(self.dir, "new")
        report = self.restore(data=new)
        self.assertEqual(report["root_hash"], made["root_hash"])
        self.assertEqual((report["entries_before"], report["aside"]), (None, None))
        self.assertEqual(verify(new)["root_hash"], made["root_hash"])
        self.assertEqual(mode(os.path.join(new, "keys", "encryption.key")), 0o600)
        self.assertEqual(mode(os.path.join(new, "enigma.db")), 0o600)
        with Server(new) as s:
            self.assertEqual(s.call("GET", "/health").json["database"], "connected")

    def test_keys_come_all_or_none(self):
        self.backup("--with-keys")
        new, log = os.path.join(self.dir, "new"), os.path.join(self.copy + ".keys", "log.key")
        os.rename(log, log + ".away")
        self.fails(4, "restore", "--from", self.copy, "--data-dir", new)
        self.assertEqual(os.listdir(os.path.join(new, "keys")), [])
        os.rename(log + ".away", log)
        self.restore(data=new)

    def test_without_keys_it_is_closed(self):
        self.backup()
        line = self.fails(4, "restore", "--from", self.copy, "--data-dir", os.path.join(self.dir, "new"))
        self.assertIn("keys", line)

    def test_the_old_one_is_kept_and_the_loss_told(self):
        made = self.backup()
        self.grow()
        line = self.fails(7, "restore", "--from", self.copy, "--data-dir", self.data)
        self.assertIn("--force", line)
        report = self.restore("--force")
        self.assertEqual(report["entries"], made["entries"])
        self.assertGreater(report["entries_before"], made["entries"])
        self.assertEqual(query(report["aside"], "SELECT count(*) FROM audit_entry"),
                         str(report["entries_before"]))
        with Server(self.data):
            pass

    def test_over_a_damaged_database(self):
        self.backup()
        with open(self.db, "wb") as f:
            f.write(b"this is not a database" * 100)
        self.fails(7, "restore", "--from", self.copy, "--data-dir", self.data)
        report = self.restore("--force")
        with open(report["aside"], "rb") as f:
            self.assertTrue(f.read().startswith(b"this is not"))
        verify(self.data)

    def test_what_the_old_log_file_still_holds_is_kept(self):
        """A server was killed: its last entries stand in the -wal file only."""
        create_admin(self.data, "zoe")
        self.backup()
        server = Server(self.data).start()
        server.login("zoe")
        server.kill()
        self.assertGreater(os.path.getsize(self.db + "-wal"), 0)
        twin = os.path.join(self.dir, "twin.db")
        for tail in ("", "-wal"):
            shutil.copyfile(self.db + tail, twin + tail)
        report = self.restore("--force")
        entries = query(twin, "SELECT count(*) FROM audit_entry")
        self.assertEqual(query(report["aside"], "SELECT count(*) FROM audit_entry"), entries)
        self.assertGreater(int(entries), report["entries"])
        verify(self.data)

    def test_bad_backups_change_nothing(self):
        self.backup()
        before = verify(self.data)["root_hash"]
        bad = os.path.join(self.dir, "bad.db")
        run = ("restore", "--from", bad, "--data-dir", self.data, "--force")
        self.fails(4, *run)
        with open(bad, "w") as f:
            f.write("not a database " * 1000)
        self.assertIn("not an ENIGMA database", self.fails(4, *run))
        with open(self.copy, "rb") as f:
            whole = f.read()
        with open(bad, "wb") as f:
            f.write(whole[:len(whole) // 2])
        self.fails(4, *run)
        with open(bad, "wb") as f:
            f.write(whole)
        query(bad, "INSERT INTO schema_migrations VALUES (9999, 'future', 'x',"
                   " '2030-01-01T00:00:00.000000Z', 1)")
        self.assertIn("newer", self.fails(4, *run))
        with open(bad, "wb") as f:
            f.write(whole)
        query(bad, "UPDATE final_scores SET final_score = final_score + 1 WHERE score_id = 3")
        code, _, errors = enigma(*run)
        self.assertEqual(code, 1, errors)
        self.assertIn("row.score", errors)
        self.assertEqual(verify(self.data)["root_hash"], before)
        self.assertEqual(glob.glob(self.db + ".*"), [])

    def test_of_another_installation(self):
        other = os.path.join(self.dir, "other")
        enigma("init", "--data-dir", other, check=0)
        enigma("backup", "--data-dir", other, "--to", self.copy, check=0)
        line = self.fails(4, "restore", "--from", self.copy, "--data-dir", self.data, "--force")
        self.assertIn("another key", line)

    def test_not_while_the_server_runs(self):
        self.backup()
        with Server(self.data):
            self.fails(6, "restore", "--from", self.copy, "--data-dir", self.data, "--force")

    def test_newest_of_a_folder(self):
        folder = os.path.join(self.dir, "backups")
        os.mkdir(folder)
        self.backup(to=os.path.join(folder, "enigma-20200101_000000.db"))
        self.grow()
        newest = self.backup(to=folder)
        self.copy = folder
        self.assertEqual(self.restore("--force")["entries"], newest["entries"])


if __name__ == "__main__":
    unittest.main()
