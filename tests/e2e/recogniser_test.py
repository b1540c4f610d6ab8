"""enigma-stt: the offline recogniser hears real speech, says how sure it is, and refuses the rest."""

import json
import os
import subprocess
import unittest
import urllib.error
import urllib.request
import wave

from support import BIN, Case, needs_sqlite

PROGRAM = os.path.join(os.path.dirname(BIN), "enigma-stt")
TOKEN = "0123456789abcdef"
BOUNDARY = "b0undary"


def form(file=None, **fields):
    parts = b""
    for name, value in fields.items():
        parts += (f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n"
                  f"{value}\r\n").encode()
    if file is not None:
        parts += (f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"s.wav\""
                  "\r\nContent-Type: audio/wav\r\n\r\n").encode() + file + b"\r\n"
    return parts + f"--{BOUNDARY}--\r\n".encode()


@needs_sqlite("of a program without a database")
class Recogniser(Case):
    def setUp(self):
        super().setUp()
        self.program = subprocess.Popen([PROGRAM, "--decoders", "1"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        env={**os.environ, "ENIGMA_STT_TOKEN": TOKEN})
        self.addCleanup(self.end)
        self.url = f"http://127.0.0.1:{json.loads(self.program.stdout.readline())['port']}"

    def end(self):
        self.program.kill()
        self.program.wait()
        for pipe in (self.program.stdin, self.program.stdout, self.program.stderr):
            pipe.close()

    def ask(self, body, kind=f"multipart/form-data; boundary={BOUNDARY}", token=TOKEN):
        request = urllib.request.Request(
            self.url + "/v1/audio/transcriptions", data=body,
            headers={"Content-Type": kind, "Authorization": f"Bearer {token}"})
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def speech(self, text):
        path = os.path.join(self.dir, "s.wav")
        subprocess.run(["flite", "-voice", "rms", "-t", text, "-o", path], check=True)
        with open(path, "rb") as f:
            return f.read()

    def wav(self, seconds, rate=16000, channels=1):
        path = os.path.join(self.dir, "w.wav")
        with wave.open(path, "wb") as w:
            w.setparams((channels, 2, rate, 0, "NONE", ""))
            w.writeframes(bytes(int(rate * 2 * channels * seconds)))
        with open(path, "rb") as f:
            return f.read()

    def test_speech(self):
        file = self.speech("Where is your accent from? Do you plan to get married?")
        status, text = self.ask(form(file, response_format="verbose_json",
                                     **{"timestamp_granularities[]": "word"}))
        self.assertEqual(status, 200, text)
        heard = json.loads(text)
        for word in ("accent", "plan", "married"):
            self.assertIn(word, heard["text"].split())
        segment, = heard["segments"]
        self.assertEqual(segment["text"], heard["text"])
        self.assertLess(-0.7, segment["avg_logprob"])
        self.assertLess(segment["end"], heard["duration"])
        self.assertEqual(" ".join(w["word"] for w in heard["words"]), heard["text"])
        times = [t for w in heard["words"] for t in (w["start"], w["end"])]
        self.assertEqual(times, sorted(times))
        # What one speaker said changes nothing for the next.
        self.ask(form(self.speech("Please describe the experiment.")))
        self.assertEqual(json.loads(self.ask(form(file))[1])["text"], heard["text"])
        self.assertEqual(self.ask(form(file, response_format="text"))[1], heard["text"] + "\n")

    def test_silence_has_no_words(self):
        status, text = self.ask(form(self.wav(2), response_format="verbose_json"))
        self.assertEqual((status, json.loads(text)["text"], json.loads(text)["segments"]),
                         (200, "", []))
        self.assertEqual(json.loads(self.ask(form(self.wav(0)))[1])["text"], "")

    def test_refusals(self):
        speech = self.wav(0.1)
        for body, status, param in ((form(), 400, "file"), (form(b"RIFF"), 400, "file"),
                                    (form(self.wav(0.1, rate=8000)), 400, "file"),
                                    (form(self.wav(0.1, channels=2)), 400, "file"),
                                    (form(speech, response_format="srt"), 400, "response_format"),
                                    (form(speech, model="whisper-1"), 400, "model"),
                                    (form(speech, language="ur"), 400, "language"),
                                    (form(self.wav(60.5)), 413, "file"),
                                    (b"--", 400, None)):
            got, text = self.ask(body)
            error = json.loads(text)["error"]
            self.assertEqual((got, error["param"]), (status, param), error)
            self.assertTrue(error["message"])
        self.assertEqual(self.ask(b"{}", kind="application/json")[0], 415)
        self.assertEqual(self.ask(form(speech), token="0123456789abcdeX")[0], 401)
        self.assertEqual(self.ask(form(speech))[0], 200)

    def test_ends_with_its_caller(self):
        self.program.stdin.close()
        self.assertEqual(self.program.wait(60), 0)

    def test_ends_on_a_signal(self):
        self.program.terminate()
        self.assertEqual(self.program.wait(60), 0)

    def test_wrong_use(self):
        for args, env, code in ((["--decoders", "x"], TOKEN, 2), (["--listen"], TOKEN, 2),
                                ([], "short", 2), (["--model", self.dir], TOKEN, 5)):
            done = subprocess.run([PROGRAM, *args], env={**os.environ, "ENIGMA_STT_TOKEN": env},
                                  capture_output=True, stdin=subprocess.DEVNULL)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertEqual(len(done.stderr.decode().splitlines()), 1, done.stderr)


if __name__ == "__main__":
    unittest.main()
