"""What a student may do with the own data, over HTTP against the real program: drafts, withdrawal,
export, and an erasure after which no file of the installation holds a word of the person."""

import pathlib
import time
import unittest

from support import Case, DATABASE, Server, application, create_admin, cycle_body, enigma, verify

PERSON = {
    "name": "Vintopelia Marquebrand", "phone": "0049 7741 88", "address": "17 Ugglemore Lane",
    "essay": "My name is Vintopelia Marquebrand. I repaired the crystal radios of my aunt for three "
             "summers, wrote down each fault and compared them; in the end I found the pattern and "
             "taught two friends to repair them as well.",
    "achievements": "Won the snorkelpuff prize with a radio of my own; led a team of 4.",
}
WORDS = ["Vintopelia", "Marquebrand", "0049 7741 88", "Ugglemore", "crystal radios of my aunt",
         "snorkelpuff", "brindlewatch", "amara.okafor@example.org", "Amara Okafor", "Glimmerfox/7"]
STEPS = ["freeze", "preprocess", "export", "processing", "select", "publish"]


class Rights(Case):
    def setUp(self):
        super().setUp()
        create_admin(self.dir)
        self.log = pathlib.Path(self.dir) / "server.log"
        self.server = Server(self.dir, env={"LOG_FILE": str(self.log), "LOG_LEVEL": "debug"}).start()
        self.addCleanup(lambda: self.server.process.stdout.closed or self.server.stop())
        self.token = self.server.login()

    def staff(self, path, body=None, status=200):
        r = self.server.call("POST", path, body if body is not None else {}, token=self.token)
        self.assertEqual(r.status, status, (path, r.body))
        return r.json

    def student(self, method, path, body=None, status=200, cookie=None, **headers):
        headers = {k.replace("_", "-"): v for k, v in headers.items()}
        headers["User-Agent"] = "Glimmerfox/7"
        r = self.server.call(method, path, body, cookie=cookie or self.cookie, headers=headers)
        self.assertEqual(r.status, status, (method, path, r.body))
        return r

    def files_with(self, word):
        """Names of the installation's files that hold the word."""
        found = []
        for path in sorted(pathlib.Path(self.dir).rglob("*")):
            try:
                if path.is_file() and word.encode() in path.read_bytes():
                    found.append(path.name)
            except FileNotFoundError:
                pass  # one that the server has just put in another's place
        return found

    def assert_gone(self):
        """At once, or when the janitor comes back to files that somebody was reading."""
        end = time.time() + 150
        for word in WORDS:
            while self.files_with(word) and time.time() < end:
                time.sleep(1)
            self.assertEqual(self.files_with(word), [], word)

    def run_cycle(self, steps=STEPS):
        cid = self.staff("/admin/cycles", cycle_body(seats=2))["cycle_id"]
        self.cookie = self.server.student(0)
        draft = self.student("PUT", "/applications/draft",
                             {"name": "Vintopelia", "essay": "brindlewatch"})
        self.student("PUT", "/applications/draft", {"name": "V"}, status=428)
        self.student("PUT", "/applications/draft", {"name": "V"}, status=412, If_Match='"0"')
        again = self.student("PUT", "/applications/draft", {"essay": "brindlewatch and more"},
                             If_Match=draft.headers["etag"])
        self.assertNotEqual(again.headers["etag"], draft.headers["etag"])
        self.assertEqual(again.headers["cache-control"], "no-store")
        version = self.server.call("GET", "/consent").json["version"]
        app = self.student("POST", "/applications",
                           application(0, **PERSON, consent_version=version)).json["application_id"]
        self.student("GET", "/applications/draft", status=404)
        for n in range(1, self.server.personas()):
            self.server.call("POST", "/applications", application(n), cookie=self.server.student(n))
        for step in steps:
            self.staff(f"/admin/cycles/{cid}/{step}")
            self.server.wait_jobs(self.token, cid)
        return cid, app

    def test_export_and_erasure(self):
        cid, app = self.run_cycle()
        reason = {"reason": "brindlewatch: the letter is to be sent"}
        who = self.staff(f"/admin/applications/{app}/identity", reason)
        self.assertEqual(who["name"], PERSON["name"])
        self.assertNotIn("anonymized_id", who)
        export = self.student("GET", "/student/export")
        self.assertIn("attachment", export.headers["content-disposition"])
        mine = export.json["applications"][0]
        self.assertEqual((mine["application_id"], mine["address"]), (app, PERSON["address"]))
        self.assertEqual(mine["essay"], PERSON["essay"])
        self.assertTrue(mine["consent_stated"])
        self.assertEqual(mine["identity_reads"][0]["reason"], reason["reason"])
        self.assertEqual(export.json["logins"][0]["ip_address"], "127.0.0.1")
        timeline = self.student("GET", f"/applications/{app}/timeline").json
        self.assertEqual([s["state"] for s in timeline["steps"]].count("done"), 7)
        for word in WORDS[4:6]:
            self.assertTrue(self.files_with(word), "the search finds what is there")
        self.student("POST", "/student/erasure", {"confirm": False}, status=422)
        gone = self.student("POST", "/student/erasure", {"confirm": True})
        self.assertEqual(gone.json["state"], "erased")
        self.assertIn("cookies", gone.headers["clear-site-data"])
        self.student("GET", "/auth/student/me", status=401)
        self.staff(f"/admin/applications/{app}/identity", reason, status=404)
        self.assert_gone()
        if DATABASE:
            for table in ("application_texts", "anonymized_texts", "identity_mapping"):
                self.assertEqual(self.sql(f"SELECT COUNT(*) FROM {table} WHERE application_id = '{app}'"
                                          if table != "anonymized_texts" else
                                          f"SELECT COUNT(*) FROM {table} WHERE essay_scrubbed"
                                          " LIKE '%crystal radios of my aunt%'"), ["0"])
        report = self.server.call("GET", "/admin/audit/verify-chain", token=self.token).json
        self.assertTrue(report["is_valid"], report)
        self.staff(f"/admin/cycles/{cid}/complete")
        self.server.stop()
        self.assertTrue(verify(self.dir)["is_valid"])
        self.assert_gone()

    def test_operator_erases(self):
        cid, app = self.run_cycle(STEPS[:4])
        asked = self.student("POST", "/student/erasure", {"confirm": True}, status=202)
        self.assertEqual(asked.json["state"], "scheduled")
        kept = self.student("DELETE", "/student/erasure")
        self.assertEqual(kept.json["state"], "kept")
        code, _, errors = enigma("erase-student", "--email", "amara.okafor@example.org",
                                 "--data-dir", self.dir)
        self.assertNotEqual(code, 0)
        self.assertIn("being decided", errors)
        for step in STEPS[4:]:
            self.staff(f"/admin/cycles/{cid}/{step}")
        self.server.stop()
        enigma("erase-student", "--email", "Amara.Okafor@example.org", "--rebuild", "--basis",
               "order", "--data-dir", self.dir, check=0)
        self.assert_gone()
        self.assertTrue(verify(self.dir)["is_valid"])
        code, _, errors = enigma("erase-student", "STU_NOBODY", "--data-dir", self.dir)
        self.assertNotEqual(code, 0)
        self.assertIn("Student not found", errors)
        enigma("erase-student", "--data-dir", self.dir, check=2)

    def test_withdrawal(self):
        cid, app = self.run_cycle([])
        before = self.server.call("GET", "/admission/info").json["current_seats"]
        gone = self.student("POST", f"/applications/{app}/withdraw").json
        self.assertEqual(gone["status"], "withdrawn")
        self.assertEqual(self.server.call("GET", "/admission/info").json["current_seats"], before - 1)
        self.student("POST", "/applications", application(0), status=400)
        own = self.student("GET", "/auth/student/applications").json
        self.assertEqual([a["status"] for a in own["applications"]], ["withdrawn"])
        for step in STEPS:
            self.staff(f"/admin/cycles/{cid}/{step}")
            self.server.wait_jobs(self.token, cid)
        self.server.stop()
        self.assertTrue(verify(self.dir)["is_valid"])


if __name__ == "__main__":
    unittest.main()
