"""Rooms of live interviews through the real binary: tickets, signalling, resuming, and everything
that a peer may do wrong."""

import base64
import hashlib
import hmac
import json
import struct
import time
import unittest

from support import Case, Server, application, create_admin, cycle_body
from websocket import Closed, Refused, WebSocket

NOW = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
OFFER = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"


class Rooms(Case):
    """A server with interviews: number n is of the n-th student, by bob."""
    env = {}

    def setUp(self):
        super().setUp()
        create_admin(self.dir)
        create_admin(self.dir, "bob", "admin")
        create_admin(self.dir, "eve", "admin")
        create_admin(self.dir, "ann", "auditor")
        self.serve()
        self.root, self.bob, self.eve = (self.server.login(n) for n in ("ada", "bob", "eve"))
        self.interviews, self.cookies = [], []

    def serve(self):
        self.server = Server(self.dir, env=self.env).start()
        self.addCleanup(lambda s=self.server: s.process.stdout.closed or s.stop())

    def interview(self, started=True):
        """Another interview: (id, the student's cookie)."""
        if not self.interviews:
            r = self.server.call("POST", "/admin/cycles", cycle_body(), token=self.root)
            self.assertEqual(r.status, 200, r.body)
            self.cycle = r.json["cycle_id"]
            self.cookies = self.students(6)
            self.applications = []
            for n, cookie in enumerate(self.cookies):
                r = self.server.call("POST", "/applications", application(n), cookie=cookie)
                self.assertEqual(r.status, 200, r.body)
                self.applications.append(r.json["application_id"])
            self.sql(f"UPDATE admission_cycles SET phase = 'selection' WHERE cycle_id = '{self.cycle}'"
                     " RETURNING 1")
        n = len(self.interviews)
        cookie = self.cookies[n]
        begun = f"'{NOW}'" if started else "NULL"
        made = self.sql(
            "INSERT INTO interviews (application_id, student_id, admin_id, admission_cycle_id,"
            " interview_time, interview_link, status, started_at, created_at, updated_at)"
            f" SELECT '{self.applications[n]}', 'STU_{n:026d}', admin_id, '{self.cycle}', '{NOW}',"
            f" '/interview/x', 'scheduled', {begun}, '{NOW}', '{NOW}' FROM admin_users"
            " WHERE username = 'bob' RETURNING id")
        self.interviews.append(int(made[0]))
        return int(made[0]), cookie

    def ticket(self, interview, token=None, cookie=None, status=200):
        r = self.server.call("POST", f"/interviews/{interview}/ticket", token=token, cookie=cookie)
        self.assertEqual(r.status, status, r.body)
        return r.json.get("protocols")

    def socket(self, interview, path="", **kw):
        s = WebSocket(self.server.port, f"/ws/interview/{interview}{path}", **kw)
        self.addCleanup(s.socket.close)
        return s

    def join(self, interview, token=None, cookie=None, path=""):
        """A v1 socket by ticket; on the signalling path it has joined: (socket, joined)."""
        s = self.socket(interview, path, protocols=self.ticket(interview, token, cookie))
        if path:
            return s, None
        s.say("join")
        return s, s.until("joined")

    def both(self):
        interview, cookie = self.interview()
        evaluator, hello = self.join(interview, token=self.bob)
        student, _ = self.join(interview, cookie=cookie)
        evaluator.until("peer_joined")
        return interview, cookie, evaluator, student, hello


