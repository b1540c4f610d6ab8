"""One whole interview in the real binary, from what is spoken to what becomes of it: speech goes in
as frames of audio, captions and nudges come out, and reviews, drift and the log follow. Heard by the
offline recogniser (speech of flite), and by an endpoint that reads words from tones, so that a text
proves the way of every sample; that endpoint also answers as badly as it can, and the server is
killed in the midst of a word."""

import array
import datetime
import email.parser
import http.server
import io
import json
import math
import os
import struct
import subprocess
import threading
import time
import unittest
import wave

from models_test import Stub
from support import BIN, Case, Server, application, create_admin, cycle_body, enigma, verify
from websocket import Closed, WebSocket

RATE, FRAME = 16000, 1600  # samples: a second, a message
HEAR = 120  # seconds at most for what a loaded machine does in one
WORDS = ("amber birch cedar daisy ember fern grove hazel iris jade kelp lotus maple nettle "
         "olive poppy quince rose sage thyme").split()
MEDIUM = {"bias_detected": True, "bias_types": ["accent"], "severity": "medium",
          "confidence_score": 0.7, "evidence_quotes": ["{utterance}"],
          "context_summary": "A question about origin.", "recommended_action": "warn"}
CRITICAL = {**MEDIUM, "bias_types": ["gender"], "severity": "critical", "confidence_score": 0.9,
            "recommended_action": "block"}
NONE = {"bias_detected": False, "bias_types": [], "severity": "none", "evidence_quotes": [],
        "recommended_action": "none"}


def quiet(seconds):
    return bytes(2 * int(RATE * seconds))


