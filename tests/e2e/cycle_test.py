"""A whole admission cycle over HTTP, as staff and students live it."""

import datetime
import json
import unittest

from support import Case, Server, application, create_admin, cycle_body, enigma, verify


class Cycle(Case):
    def setUp(self):
        super().setUp()
        create_admin(self.dir)
        self.server = Server(self.dir).start()
        self.addCleanup(self.server.stop)
        self.token = self.server.login()

    def post(self, path, body=None, status=200, **kw):
        r = self.server.call("POST", path, body if body is not None else {}, token=self.token, **kw)
        self.assertEqual(r.status, status, (path, r.body))
        return r

    def test_nine_phases(self):
        s = self.server
        cycle = self.post("/admin/cycles", cycle_body(seats=3)).json
        cid = cycle["cycle_id"]
        self.assertEqual((cycle["phase"], cycle["is_open"]), ("submission", True))
        self.assertTrue(s.call("GET", "/admission/status").json["is_open"])
        students = []
        for n in range(s.personas()):
            cookie = s.student(n)
            r = s.call("POST", "/applications", application(n), cookie=cookie)
            self.assertEqual(r.status, 200, r.body)
            students.append((cookie, r.json["application_id"]))
        again = s.call("POST", "/applications", application(0), cookie=students[0][0])
        self.assertEqual(again.status, 400)
        self.assertIn("already applied", again.json["detail"])

        early = s.call("POST", f"/admin/cycles/{cid}/select", token=self.token)
        self.assertEqual(early.status, 400)
        self.assertIn("submission", early.json["detail"])

        self.assertEqual(self.post(f"/admin/cycles/{cid}/freeze").json["phase"], "frozen")
        late = s.call("POST", "/applications", application(0), cookie=students[0][0])
        self.assertEqual(late.status, 400)
        self.assertEqual(self.post(f"/admin/cycles/{cid}/preprocess").json["phase"], "preprocessing")
        s.wait_jobs(self.token, cid)
        export = self.post(f"/admin/cycles/{cid}/export").json
        self.assertEqual(export["record_count"], len(students))
        self.assertNotIn("/", export["file_path"])
        self.assertEqual(self.post(f"/admin/cycles/{cid}/processing").json["phase"], "scored")
        preview = s.call("GET", f"/admin/cycles/{cid}/selection/preview?seats=3",
                         token=self.token).json
        self.assertEqual(preview["selected_count"], 3)
        chosen = self.post(f"/admin/cycles/{cid}/select").json
        self.assertEqual(chosen["selected_count"], 3)
        self.assertEqual(chosen["not_selected_count"], len(students) - 3)
        for cookie, app in students:
            seen = s.call("GET", f"/applications/{app}", cookie=cookie).json
            self.assertEqual(seen["status"], "scored")
            self.assertIsNone(seen["anonymized_id"])
        self.assertEqual(self.post(f"/admin/cycles/{cid}/publish").json["phase"], "published")
        selected = 0
        for cookie, app in students:
            seen = s.call("GET", f"/applications/{app}", cookie=cookie).json
            selected += seen["status"] == "selected"
            result = s.call("GET", "/results/" + seen["anonymized_id"], cookie=cookie)
            self.assertEqual(result.status, 200)
            self.assertEqual(result.json["status"], seen["status"])
            other = s.call("GET", "/results/" + seen["anonymized_id"], cookie=students[0][0])
            self.assertEqual(other.status, 200 if app == students[0][1] else 404)
        self.assertEqual(selected, 3)
        self.assertEqual(self.post(f"/admin/cycles/{cid}/complete").json["phase"], "completed")
        report = s.call("GET", "/admin/audit/verify-chain", token=self.token).json
        self.assertTrue(report["is_valid"], report)
        logs = s.call("GET", "/admin/audit/logs?limit=1000", token=self.token).json
        self.assertEqual(logs[-1]["log_id"], 0)

    def scored(self, seats):
        """A cycle that is ready for its selection: its id and (cookie, application id) of each."""
        s = self.server
        cid = self.post("/admin/cycles", cycle_body(seats=seats)).json["cycle_id"]
        students = []
        for n in range(s.personas()):
            cookie = s.student(n)
            r = s.call("POST", "/applications", application(n), cookie=cookie)
            students.append((cookie, r.json["application_id"]))
        for verb in ("freeze", "preprocess", "export", "processing"):
            self.post(f"/admin/cycles/{cid}/{verb}")
            s.wait_jobs(self.token, cid)
        return cid, students

    def interview(self, cid, score):
        """Interviews with scores for all who are shortlisted, by number."""
        begin = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
        people = self.sql("SELECT x.anonymized_id || '|' || a.application_id FROM applications a "
                          "JOIN anonymized_applications x ON x.application_id = a.application_id "
                          f"WHERE a.admission_cycle_id = '{cid}' AND a.status = 'shortlisted' "
                          "ORDER BY a.application_id")
        ids = []
        for n, person in enumerate(people):
            anon, app = person.split("|")
            at = (begin + datetime.timedelta(hours=n)).isoformat()
            made = self.post("/admin/interviews/schedule",
                             {"anonymized_id": anon, "interview_time": at}).json
            self.assertEqual(made["anonymized_id"], anon)
            self.assertFalse({"application_id", "student_id"} & made.keys())
            path = f"/admin/interviews/{made['id']}"
            self.post(f"{path}/start-interview", {"coi_accepted": True})
            mark = score(n)
            self.post(f"{path}/scores", {"communication_score": mark,
                                         "critical_thinking_score": mark,
                                         "motivation_score": mark})
            ids.append((made["id"], app))
        return ids

    def test_shortlist(self):
        s = self.server
        cid, students = self.scored(seats=2)
        body = {"mode": "shortlist", "factor": 2, "weights": {"application": 0.5, "interview": 0.5}}
        listed = self.post(f"/admin/cycles/{cid}/select", body).json
        self.assertEqual((listed["selected_count"], listed["shortlisted_count"],
                          listed["not_selected_count"]), (0, 4, len(students) - 4))
        self.assertEqual(listed["selection_criteria"]["weights"],
                         {"application": 0.5, "interview": 0.5})
        early = self.post(f"/admin/cycles/{cid}/final-select", status=400).json
        self.assertRegex(early["detail"], "4 shortlisted applications have no interview: ANON_")
        status = s.call("GET", f"/admin/cycles/{cid}/status", token=self.token).json
        self.assertEqual((status["stats"]["shortlisted"], status["next_verb"]), (4, "final-select"))
        interviews = self.interview(cid, lambda n: 4 + n)
        cookies = {app: cookie for cookie, app in students}
        for number, app in interviews:
            seen = s.call("GET", f"/interviews/{number}/status", cookie=cookies[app])
            self.assertEqual((seen.status, seen.json["started"]), (200, True))
            own = s.call("GET", "/student/interviews/me", cookie=cookies[app]).json
            self.assertEqual([(v["id"], v["application_id"], v["status"]) for v in own],
                             [(number, app, "completed")])
            self.assertFalse({"anonymized_id", "notes", "cancel_reason", "scored"} & own[0].keys())
            ics = s.call("GET", f"/interviews/{number}/calendar.ics", cookie=cookies[app])
            self.assertIn(b"BEGIN:VEVENT\r\n", ics.body)
        stranger = next(c for c, a in students if a not in dict((a, n) for n, a in interviews))
        self.assertEqual(s.call("GET", f"/interviews/{interviews[0][0]}/status",
                                cookie=stranger).status, 404)
        self.assertEqual(s.call("GET", f"/interviews/{interviews[0][0]}/status").status, 401)
        final = self.post(f"/admin/cycles/{cid}/final-select").json
        self.assertEqual((final["selected_count"], final["not_selected_count"]), (2, 2))
        again = self.post(f"/admin/cycles/{cid}/final-select", status=400).json
        self.assertIn("made already", again["detail"])
        for cookie, app in students:
            self.assertEqual(s.call("GET", f"/applications/{app}", cookie=cookie).json["status"],
                             "scored")
        self.post(f"/admin/cycles/{cid}/publish")
        after = [s.call("GET", f"/applications/{app}", cookie=cookie).json["status"]
                 for cookie, app in students]
        self.assertEqual((after.count("selected"), after.count("not_selected")),
                         (2, len(students) - 2))
        report = s.call("GET", "/admin/audit/verify-chain", token=self.token).json
        self.assertTrue(report["is_valid"], report)
        self.sql("UPDATE interview_scores SET final_interview_score = 10 WHERE id = 1")
        report = s.call("GET", "/admin/audit/verify-chain", token=self.token).json
        self.assertIn("row.interview", [e["code"] for e in report["invalid_entries"]])

    def test_shortlist_by_command(self):
        cid, _ = self.scored(seats=2)
        self.assertEqual(self.server.stop(), 0)
        act = ("--as", "ada", "--data-dir", self.dir, "--json")
        code, _, why = enigma("cycle", "select", cid, "--mode", "shortlist", "--factor", "3",
                              "--weight-application", "0.9", *act)
        self.assertNotEqual(code, 0)
        self.assertIn("add up to 1.0", why)
        enigma("cycle", "select", cid, "--mode", "shortlist", "--factor", "3",
               "--weight-application", "0.2", "--weight-interview", "0.8", *act, check=0)
        code, _, why = enigma("cycle", "final-select", cid, *act)
        self.assertNotEqual(code, 0)
        self.assertIn("6 shortlisted applications have no interview", why)
        self.server.start()
        self.interview(cid, lambda n: 9 - n)
        self.assertEqual(self.server.stop(), 0)
        _, out, _ = enigma("cycle", "final-select", cid, *act, check=0)
        self.assertEqual(json.loads(out)["selected_count"], 2)
        verify(self.dir)
        self.server.start()

    def test_respond_async_and_events(self):
        s = self.server
        cid = self.post("/admin/cycles", cycle_body()).json["cycle_id"]
        for n in range(4):
            s.call("POST", "/applications", application(n), cookie=s.student(n))
        self.post(f"/admin/cycles/{cid}/freeze")
        r = self.post(f"/admin/cycles/{cid}/preprocess", status=202,
                      headers={"Prefer": "respond-async"})
        job = r.headers["location"]
        self.assertRegex(job, "^/jobs/")
        events = s.call("GET", job + "/events", token=self.token)
        self.assertEqual(events.headers["content-type"].split(";")[0], "text/event-stream")
        self.assertIn(b"event: end", events.body)
        last = json.loads(events.body.strip().split(b"data: ")[-1].splitlines()[0])
        self.assertEqual((last["state"], last["failed"]), ("completed", 0))
        self.assertEqual((last["done"], last["total"]), (4, 4))

    def test_idempotent_submission(self):
        s = self.server
        self.post("/admin/cycles", cycle_body())
        cookie = s.student(0)
        first = s.call("POST", "/applications", application(1), cookie=cookie,
                       headers={"Idempotency-Key": "abc-1"})
        second = s.call("POST", "/applications", application(1), cookie=cookie,
                        headers={"Idempotency-Key": "abc-1"})
        other = s.call("POST", "/applications", application(2), cookie=cookie,
                       headers={"Idempotency-Key": "abc-1"})
        self.assertEqual((first.status, second.status, other.status), (200, 200, 422))
        self.assertEqual(first.json["application_id"], second.json["application_id"])
        created = s.call("POST", "/applications", application(3), cookie=s.student(1),
                         headers={"Prefer": "status=201"})
        self.assertEqual(created.status, 201)
        self.assertEqual(created.headers["location"],
                         "/applications/" + created.json["application_id"])

    def test_external_import(self):
        s = self.server
        cid = self.post("/admin/cycles", cycle_body(seats=2)).json["cycle_id"]
        for n in range(6):
            s.call("POST", "/applications", application(n), cookie=s.student(n))
        self.post(f"/admin/cycles/{cid}/freeze")
        self.post(f"/admin/cycles/{cid}/preprocess")
        s.wait_jobs(self.token, cid)
        batch = self.post(f"/admin/cycles/{cid}/export").json["batch_id"]
        self.post(f"/admin/cycles/{cid}/processing", {"provider": "external"})
        exported = s.call("GET", f"/admin/cycles/{cid}/export.jsonl", token=self.token)
        rows = [json.loads(line) for line in exported.body.splitlines()]
        self.assertEqual(len(rows), 6)
        self.assertEqual(set(rows[0]), {"anonymized_id", "gpa", "test_scores", "essay",
                                        "achievements", "prompt"})
        lines = []
        for r in rows:
            sat, act = r["test_scores"]["SAT"], r["test_scores"]["ACT"]
            test = round(((sat - 400) / 12 + (act - 1) / 0.35) / 2, 2)
            lines.append({"anonymized_id": r["anonymized_id"], "academic_score": round(r["gpa"] * 25, 2),
                          "test_score": test, "achievement_score": 60, "essay_score": 55,
                          "explanation": "Clear evidence of sustained work.",
                          "strengths": ["Measured results"], "areas_for_improvement": []})
        text = "\n".join(map(json.dumps, lines[:3])) + "\n{not json\n" + json.dumps(
            {"anonymized_id": "ANON_NOBODY"}) + "\n"
        up = {"Content-Type": "application/x-ndjson"}
        first = self.post(f"/admin/batch/{batch}/import", text.encode(), headers=up).json
        self.assertEqual((first["imported_count"], first["rejected_count"]), (3, 2), first)
        self.assertEqual([e["line"] for e in first["errors"]], [4, 5])
        again = self.post(f"/admin/batch/{batch}/import", text.encode(), headers=up).json
        self.assertEqual((again["imported_count"], again["already_count"]), (0, 3))
        rest = "\n".join(map(json.dumps, lines[3:]))
        self.assertEqual(self.post(f"/admin/batch/{batch}/import", rest.encode(),
                                   headers=up).json["imported_count"], 3)
        self.assertEqual(s.call("GET", f"/admin/cycles/{cid}", token=self.token).json["phase"],
                         "scored")
        status = s.call("GET", f"/admin/batch/{batch}/status", token=self.token).json
        self.assertEqual((status["status"], status["progress_percent"]), ("completed", 100.0))
        # Who gave imported scores cannot be asked whether a name moves them: a person answers for it.
        self.post(f"/admin/cycles/{cid}/select")
        refused = s.call("POST", f"/admin/cycles/{cid}/publish", {}, token=self.token)
        self.assertEqual(refused.status, 400)
        self.assertIn("the scores were imported", refused.json["detail"])
        self.post(f"/admin/cycles/{cid}/fairness/override", {"reason": "The board has read all of them."})
        self.assertEqual(self.post(f"/admin/cycles/{cid}/publish").json["phase"], "published")
        verify(self.dir)


if __name__ == "__main__":
    unittest.main()