class Signalling(Rooms):
    env = {"ICE_STUN_URLS": "stun:127.0.0.1:3478", "TURN_URLS": "turn:127.0.0.1:3478?transport=udp",
           "TURN_SECRET": "a secret of the turn server"}

    def test_two_peers_meet(self):
        interview, cookie = self.interview()
        evaluator, hello = self.join(interview, token=self.bob)
        self.assertEqual((hello["peer"], hello["role"], hello["polite"], hello["state"], hello["peers"]),
                         ("evaluator", "evaluator", False, "live", []))
        self.assertIn("Sec-WebSocket-Protocol: enigma.v1", evaluator.head)
        stun, turn = hello["ice_servers"]
        self.assertEqual(stun, {"urls": ["stun:127.0.0.1:3478"]})
        self.assertRegex(turn["username"], r"^\d{10}:[0-9a-f]{16}$")
        self.assertAlmostEqual(int(turn["username"].split(":")[0]), time.time() + 7200, delta=60)
        mac = hmac.new(b"a secret of the turn server", turn["username"].encode(), hashlib.sha1)
        self.assertEqual(turn["credential"], base64.b64encode(mac.digest()).decode())
        student, other = self.join(interview, cookie=cookie)
        self.assertEqual((other["role"], other["polite"], other["peers"]), ("student", True, ["evaluator"]))
        self.assertEqual(evaluator.until("peer_joined")["peer"], "student")
        evaluator.say("offer", sdp=OFFER)
        got = student.until("offer")
        self.assertEqual((got["from"], got["sdp"]), ("evaluator", OFFER))
        student.say("answer", sdp=OFFER + "a=x\r\n")
        self.assertEqual(evaluator.until("answer")["sdp"], OFFER + "a=x\r\n")
        candidate = {"candidate": "candidate:1 1 udp 1 127.0.0.1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0}
        student.say("ice", candidate=candidate)
        self.assertEqual(evaluator.until("ice")["candidate"], candidate)
        student.say("ice_end")
        self.assertEqual(evaluator.until("ice_end")["from"], "student")
        student.say("ping")
        student.until("pong")
        student.say("leave")
        self.assertEqual(student.closed(), 1000)
        left = evaluator.until("peer_left")
        self.assertEqual((left["peer"], left["reason"]), ("student", "left"))

    def test_original_clients_meet_each_other_and_ours(self):
        interview, cookie = self.interview()
        admin = self.socket(interview, "?role=admin", token=self.bob)
        config = admin.json()["config"]["iceServers"]
        self.assertEqual(config[0]["urls"], ["stun:127.0.0.1:3478"])
        student = self.socket(interview, cookie=cookie)
        student.json()
        self.assertEqual(student.json(), {"ready": True})
        self.assertEqual([admin.json(), admin.json()], [{"peer": "joined"}, {"ready": True}])
        offer = {"offer": {"type": "offer", "sdp": OFFER}}
        admin.send(offer)
        self.assertEqual(student.json(), offer)
        student.send({"nonsense": 1})
        student.send([1, 2])
        student.text("not json")
        student.send({"candidate": {"candidate": "x"}})
        self.assertEqual(admin.json(), {"candidate": {"candidate": "x"}})
        student.drop()
        self.assertEqual(admin.json(), {"peer": "left"})
        modern, _ = self.join(interview, cookie=cookie)
        self.assertEqual([admin.json(), admin.json()], [{"peer": "joined"}, {"ready": True}])
        admin.send(offer)
        self.assertEqual(modern.until("offer")["sdp"], OFFER)
        modern.say("answer", sdp=OFFER)
        self.assertEqual(admin.json(), {"answer": {"type": "answer", "sdp": OFFER}})
        modern.say("ice", candidate={"candidate": "y"})
        self.assertEqual(admin.json(), {"candidate": {"candidate": "y"}})

    def test_a_student_waits_until_the_interview_begins(self):
        interview, cookie = self.interview(started=False)
        with self.assertRaises(Closed) as c:
            self.socket(interview, cookie=cookie).receive()
        self.assertEqual(c.exception.code, 1008)
        student, hello = self.join(interview, cookie=cookie)
        self.assertEqual(hello["state"], "waiting")
        student.say("offer", sdp=OFFER)
        self.assertEqual(student.until("error")["code"], "not_live")
        self.sql(f"UPDATE interviews SET started_at = '{NOW}' WHERE id = {interview} RETURNING 1")
        self.assertEqual(student.until("state")["state"], "live")

    def test_a_key_opens_once_and_for_its_room(self):
        interview, cookie, evaluator, student, _ = self.both()
        elsewhere, _ = self.interview()
        student.drop()
        evaluator.until("peer_left")
        back, hello = self.join(interview, cookie=cookie)
        self.assertFalse(hello["resumed"])  # a new page, not the old one
        key = ["enigma.v1", "resume." + hello["resume_key"]]
        back.drop()
        evaluator.until("peer_joined")
        evaluator.until("peer_left")
        self.assertEqual(self.socket(elsewhere, protocols=key).closed(), 4401)
        wrong, _ = self.join(interview, cookie=cookie, path="/audio")
        wrong.drop()
        once = self.socket(interview, protocols=key)
        once.say("resume", key="x" * 90, last_seq=0)
        self.assertEqual(once.closed(), 4401)
        once = self.socket(interview, protocols=key)
        once.say("resume", key=hello["resume_key"], last_seq=10 ** 9)
        again = once.json()
        self.assertEqual((again["type"], again["resumed"]), ("joined", False))
        self.assertNotEqual(again["resume_key"], hello["resume_key"])
        second = self.socket(interview, protocols=key)
        self.assertEqual(second.closed(), 4401)  # it was used
        once.say("ping")
        once.until("pong")

    def test_resuming_replays_in_order(self):
        interview, cookie = self.interview()
        evaluator, _ = self.join(interview, token=self.bob)
        student, hello = self.join(interview, cookie=cookie)
        evaluator.until("peer_joined")
        evaluator.say("offer", sdp=OFFER)
        last = student.until("offer")["seq"]
        student.drop()
        evaluator.until("peer_left")
        for n in range(10):
            evaluator.say("ice", candidate={"candidate": f"c{n}"})
        evaluator.say("ping")
        evaluator.until("pong")
        key = hello["resume_key"]
        again = self.socket(interview, protocols=["enigma.v1", "resume." + key])
        again.say("resume", key=key, last_seq=last)
        hello = again.json()
        self.assertEqual((hello["type"], hello["resumed"]), ("joined", True))
        got = [again.json() for _ in range(10)]
        self.assertEqual([g["candidate"]["candidate"] for g in got], [f"c{n}" for n in range(10)])
        self.assertEqual([g["seq"] for g in got], list(range(last + 1, last + 11)))
        self.assertEqual(evaluator.until("peer_joined")["peer"], "student")

    def test_what_no_ring_holds_is_negotiated_anew(self):
        interview, cookie, evaluator, student, _ = self.both()
        evaluator.say("offer", sdp=OFFER)
        last = student.until("offer")["seq"]
        student.drop()
        evaluator.until("peer_left")
        for n in range(70):
            evaluator.say("ice", candidate={"candidate": f"c{n}"})
            if n % 10 == 9:
                evaluator.say("ping")
                evaluator.until("pong")
                time.sleep(0.6)  # twenty messages a second
        student, hello = self.join(interview, cookie=cookie)
        student.drop()
        evaluator.until("peer_left")
        again = self.socket(interview, protocols=["enigma.v1", "resume." + hello["resume_key"]])
        again.say("resume", key=hello["resume_key"], last_seq=last)
        self.assertFalse(again.json()["resumed"])

    def test_a_newer_connection_takes_the_place(self):
        interview, cookie, evaluator, student, _ = self.both()
        newer, _ = self.join(interview, cookie=cookie)
        self.assertEqual(student.closed(), 4409)
        evaluator.say("offer", sdp=OFFER)
        newer.until("offer")

    def test_rooms_end_with_their_interview(self):
        interview, cookie, evaluator, student, _ = self.both()
        audio, _ = self.join(interview, token=self.bob, path="/audio")
        other = self.both()
        self.sql(f"UPDATE interviews SET status = 'cancelled' WHERE id = {interview} RETURNING 1")
        self.assertEqual(evaluator.until("terminated")["reason"], "cancelled")
        goodbye = student.until("terminated")
        self.assertEqual(goodbye["reason"], "ended")
        self.assertNotIn("bias", json.dumps(goodbye))
        self.assertEqual((evaluator.closed(), student.closed(), audio.closed()), (4410, 4410, 4410))
        self.ticket(interview, token=self.bob, status=400)
        late = self.socket(interview, protocols=["enigma.v1"], token=self.bob)
        self.assertEqual(late.closed(), 4410)
        other[2].say("ping")
        other[2].until("pong")

    def test_the_server_says_that_it_goes(self):
        *_, evaluator, student, _ = self.both()
        self.server.process.terminate()
        self.assertEqual((evaluator.closed(), student.closed()), (1001, 1001))

    def test_after_kill_everybody_comes_again(self):
        interview, cookie, evaluator, student, hello = self.both()
        self.server.kill()
        self.assertEqual((evaluator.closed(), student.closed()), (1006, 1006))
        self.serve()
        old = self.socket(interview, protocols=["enigma.v1", "resume." + hello["resume_key"]])
        self.assertEqual(old.closed(), 4401)  # the room went with its process
        evaluator, _ = self.join(interview, token=self.bob)
        student, _ = self.join(interview, cookie=cookie)
        evaluator.say("offer", sdp=OFFER)
        student.until("offer")


class Nudges(Rooms):
    """Nudges are rows: here they are written as another process would."""

    def nudge(self, interview, kind="warning"):
        self.n = getattr(self, "n", 0) + 1
        analysis = self.sql(
            "INSERT INTO live_bias_analysis (transcript_id, interview_id, admin_id, admission_cycle_id,"
            " state, spoken_at, bias_detected, severity, confidence_score, recommended_action, source,"
            " llm_model, analyzed_at, config_hash, asked, created_at, bias_types, evidence_quotes,"
            f" detector) SELECT {self.n}, {interview}, admin_id, '{self.cycle}', 'done', '{NOW}', TRUE,"
            f" 'medium', 0.7, 'warn', 'llm', 'm', '{NOW}', 'x', 0, '{NOW}', '[]', '[]', '{{}}'"
            " FROM admin_users WHERE username = 'bob' RETURNING id")[0]
        return int(self.sql(
            "INSERT INTO live_nudges (interview_id, analysis_id, admin_id, nudge_type, severity,"
            " message, display_duration, requires_ack, provisional, acknowledged, dismissed,"
            f" created_at) SELECT {interview}, {analysis}, admin_id, '{kind}', 'medium', 'Careful.', 10,"
            f" TRUE, FALSE, FALSE, FALSE, '{NOW}' FROM admin_users WHERE username = 'bob'"
            " RETURNING id")[0])

    def is_set(self, column, nudge):
        """Waits until the row says so."""
        end = time.time() + 60
        while time.time() < end:
            if self.sql(f"SELECT COUNT(*) FROM live_nudges WHERE id = {nudge} AND {column}") == ["1"]:
                return
            time.sleep(0.05)
        raise AssertionError(f"nudge {nudge} is not {column}")

    def test_nudges_of_other_processes_come_and_come_again(self):
        interview, cookie = self.interview()
        first = self.nudge(interview)  # before anybody is there
        panel = self.join(interview, token=self.bob, path="/nudges")[0]
        got = panel.until("nudge")
        self.assertEqual((got["id"], got["nudge_type"], got["duration_ms"], got["requires_ack"]),
                         (first, "warning", 10000, True))
        self.is_set("delivered_at IS NOT NULL", first)
        second = self.nudge(interview)
        self.assertEqual(panel.until("nudge")["id"], second)
        for _ in range(3):  # replayed, it counts once
            panel.say("ack", nudge_id=second)
            self.assertEqual(panel.until("acked")["nudge_id"], second)
        self.is_set("acknowledged", second)
        when = self.sql(f"SELECT acknowledged_at FROM live_nudges WHERE id = {second}")
        panel.say("ack", nudge_id=second)
        panel.until("acked")
        self.assertEqual(self.sql(f"SELECT acknowledged_at FROM live_nudges WHERE id = {second}"), when)
        panel.drop()
        third = self.nudge(interview)  # while the line is down
        again = self.socket(interview, f"/nudges?after={first}", token=self.bob)
        self.assertEqual([again.json()["nudge_id"] for _ in range(2)], [second, third])
        again.send({"type": "acknowledge", "nudge_id": third})
        self.assertEqual(again.json(), {"status": "acknowledged", "nudge_id": third})

    def test_kill_loses_and_doubles_nothing(self):
        interview, cookie = self.interview()
        panel = self.join(interview, token=self.bob, path="/nudges")[0]
        one = self.nudge(interview)
        self.assertEqual(panel.until("nudge")["id"], one)
        panel.say("ack", nudge_id=one)
        panel.until("acked")
        self.server.kill()
        two = self.nudge(interview)
        self.serve()
        panel = self.join(interview, token=self.bob, path=f"/nudges?after={one}")[0]
        self.assertEqual(panel.until("nudge")["id"], two)
        self.is_set("delivered_at IS NOT NULL", two)
        self.assertEqual(self.sql("SELECT COUNT(*) FROM live_nudges WHERE acknowledged"), ["1"])

    def test_a_block_closes_both(self):
        interview, cookie, evaluator, student, _ = self.both()
        block = self.nudge(interview, "block")
        self.sql(f"INSERT INTO bias_rooms (interview_id, terminated_at) VALUES ({interview}, '{NOW}')"
                 " RETURNING 1")
        self.assertEqual(evaluator.until("nudge")["id"], block)
        self.assertEqual(evaluator.until("terminated")["reason"], "bias_block")
        self.assertEqual(student.until("terminated")["reason"], "ended")
        self.assertEqual((evaluator.closed(), student.closed()), (4410, 4410))

    def test_the_barred_do_not_come_in(self):
        interview, cookie, evaluator, student, _ = self.both()
        bob = self.sql("SELECT admin_id FROM admin_users WHERE username = 'bob'")[0]
        self.sql("INSERT INTO bias_ledger (admin_id, kind, points, status, created_at) VALUES"
                 f" ('{bob}', 'opening', 12, 'banned', '{NOW}') RETURNING 1")
        self.sql("INSERT INTO admin_bias_history (admin_id, total_interviews_conducted,"
                 " total_bias_incidents, total_blocks_received, current_status, suspension_count,"
                 f" strikes, lifetime_strikes, updated_at) VALUES ('{bob}', 0, 0, 0, 'banned', 0, 0, 12,"
                 f" '{NOW}') ON CONFLICT (admin_id) DO UPDATE SET current_status = 'banned' RETURNING 1")
        self.assertEqual(evaluator.closed(), 4403)
        self.assertEqual(student.until("peer_left")["peer"], "evaluator")
        self.ticket(interview, token=self.bob, status=403)
        again = self.socket(interview, protocols=["enigma.v1"], token=self.bob)
        self.assertEqual(again.closed(), 4403)
        student.say("ping")
        student.until("pong")


class Doors(Rooms):
    def test_tickets_open_once_and_for_one(self):
        interview, cookie = self.interview()
        other, _ = self.interview()
        mine = self.ticket(interview, token=self.bob)
        first = self.socket(interview, protocols=mine)
        first.say("join")
        first.until("joined")
        self.assertEqual(self.socket(interview, protocols=mine).closed(), 4401)
        elsewhere = self.ticket(interview, token=self.bob)
        self.assertEqual(self.socket(other, protocols=elsewhere).closed(), 4401)
        self.assertEqual(self.socket(interview, protocols=elsewhere).closed(), 4401)  # used up
        late = self.ticket(interview, cookie=cookie)
        self.sql("UPDATE interview_tickets SET expires_at = '2020-01-01T00:00:00.000000Z' RETURNING 1")
        self.assertEqual(self.socket(interview, protocols=late).closed(), 4401)
        for bad in ("ticket.", "ticket.x", "ticket." + "A" * 43, "ticket." + "A" * 5000,
                    "resume.x", "resume." + "A" * 64 + ".STU_1", "resume." + "A" * 64 + "."):
            s = self.socket(interview, protocols=["enigma.v1", bad], token=self.bob)
            self.assertEqual(s.closed(), 4401, bad)
        self.ticket(interview, token=self.eve, status=404)
        self.ticket(interview, cookie=self.cookies[1], status=404)
        self.ticket(interview, token=self.server.login("ann"), status=403)
        self.ticket(interview, status=401)
        self.ticket(999999, token=self.bob, status=404)
        stored = self.sql("SELECT ticket_hash FROM interview_tickets")
        self.assertNotIn(late[1][7:], stored)

    def test_who_may_come_in_is_said_by_status_or_code(self):
        interview, cookie = self.interview()
        stranger = self.cookies[1] if len(self.cookies) > 1 else self.interview()[1]
        cases = [  # arguments, HTTP status for original clients, close code with enigma.v1
            ({}, 401, 4401), ({"cookie": "enigma_student_session=" + "0" * 64}, 401, 4401),
            ({"token": self.eve}, 404, 4404), ({"token": "nonsense"}, 401, 4401)]
        for how, status, code in cases:
            with self.assertRaises(Refused) as r:
                self.socket(interview, **how)
            self.assertEqual(r.exception.status, status, how)
            self.assertEqual(self.socket(interview, protocols=["enigma.v1"], **how).closed(), code, how)
        self.assertEqual(self.socket(interview, cookie=stranger).closed(), 1008)
        self.assertEqual(self.socket(999999, cookie=cookie).closed(), 1008)
        for origin in ("https://evil.example", "null", None):
            with self.assertRaises(Refused) as r:
                self.socket(interview, cookie=cookie, origin=origin, protocols=["enigma.v1"])
            self.assertEqual(r.exception.status, 403, origin)
        self.socket(interview, token=self.bob, origin=None).close()  # no browser, no cookie
        for path in ("?role=admin", "?role=observer", "/audio?speaker=admin", "/nudges"):
            self.assertEqual(self.socket(interview, path, cookie=cookie).closed(), 4403, path)
        self.assertEqual(self.socket(interview, "/nudges?admin_id=ADM_OTHER", token=self.bob).closed(), 4403)
        for bad in ("?after=x", "?after=-1", "?role=" + "x" * 100):
            with self.assertRaises(Refused) as r:
                self.socket(interview, "/nudges" + bad, token=self.bob)
            self.assertEqual(r.exception.status, 422, bad)

    def test_observers_watch_and_are_few(self):
        interview, cookie, evaluator, student, _ = self.both()
        watcher, hello = self.join(interview, token=self.root)
        self.assertEqual((hello["role"], sorted(hello["peers"])), ("observer", ["evaluator", "student"]))
        self.assertEqual(evaluator.until("peer_joined")["peer"], "observer-1")
        watcher.say("offer", sdp=OFFER)
        self.assertEqual(watcher.until("error")["code"], "not_allowed")
        for name in ("max", "kim"):
            create_admin(self.dir, name, "super_admin")
        self.join(interview, token=self.server.login("max"))
        full = self.socket(interview, protocols=self.ticket(interview, self.server.login("kim")))
        self.assertEqual(full.closed(), 4403)


class BadInput(Rooms):
    def fresh(self, interview, path=""):
        return self.join(interview, token=self.bob, path=path)[0]

    def test_breaches_are_closed_with_their_code_and_others_unharmed(self):
        calm = self.both()
        interview, _ = self.interview()
        big = json.dumps({"v": 1, "type": "ping", "x": "y" * 66000}).encode()
        for what, code, path in [
                (lambda s: s.frame(1, b"{}", mask=False), 1002, ""),
                (lambda s: s.frame(1, b"{}", rsv=4), 1002, ""),
                (lambda s: s.frame(3, b"{}"), 1002, ""),
                (lambda s: s.frame(0, b"{}"), 1002, ""),
                (lambda s: s.frame(9, b"x" * 126), 1002, ""),
                (lambda s: s.frame(9, b"x", fin=False), 1002, ""),
                (lambda s: s.frame(8, b"\x03"), 1002, ""),
                (lambda s: s.frame(8, struct.pack(">H", 1005)), 1002, ""),
                (lambda s: s.frame(1, b"\xff\xfe"), 1007, ""),
                (lambda s: s.frame(2, b"\x00\x01"), 1003, ""),
                (lambda s: s.frame(2, b"\x00\x01"), 1003, "/nudges"),
                (lambda s: s.frame(1, big), 4413, ""),
                (lambda s: s.frame(2, b"\x01" * 8300), 4413, "/audio"),
                (lambda s: [s.say("ping") for _ in range(60)], 4429, ""),
                (lambda s: [s.binary(b"\x01" + bytes(8011)) for _ in range(40)], 4429, "/audio")]:
            s = self.fresh(interview, path)
            try:
                what(s)
            except ConnectionError:
                pass
            self.assertEqual(s.closed(), code, (code, path))
        old = self.socket(interview, "/audio?speaker=admin", token=self.bob)
        old.text("hello")
        self.assertEqual(old.closed(), 1003)
        old = self.socket(interview, "/audio?speaker=admin", token=self.bob)
        old.binary(b"\x01\x02\x03")
        self.assertIn("error", old.json())
        self.assertEqual(old.closed(), 1003)
        old = self.socket(interview, token=self.bob)
        old.frame(1, big)
        self.assertEqual(old.closed(), 1009)
        calm[2].say("ping")
        calm[2].until("pong")

    def test_breaches_of_the_table_are_answered_and_have_no_effect(self):
        interview, cookie, evaluator, student, _ = self.both()
        for text, code in [
                ("nonsense", "bad_json"), ("[1]", "invalid"), ('{"v":1}', "invalid"),
                ('{"type":1}', "invalid"), ('{"type":"fly"}', "unknown_type"),
                ('{"type":"audio_start","rate":16000,"codec":"pcm16"}', "unknown_type")]:
            evaluator.text(text)
            self.assertEqual(evaluator.until("error")["code"], code, text)
            time.sleep(0.4)  # what is refused costs more of the second
        for members, code in [
                ({"type": "offer"}, "invalid"), ({"type": "offer", "sdp": "x" * 33000}, "invalid"),
                ({"type": "offer", "sdp": "a\x01"}, "invalid"),
                ({"type": "ice", "candidate": "text"}, "invalid"),
                ({"type": "ice", "candidate": {"x": "y" * 3000}}, "invalid"),
                ({"type": "ack", "nudge_id": 0}, "invalid"),
                ({"type": "ack", "nudge_id": 77}, "unknown_nudge"), ({"type": "join"}, "invalid")]:
            evaluator.send(members)
            self.assertEqual(evaluator.until("error")["code"], code, members["type"])
            time.sleep(0.4)
        student.send({"type": "ack", "nudge_id": 1})
        self.assertEqual(student.until("error")["code"], "not_allowed")
        evaluator.say("offer", sdp=OFFER)
        self.assertEqual(student.json()["type"], "offer")  # nothing came before it

    def test_audio_is_refused_by_rule(self):
        interview, _ = self.interview()
        audio = self.fresh(interview, "/audio")
        audio.binary(b"\x01" + bytes(11))
        self.assertEqual(audio.until("error")["code"], "not_joined")
        for bad in ('{"type":"audio_start","rate":NaN,"codec":"pcm16"}',
                    '{"type":"audio_start","rate":1e999,"codec":"pcm16"}'):
            audio.text(bad)
            self.assertEqual(audio.until("error")["code"], "bad_json", bad)
        for members in ({"rate": 48000, "codec": "pcm16"}, {"rate": 16000, "codec": "opus"},
                        {"rate": "16000", "codec": "pcm16"}, {"rate": 0, "codec": "pcm16"}):
            audio.say("audio_start", **members)
            self.assertEqual(audio.until("error")["code"], "invalid", members)
        audio = self.fresh(interview, "/audio")
        audio.say("audio_start", rate=16000, codec="pcm16")
        for frame in (b"\x01", b"\x02" + bytes(11), b"\x01" + bytes(12)):
            audio.binary(frame)
            self.assertEqual(audio.until("error")["code"], "invalid", frame)
        audio.binary(b"\x01" + bytes(11) + bytes(640))
        audio.say("ping")
        self.assertEqual(audio.json()["type"], "pong")


class Silence(Rooms):
    env = {"WEBSOCKET_PING_MS": "1000", "WEBSOCKET_DEAD_MS": "3000"}

    def test_silence_is_asked_and_ended(self):
        interview, _ = self.interview()
        s = self.join(interview, token=self.bob)[0]
        seen = b""
        try:
            while True:
                seen += s._take(1)  # nothing is answered
        except Closed:
            pass
        self.assertIn(b"\x89\x00", seen)
        self.assertIn(struct.pack(">H", 4408), seen)


if __name__ == "__main__":
    unittest.main()
