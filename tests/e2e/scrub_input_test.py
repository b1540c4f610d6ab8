"""Bad and odd texts through `enigma scrub`: a clear status, never a crash, and no name slips through."""

import json
import subprocess
import unicodedata
import unittest

from support import BIN, once

MARIA = ("--name", "Guadalupe Hernández")


def scrub(data, *args):
    if isinstance(data, str):
        data = data.encode()
    done = subprocess.run([BIN, "scrub", *args], input=data, capture_output=True, timeout=300)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@once("the scrubber knows no database")
class ScrubInput(unittest.TestCase):
    def hides(self, text, *names, row=MARIA):
        code, out, errors = scrub(text, *row)
        self.assertIn(code, (0, 1), errors)  # 1: held for a person
        if code:
            self.assertIn("held for a person", errors)
        for name in names:
            self.assertNotIn(name, out)
        return out

    def test_bytes_that_are_no_text_are_refused(self):
        for bad in (b"\xff\xfe", b"caf\xe9", b"\xed\xa0\x80", b"\xc0\xaf", b"ends in \xe2\x82"):
            code, out, errors = scrub(b"I built a pump. " + bad, *MARIA)
            self.assertEqual((code, out), (2, ""), errors)
            self.assertIn("essay: must be valid UTF-8; byte", errors)
            self.assertEqual(errors.count("\n"), 1, errors)

    def test_bytes_that_are_no_text_name_their_field(self):
        for field in ("essay", "achievements", "name", "phone"):
            row = {"id": {"essay": ["x"]}, "essay": "a \\\"b\\\" [{:,", field: "caf@"}
            bad = json.dumps(row, ensure_ascii=False).encode().replace(b"caf@", b"caf\xe9")
            at = bad.index(b"\xe9") + 1
            said = f"{field}: must be valid UTF-8; byte {at} of the JSON is not"
            code, out, errors = scrub(bad, "--application")
            self.assertEqual((code, out), (2, ""), errors)
            self.assertEqual(errors, f"enigma: {said}\n")
            self.assertIn(f"line 1: {said}\n", scrub(bad, "--jsonl")[2])
        for bad in (b"\xff", b'{"essay":"a","\xff":1}', b'{"other":"\xff"}', b'["essay", "\xff"]'):
            code, out, errors = scrub(bad, "--application")
            self.assertEqual((code, out), (2, ""), errors)
            self.assertIn("application: must be valid UTF-8; byte", errors)

    def test_a_stream_goes_on_behind_a_bad_line(self):
        good = json.dumps({"id": 1, "name": "Ada Obi", "essay": "Ada Obi built it.",
                           "achievements": ""}).encode()
        lines = (good, b"{", b'{"id":2,"essay":"\xff"}', b'{"id":3,"essay":7}', b"", good)
        code, out, errors = scrub(b"\n".join(lines), "--jsonl")
        self.assertNotIn(code, (0, -6, -11))
        self.assertEqual([json.loads(line)["status"] for line in out.splitlines()], ["ok", "ok"])
        for number in (2, 3, 4):
            self.assertIn(f"line {number}:", errors)
        self.assertNotIn("Ada", out + errors)

    def test_a_stream_keeps_its_order(self):
        rows = [{"id": i, "name": "Ada Obi", "essay": "Ada Obi built it. " * (i * 7919 % 97)}
                for i in range(4000)]
        lines = [json.dumps(row).encode() for row in rows]
        for i in range(150, 4000, 500):
            lines[i] = b"{"
        for ends in (b"", b"\n"):
            code, out, errors = scrub(b"\r\n".join(lines) + ends, "--jsonl")
            got = [json.loads(line) for line in out.splitlines()]
            self.assertEqual(code, 9, errors)
            self.assertEqual([row["id"] for row in got], [i for i in range(4000) if i % 500 != 150])
            for row in got:
                self.assertEqual(row["essay"].count("[APPLICANT] built it."), row["id"] * 7919 % 97)
            said = errors.splitlines()
            self.assertEqual([line.split(":")[1] for line in said[:-1]],
                             [f" line {i + 1}" for i in range(150, 4000, 500)])
            self.assertEqual(said[-1], "enigma: 8 of 4000 lines could not be worked on")

    def test_a_line_that_is_too_long_spoils_no_other(self):
        good = b'{"id":2,"name":"Ada Obi","essay":"Ada Obi built it."}'
        text = b'{"id":1,"essay":"' + b"a " * (5 << 20) + b'"}'
        padded = good + b" " * (9 << 20)
        code, out, errors = scrub(b"\n".join((good, text, good, padded, good, text)), "--jsonl")
        self.assertEqual(code, 9, errors)
        self.assertEqual([json.loads(line)["essay"] for line in out.splitlines()],
                         ["[APPLICANT] built it."] * 3)
        for number in (2, 4, 6):
            self.assertIn(f"line {number}: the line is longer than 8388608 bytes\n", errors)

    def test_a_line_is_answered_before_the_next_is_sent(self):
        with subprocess.Popen([BIN, "scrub", "--jsonl"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as peer:
            for i in range(3):
                row = {"id": i, "name": "Ada Obi", "essay": "Ada Obi built it."}
                peer.stdin.write(json.dumps(row).encode() + b"\n")
                peer.stdin.flush()
                self.assertEqual(json.loads(peer.stdout.readline())["id"], i)
            peer.stdin.close()
            self.assertEqual(peer.wait(60), 0)

    def test_a_megabyte_is_scrubbed_whole(self):
        piece = "In March I, Guadalupe, built a pump with Amaka; it moved 1450 litres. "
        text = piece * (1_000_000 // len(piece))
        out = self.hides(text, "Guadalupe", "Amaka")
        self.assertEqual(out.count("1450 litres"), text.count("1450 litres"))

    def test_a_megabyte_without_blanks_or_sense(self):
        for piece in ("a", "A", "Guadalupe", "@", ".", "1", "\u0301", "[", "\u4e2d", "Mr ", "a-", "x@",
                      "1 ", "I am ", "\u200b", "é\u202e"):
            code, out, errors = scrub(piece * (1_000_000 // len(piece.encode())), *MARIA)
            self.assertIn(code, (0, 1), (piece, errors))
            self.assertLessEqual(len(out.encode()), 64_000_000, piece)

    def test_names_behind_marks_are_found(self):
        for text in (unicodedata.normalize("NFD", "My name is Guadalupe Hernández."),
                     "My name is Guada\u200blupe Her\u200dnández.",
                     "My name is \u202eGuadalupe\u202c \u2066Hernández\u2069.",
                     "My name is Guada\u00adlupe\ufeff Hernández.",
                     "My name is Ｇｕａｄａｌｕｐｅ Ｈｅｒｎａｎｄｅｚ.",
                     "My name is Guаdalupe Hernаndez.",  # two letters are Cyrillic
                     "My name is GUADALUPE HERNÁNDEZ.",
                     "I am g u a d a l u p e."):
            out = self.hides(text)
            left = "".join(c for c in unicodedata.normalize("NFKD", out).casefold()
                           if unicodedata.category(c)[0] == "L")
            self.assertNotIn("guadalupe", left, text)
            self.assertNotIn("hernandez", left, text)

    def test_names_of_other_scripts(self):
        for name, text in (("Виктория Ли", "My name is Виктория Ли, and I row."),
                           ("王 小明", "I, 王小明, row. 小明 wins."),
                           ("محمد علي", "I am محمد علي and I row."),
                           ("Αλέξης Παππάς", "Αλέξης rows.")):
            out = self.hides(text, *name.split(), row=("--name", name))
            self.assertIn("row", out)

    def test_names_that_are_words_or_two_letters(self):
        row = ("--name", "Will May")
        out = self.hides("My name is Will May. Will May it be? I will row in May, and it may rain. "
                         "Will's boat won.", "Will May", "Will's", row=row)
        self.assertIn("I will row in May, and it may rain", out)
        row = ("--name", "An So")
        out = self.hides("I am An So. An said so. An essay, so to speak, is an act.", "An So",
                         "An said", row=row)
        self.assertIn("so to speak, is an act", out)
        row = ("--name", "Yi Xu")
        self.hides("Yi rows. Xu Yi wins. Y.X. signed. YI XU!", "Yi", "Xu", "YI", row=row)

    def test_odd_rows_are_no_reason_to_fail(self):
        for name in ("", " ", "-", "O", "'", "..", "A" * 200, "\u200b\u200b", "123", "de la"):
            code, out, errors = scrub("I built a pump in March.", "--name", name)
            self.assertIn(code, (0, 1), (name, errors))
            self.assertIn("pump", out)
        code, _, errors = scrub("text", "--name", "A" * 201)
        self.assertEqual(code, 2, errors)
        self.assertIn("name", errors)

    def test_nothing_in_nothing_out(self):
        self.assertEqual(scrub("", *MARIA), (0, "", ""))


if __name__ == "__main__":
    unittest.main()