def tones(text):
    """Each word as a tone of its own: 400 Hz and 100 more for each place in the list."""
    pcm = b""
    for word in text.split():
        step = 2 * math.pi * (400 + 100 * WORDS.index(word)) / RATE
        pcm += array.array("h", (int(9000 * math.sin(step * i)) for i in range(RATE // 4))).tobytes()
        pcm += quiet(0.1)
    return pcm


def words_of(wav):
    """The words whose tones are in the file: by their crossings of zero."""
    with wave.open(io.BytesIO(wav)) as w:
        assert (w.getnchannels(), w.getsampwidth(), w.getframerate()) == (1, 2, RATE)
        pcm = array.array("h", w.readframes(w.getnframes()))
    words, first, last = [], None, 0
    for i, v in enumerate([*pcm, *[0] * RATE]):
        if abs(v) > 1000:
            first, last = (i if first is None else first), i
        elif first is not None and i - last > RATE // 40:
            if last - first > RATE // 20:
                part = pcm[first:last]
                crossings = sum((a < 0) != (b < 0) for a, b in zip(part, part[1:]))
                hz = crossings * RATE / (2 * len(part))
                words.append(WORDS[round((hz - 400) / 100)])
            first = None
    return " ".join(words)


class Ear:
    """An endpoint that transcribes tones. `faults` are taken by the next requests, one each; while
    `gate` is shut, none is answered."""

    def __init__(self):
        ear = self
        self.faults, self.heard, self.asked = [], [], 0
        self.gate, self.lock, self.over = threading.Event(), threading.Lock(), threading.Event()
        self.gate.set()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                try:
                    ear.answer(self)
                except OSError:
                    self.close_connection = True  # the asker was killed, or waits no longer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.over.set()
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()

    @staticmethod
    def part(handler, body):
        head = f"Content-Type: {handler.headers['Content-Type']}\r\n\r\n".encode()
        form = email.parser.BytesParser().parsebytes(head + body)
        return next(p.get_payload(decode=True) for p in form.get_payload() if p.get_filename())

    def answer(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        text = words_of(self.part(handler, body))
        with self.lock:
            self.asked += 1
            fault = self.faults.pop(0) if self.faults else None
            if not fault:
                self.heard.append(text)
        self.gate.wait()
        good = json.dumps({"text": text, "segments": [
            {"text": text, "start": 0, "end": 1, "avg_logprob": -0.1, "no_speech_prob": 0,
             "compression_ratio": 1}]})
        send = lambda status, text, **headers: self.send(handler, status, text, headers)
        if fault == "hang":
            self.over.wait()
        elif fault == "429":
            send(429, '{"error":{"message":"slow down"}}', **{"Retry-After": "1"})
        elif fault == "429-long":
            send(429, '{"error":{"message":"slow down"}}', **{"Retry-After": "3600"})
        elif fault == "reset":
            handler.close_connection = True
        elif fault == "cut":
            send(200, good[:-9])
        elif fault == "shape":
            send(200, json.dumps({"text": {"words": text.split()}, "segments": 7}))
        elif fault == "huge":
            send(200, json.dumps({"text": (text + " ") * (600000 // (len(text) + 1))}))
        elif fault:
            send(int(fault), good)
        else:
            send(200, good)

    @staticmethod
    def send(handler, status, text, headers):
        handler.send_response(status)
        for name, value in {**headers, "Content-Type": "application/json",
                            "Content-Length": str(len(text))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(text.encode())


class Side:
    """What one of the two sees: every message, in any order of asking."""

    def __init__(self, socket):
        self.socket, self.seen, self.fresh = socket, [], []

    def until(self, type, **members):
        def fits(m):
            return m["type"] == type and all(m.get(k) == v for k, v in members.items())
        end = time.time() + HEAR
        while time.time() < end:
            for m in self.fresh:
                if fits(m):
                    self.fresh.remove(m)
                    return m
            self.seen.append(self.socket.json())
            self.fresh.append(self.seen[-1])
        raise AssertionError(f"no {type} {members}: {self.seen}")

    def closed(self):
        """Reads to the end; the code."""
        try:
            while True:
                self.seen.append(self.socket.json())
                self.fresh.append(self.seen[-1])
        except Closed as c:
            return c.code

    def captions(self):
        return [(m["speaker"], m["text"]) for m in self.seen if m["type"] == "transcript"]


class Voice:
    """A microphone behind a slow line: speaking takes its time, then all frames of 100 ms come at
    once. So a busy machine makes no pause within an utterance, and the rate is that of speech."""

    def __init__(self, socket):
        self.socket, self.frame, self.offset = socket, 0, 0
        socket.say("audio_start", rate=RATE, codec="pcm16")

    def send(self, pcm, flush=False):
        time.sleep(len(pcm) / (2 * RATE))
        for at in range(0, len(pcm), 2 * FRAME):
            piece = pcm[at:at + 2 * FRAME]
            self.frame += 1
            last = flush and at + 2 * FRAME >= len(pcm)
            self.socket.binary(struct.pack("<BBHII", 1, last, 0, self.frame, self.offset) + piece)
            self.offset += len(piece) // 2

    def say(self, pcm):
        """An utterance between two pauses: the second tells the server that it is over."""
        self.send(quiet(0.5) + pcm + quiet(0.7))

    def tell(self, text):
        """Tones, and the mark that the utterance is over."""
        self.send(quiet(0.3) + tones(text), flush=True)


class Interviews(Case):
    """eve interviews an applicant who was shortlisted; ada and zoe are super_admins."""

    def setUp(self):
        super().setUp()
        for name in ("ada", "zoe"):
            create_admin(self.dir, name)
        create_admin(self.dir, "eve", role="admin")
        self.stub = Stub().__enter__()
        self.addCleanup(self.stub.__exit__)

    def env(self, **more):
        """Evaluation built in, the monitor's model at the stub; nothing ends because it is quiet."""
        return self.stub.env(LLM_PROVIDER="builtin", BIAS_DETECTION_MODEL="monitor-model",
                             LLM_TIMEOUT_SECONDS="60", BIAS_TIMEOUT_SECONDS="60",
                             BIAS_LATE_SECONDS="86400",
                             ROOM_GAP_SECONDS="3600", WEBSOCKET_PING_MS="600000",
                             WEBSOCKET_DEAD_MS="600000", **more)

    def serve(self, **env):
        self.server = Server(self.dir, env=self.env(**env)).start()
        self.addCleanup(lambda s=self.server: s.process.stdout.closed or s.stop())

    def ok(self, method, path, body=None, token=None, cookie=None):
        r = self.server.call(method, path, body, token=token, cookie=cookie)
        self.assertEqual(r.status, 200, (path, r.body))
        return r.json

    def login(self):
        self.ada, self.zoe, self.eve = (self.server.login(n) for n in ("ada", "zoe", "eve"))

    def begin(self):
        """A cycle up to its shortlist, and an interview that has begun."""
        self.login()
        self.cycle = self.ok("POST", "/admin/cycles", cycle_body(seats=1), self.ada)["cycle_id"]
        cookies = self.students(3)
        for n, cookie in enumerate(cookies):
            self.ok("POST", "/applications", application(n), cookie=cookie)
        for verb, body in (("freeze", {}), ("preprocess", {}), ("export", {}), ("processing", {}),
                           ("select", {"mode": "shortlist", "factor": 2})):
            self.server.call("POST", f"/admin/cycles/{self.cycle}/{verb}", body, token=self.ada)
            self.server.wait_jobs(self.ada, self.cycle)
        anon = self.ok("GET", f"/admin/cycles/{self.cycle}/applications?status=shortlisted",
                       token=self.eve)[0]["anonymized_id"]
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 300))
        self.interview = self.ok("POST", "/admin/interviews/schedule",
                                 {"anonymized_id": anon, "interview_time": at}, self.eve)["id"]
        who = self.sql(f"SELECT student_id FROM interviews WHERE id = {self.interview}")[0]
        self.student = cookies[int(who.rsplit("_", 1)[1])]
        start = f"/admin/interviews/{self.interview}/start-interview"
        for statements in ({"coi_accepted": False}, {"coi_accepted": True, "no_conflict": False}):
            r = self.server.call("POST", start, statements, token=self.eve)
            self.assertEqual(r.status, 400, r.body)
        self.ok("POST", start, {"coi_accepted": True, "cannot_identify": True, "no_conflict": True,
                                "will_disclose": True}, self.eve)

    def socket(self, path="", token=None, cookie=None):
        r = self.ok("POST", f"/interviews/{self.interview}/ticket", token=token, cookie=cookie)
        s = WebSocket(self.server.port, f"/ws/interview/{self.interview}{path}",
                      protocols=r["protocols"])
        s.socket.settimeout(HEAR)
        self.addCleanup(s.socket.close)
        return s

    def side(self, **who):
        side = Side(self.socket(**who))
        side.socket.say("join")
        self.assertEqual(side.until("joined")["state"], "live")
        return side

    def join(self):
        """Both are there; (the evaluator's side, the student's, the evaluator's voice)."""
        evaluator = self.side(token=self.eve)
        student = self.side(cookie=self.student)
        evaluator.until("peer_joined", role="student")
        return evaluator, student, Voice(self.socket("/audio", token=self.eve))

    def wait(self, sql, want):
        """Until the rows are these."""
        end = time.time() + HEAR
        got = self.sql(sql)
        while got != want and time.time() < end:
            time.sleep(0.05)
            got = self.sql(sql)
        self.assertEqual(got, want, sql)

    def settled(self, responses):
        """Every utterance was judged, and so much came of each."""
        self.wait("SELECT state || ' ' || COALESCE(response, '-') FROM live_bias_analysis ORDER BY id",
                  [f"done {r}" for r in responses])

    def delivered(self, nudge):
        self.wait("SELECT COUNT(*) FROM live_nudges WHERE delivered_at IS NOT NULL AND id = "
                  f"{nudge['id']}", ["1"])

    def transcript(self):
        rows = self.ok("GET", f"/interviews/{self.interview}/transcript", token=self.eve)
        return [(r["speaker"], r["text"]) for r in rows]


class Spoken(Interviews):
    def speech(self, text):
        path = os.path.join(self.dir, "speech.wav")
        subprocess.run(["flite", "-voice", "rms", "-t", text, "-o", path], check=True)
        with wave.open(path) as w:
            self.assertEqual((w.getnchannels(), w.getframerate()), (1, RATE))
            return w.readframes(w.getnframes())

    def heard(self, sides, speaker, text):
        for side in sides:
            side.until("transcript", speaker=speaker, text=text)

    def test_from_speech_to_review(self):
        self.serve(STT_PROVIDER="embedded", STT_TIMEOUT_MS="60000",
                   STT_PROGRAM=os.path.join(os.path.dirname(BIN), "enigma-stt"))
        self.begin()
        evaluator, student, voice = self.join()
        both = (evaluator, student)
        theirs = Voice(self.socket("/audio", cookie=self.student))
        self.stub.control(monitor=NONE)
        voice.say(self.speech("Tell me about your project."))
        self.heard(both, "evaluator", "tell me about your project")
        theirs.say(self.speech("We measured the rain in our village."))
        self.assertIn("rain", student.until("transcript", speaker="student")["text"])
        evaluator.until("transcript", speaker="student")
        voice.say(self.speech("What did you learn from the experiment?"))
        self.heard(both, "evaluator", "what did you learn from the experiment")
        self.settled(["none", "none"])
        self.warned(evaluator, voice)
        self.blocked(evaluator, student, voice)
        self.assertEqual(theirs.socket.closed(), 4410)
        self.reviewed()
        self.server.stop()
        self.assertTrue(verify(self.dir)["is_valid"])

    def warned(self, evaluator, voice):
        self.stub.control(monitor=MEDIUM)
        voice.say(self.speech("Do you plan to have children?"))
        nudge = evaluator.until("nudge", nudge_type="warning")
        self.assertTrue(nudge["requires_ack"])
        self.assertEqual(nudge["quote"], "do you plan to have children")
        for _ in range(2):  # twice said, once done
            evaluator.socket.say("ack", nudge_id=nudge["id"])
            evaluator.until("acked", nudge_id=nudge["id"])
        self.delivered(nudge)
        self.settled(["none", "none", "warning"])
        mine = self.ok("GET", "/admin/bias/nudges", token=self.eve)
        self.assertEqual([(n["nudge_type"], n["acknowledged"]) for n in mine
                          if not n["withdrawn"]][:1], [("warning", True)])
        self.assertEqual(self.sql("SELECT points FROM bias_ledger"), ["1"])

    def blocked(self, evaluator, student, voice):
        self.stub.control(monitor=CRITICAL)
        voice.say(self.speech("Do you plan to get married?"))
        evaluator.until("nudge", nudge_type="block")
        self.assertEqual(evaluator.until("terminated")["reason"], "bias_block")
        self.assertEqual((evaluator.closed(), student.closed(), voice.socket.closed()),
                         (4410, 4410, 4410))
        self.assertEqual(student.until("terminated")["reason"], "ended")
        self.assertLessEqual({m["type"] for m in student.seen},
                             {"joined", "peer_joined", "transcript", "terminated"})
        for word in ("bias", "nudge", "strike", "block"):
            self.assertNotIn(word, json.dumps(student.seen[1:]).lower())
        self.assertEqual(evaluator.captions(), student.captions())
        self.assertEqual(self.transcript(), student.captions())
        self.assertEqual([t for _, t in student.captions()][-2:],
                         ["do you plan to have children", "do you plan to get married"])
        seen = self.stub.control()
        self.assertEqual((seen["utterances"], seen["bad_requests"]), (4, []))  # not the student's
        for who in ({"token": self.eve}, {"cookie": self.student}):
            r = self.server.call("POST", f"/interviews/{self.interview}/ticket", **who)
            self.assertEqual(r.status, 400, r.body)

    def reviewed(self):
        me = self.ok("GET", "/admin/auth/me", token=self.eve)["admin_id"]
        flag, = self.ok("GET", "/admin/bias/flags?reviewed=false", token=self.zoe)
        self.assertEqual((flag["flag_type"], flag["severity"], flag["action_taken"],
                          flag["interview_id"], flag["admin_id"]),
                         ("critical_incident", "critical", "interview_terminated", self.interview, me))
        case = self.ok("GET", f"/admin/bias/flags/{flag['id']}", token=self.zoe)
        self.assertEqual([i["evidence_quotes"] for i in case["incidents"]],
                         [["do you plan to get married"]])
        history = self.ok("GET", f"/admin/bias/history/{me}", token=self.eve)
        self.assertEqual((history["current_status"], history["lifetime_strikes"],
                          history["total_bias_incidents"], history["total_blocks_received"]),
                         ("warned", 4, 2, 1))
        self.drifts(me, incidents=2, blocks=1)
        resolve = f"/admin/bias/flags/{flag['id']}/resolve"
        verdict = {"verdict": "false_alarm", "resolution": "The recording shows a quotation."}
        self.assertEqual(self.server.call("PUT", resolve, verdict, token=self.eve).status, 403)
        done = self.ok("PUT", resolve, verdict, self.zoe)
        self.assertEqual((done["reviewed"], done["verdict"]), (True, "false_alarm"))
        history = self.ok("GET", f"/admin/bias/history/{me}", token=self.ada)
        self.assertEqual((history["current_status"], history["lifetime_strikes"],
                          history["total_bias_incidents"]), ("active", 1, 1))
        self.assertEqual([i["overturned"] for i in history["recent_incidents"]
                          if i["severity"] == "critical"], [True])
        self.drifts(me, incidents=1, blocks=1)

    def drifts(self, me, incidents, blocks):
        rows = self.ok("GET", f"/admin/evaluators/{me}/drift?cycle_id={self.cycle}", token=self.ada)
        self.assertEqual([r["kind"] for r in rows], ["cycle", "rolling_30_days"])
        for r in rows:
            self.assertEqual((r["total_interviews"], r["bias_incidents"], r["warnings_delivered"]),
                             (1, incidents, 1), r)


class Operator(Interviews):
    """The same from the command line, beside a server with an open room."""

    def run_verb(self, *args, check=0):
        code, out, errors = enigma("interview", *map(str, args), "--data-dir", self.dir, "--json",
                                   check=check)
        return json.loads(out) if code == 0 else errors

    def test_slots_from_the_command_line(self):
        self.serve(STT_PROVIDER="off")
        self.begin()
        evaluator, student, _ = self.join()
        mine, = self.run_verb("list", self.cycle)
        self.assertEqual((mine["id"], mine["status"]), (self.interview, "scheduled"))
        self.assertNotIn("student_id", mine)
        self.assertEqual(self.run_verb("list", self.cycle, "--status", "completed"), [])
        self.assertEqual(self.run_verb("show", self.interview)["anonymized_id"], mine["anonymized_id"])
        ics = enigma("interview", "export-ics", str(self.interview), "--data-dir", self.dir, check=0)[1]
        self.assertIn("BEGIN:VEVENT", ics)
        gone = self.run_verb("cancel", self.interview, "--as", "ada", "--code", "technical",
                             "--reason", "The line broke.")
        self.assertEqual((gone["status"], gone["cancel_code"]), ("cancelled", "technical"))
        self.assertEqual((evaluator.closed(), student.closed()), (4410, 4410))
        needs = {w["anonymized_id"]: w["needs"] for w in self.run_verb("waiting", self.cycle)}
        self.assertEqual(needs[mine["anonymized_id"]], "rebooking")
        when = lambda hours: time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime(time.time() + 3600 * hours))
        new = self.run_verb("schedule", mine["anonymized_id"], "--time", when(5), "--minutes", 45,
                            "--evaluator", "eve", "--as", "ada")
        self.assertEqual((new["admin_id"], new["duration_minutes"]), (mine["admin_id"], 45))
        moved = self.run_verb("move", new["id"], "--time", when(9), "--as", "ada")
        self.assertEqual((moved["interview_time"][:14], moved["duration_minutes"]),
                         (when(9)[:14], 45))
        given = self.run_verb("assign", new["id"], "--evaluator", "zoe", "--as", "ada")
        self.assertNotEqual(given["admin_id"], mine["admin_id"])
        for args, words in ((("fly", 1), "no verb fly"), (("show",), "needs a NUMBER"),
                            (("show", "x"), "needs a NUMBER"), (("show", 99), "not found"),
                            (("move", new["id"], "--as", "ada"), "needs --time"),
                            (("schedule", mine["anonymized_id"], "--as", "ada"), "needs --time"),
                            (("cancel", self.interview, "--as", "ada"), "already"),
                            (("cancel", new["id"], "--as", "nobody"), "nobody")):
            code, _, errors = enigma("interview", *map(str, args), "--data-dir", self.dir)
            self.assertNotEqual(code, 0, args)
            self.assertIn(words, errors, args)
        self.server.stop()
        self.assertTrue(verify(self.dir)["is_valid"])


class Unmonitored(Interviews):
    """Who hears nothing says so: to whoever asks, in the room, and as a gap for the review."""

    def until_told(self, transcription, **env):
        self.serve(**env)
        self.begin()
        state = self.ok("GET", f"/interviews/{self.interview}/status", token=self.eve)
        self.assertEqual((state["monitoring"], state["transcription"]), (False, transcription))
        evaluator, student, voice = self.join()
        said = next(m for m in evaluator.seen if m["type"] == "joined")
        self.assertEqual((said["monitoring"], said["transcription"]), (False, transcription))
        self.assertEqual(evaluator.until("monitoring")["mode"], "off")
        return evaluator, student, voice

    def gap_at_the_end(self, evaluator, student):
        self.wait("SELECT COUNT(*) FROM monitoring_watch", ["1"])
        evaluator.socket.say("leave")
        self.assertEqual(evaluator.closed(), 1000)
        self.wait("SELECT cause FROM monitoring_gaps", ["lost"])
        self.wait("SELECT COUNT(*) FROM monitoring_watch", ["0"])
        self.assertEqual({m["type"] for m in student.seen} - {"transcript"}, {"joined"})
        self.assertEqual(self.sql("SELECT COUNT(*) FROM live_bias_analysis"), ["0"])
        self.server.stop()
        self.assertTrue(verify(self.dir)["is_valid"])

    def test_without_a_recogniser(self):
        for env in ({"STT_PROVIDER": "off"},
                    {"STT_PROVIDER": "auto", "STT_PROGRAM": "/nonexistent/enigma-stt",
                     "OPENAI_API_KEY": "", "STT_BASE_URL": ""}):
            with self.subTest(env):
                self.setUp()
                evaluator, student, _ = self.until_told("none", **env)
                self.gap_at_the_end(evaluator, student)

    def test_switched_off(self):
        ear = Ear()
        self.addCleanup(ear.close)
        evaluator, student, voice = self.until_told(
            "full", STT_PROVIDER="openai", STT_BASE_URL=ear.url, ENABLE_BIAS_MONITORING="false")
        voice.tell("amber birch")
        for side in (evaluator, student):
            self.assertEqual(side.until("transcript")["text"], "amber birch")
        self.gap_at_the_end(evaluator, student)


class Toned(Interviews):
    def setUp(self):
        super().setUp()
        self.ear = Ear()
        self.addCleanup(self.ear.close)

    def env(self, **more):
        return super().env(STT_PROVIDER="openai", STT_BASE_URL=self.ear.url, **more)

    def test_answers_of_no_use_are_gaps(self):
        self.serve(STT_TIMEOUT_MS="5000")
        self.begin()
        evaluator, student, voice = self.join()
        self.stub.control(monitor=NONE)
        said, gaps = [], 0
        cases = [(["429"], True), (["500"], True), (["reset"], True), (["cut"], True),
                 (["shape"], True), (["huge"], True), (["429-long"], False), (["hang"], False),
                 (["500", "503"], False), (["cut", "cut"], False), (["shape", "shape"], False),
                 (["huge", "huge"], False), (["401"], False)]
        for n, (faults, heard) in enumerate(cases):
            self.ear.faults[:] = faults
            text = f"{WORDS[n]} {WORDS[(n + 7) % 20]}"
            voice.tell(text)
            if heard:
                said.append(text)
            else:
                gaps += 1
                self.assertGreater(evaluator.until("monitoring", mode="gap")["gap"], 0, faults)
                text = f"{WORDS[(n + 3) % 20]} {WORDS[n]}"  # but the room lives on
                voice.tell(text)
                said.append(text)
                evaluator.until("monitoring", mode="on")
            for side in (evaluator, student):
                self.assertEqual(side.until("transcript")["text"], text, faults)
            self.assertEqual(self.ear.faults, [], faults)
        self.settled(["none"] * len(said))
        expected = [("evaluator", text) for text in said]
        self.assertEqual((evaluator.captions(), student.captions(), self.transcript()),
                         (expected, expected, expected))
        self.assertEqual(self.stub.control()["utterances"], len(said))
        self.assertEqual(self.sql("SELECT COUNT(*) FROM monitoring_gaps"), [str(gaps)])
        self.assertEqual(self.sql("SELECT COUNT(*) FROM bias_ledger"), ["0"])
        self.assertEqual({m["type"] for m in student.seen}, {"joined", "transcript"})
        self.server.stop()
        self.assertTrue(verify(self.dir)["is_valid"])

    def test_killed_in_the_midst_of_speech(self):
        self.serve(STT_TIMEOUT_MS="60000")
        self.begin()
        evaluator, _, voice = self.join()
        self.stub.control(monitor=MEDIUM)
        voice.tell("amber birch cedar")
        self.delivered(evaluator.until("nudge", nudge_type="warning"))
        self.settled(["warning"])
        self.stub.control(latency_ms=600000)  # the second waits for the model, …
        voice.tell("daisy ember fern")
        evaluator.until("transcript", text="daisy ember fern")
        self.until(lambda: self.stub.control()["in_flight"] == 1)
        self.wait("SELECT COUNT(*) FROM monitoring_watch", ["1"])
        self.ear.gate.clear()  # … the third for its text, …
        asked = self.ear.asked
        voice.tell("grove hazel iris")
        self.until(lambda: self.ear.asked == asked + 1)
        self.unheard = time.time()  # from here on nothing is settled any more
        voice.send(tones("jade kelp"))  # … and the fourth is being said
        self.killed = time.time()
        self.server.kill()
        self.assertEqual(evaluator.closed(), 1006)
        self.assertEqual(self.sql("SELECT points FROM bias_ledger"), ["1"])
        self.sql("UPDATE live_bias_analysis SET lease_until = '2026-01-01T00:00:00.000000Z' "
                 "WHERE state = 'waiting' RETURNING id")
        self.stub.control(latency_ms=0)
        self.ear.gate.set()
        self.again()

    def until(self, true):
        end = time.time() + HEAR
        while not true():
            self.assertLess(time.time(), end)
            time.sleep(0.02)

    def again(self):
        """Another process: what was written down is judged once, what was lost is a gap and is said
        again."""
        self.serve(STT_TIMEOUT_MS="60000")
        self.login()
        self.wait("SELECT COUNT(*) FROM monitoring_gaps", ["1"])
        self.assertEqual(self.sql("SELECT COUNT(*) FROM monitoring_watch"), ["0"])
        gap, = self.ok("GET", f"/admin/bias/gaps?interview_id={self.interview}", token=self.zoe)
        self.assertEqual((gap["cause"], gap["admin_id"]), ("lost", self.sql(
            "SELECT admin_id FROM admin_users WHERE username = 'eve'")[0]))
        spoken = len(tones("grove hazel iris jade kelp")) // (2 * RATE)  # the third and the fourth
        self.assertGreaterEqual(gap["seconds"], spoken)
        began = datetime.datetime.fromisoformat(gap["began_at"].replace("Z", "+00:00")).timestamp()
        self.assertLessEqual(began, self.unheard)
        self.assertGreaterEqual(began + gap["seconds"], self.killed)
        evaluator, student, voice = self.join()
        self.settled(["warning", "warning"])
        self.assertEqual(self.sql("SELECT points FROM bias_ledger ORDER BY id"), ["1", "1"])
        self.stub.control(monitor=NONE)
        voice.tell("grove hazel iris")
        student.until("transcript", text="grove hazel iris")
        self.settled(["warning", "warning", "none"])
        self.stub.control(monitor=MEDIUM)
        voice.tell("jade kelp lotus")  # the third point ends the interview
        evaluator.until("nudge", nudge_type="block")
        self.assertEqual((evaluator.closed(), student.closed()), (4410, 4410))
        self.assertEqual(self.transcript(), [("evaluator", t) for t in (
            "amber birch cedar", "daisy ember fern", "grove hazel iris", "jade kelp lotus")])
        self.assertEqual(self.sql("SELECT points FROM bias_ledger ORDER BY id"), ["1"] * 3)
        self.assertEqual(self.sql("SELECT COUNT(*) FROM live_bias_analysis"), ["4"])
        flag, = self.ok("GET", "/admin/bias/flags", token=self.zoe)
        self.assertEqual(flag["flag_type"], "strike_limit")
        self.server.stop()
        self.assertTrue(verify(self.dir)["is_valid"])


if __name__ == "__main__":
    unittest.main()
