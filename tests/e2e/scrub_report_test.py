"""The scrubber against its own development set: within the first limits, in all regions alike."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from support import BIN, once

TOOLS = pathlib.Path(__file__).parents[2] / "tools" / "scrub"


@once("the scrubber knows no database")
class ScrubReport(unittest.TestCase):
    def report(self, binary, *args):
        done = subprocess.run([sys.executable, TOOLS / "report.py", binary, *args, "--gate"],
                              capture_output=True, text=True, timeout=300)
        return done.returncode, done.stdout + done.stderr

    def test_all_sets_pass(self):
        code, text = self.report(BIN, "dev", "check", "wide", "fresh", "blind", "late", "last")
        self.assertEqual(code, 0, text)
        self.assertIn("own name by region", text)

    def test_a_scrubber_that_does_nothing_fails(self):
        with tempfile.TemporaryDirectory() as folder:
            fake = pathlib.Path(folder) / "scrub"
            fake.write_text("#!/bin/sh\nexec cat\n")
            os.chmod(fake, 0o700)
            code, text = self.report(fake, "dev")
        self.assertEqual(code, 1, text)
        self.assertIn("direct 97", text)

    def test_the_set_is_as_varied_as_it_says(self):
        origins, bodies, ids, n = set(), set(), set(), 0
        for half in ("dev", "check"):
            done = subprocess.run([sys.executable, TOOLS / "make_gold.py", half], check=True,
                                  capture_output=True, text=True)
            for line in done.stdout.splitlines():
                row = json.loads(line)
                n += 1
                ids.add(row["id"])
                origins.add(row["meta"]["origin"])
                bodies.add((half, row["meta"]["body"]))
                for s in row["spans"]:
                    text = row[s["field"]].encode()[s["start"]:s["end"]].decode()
                    self.assertEqual(text, s["text"], row["id"])
        self.assertEqual((n, len(ids), len(origins)), (96, 96, 24))
        self.assertGreaterEqual(len(bodies), 30)

    def test_the_wide_sets_hold_as_many_persons_and_essays_as_they_say(self):
        for name, rounds, want in (("ninth", "3", (144, 144, 50)), ("tenth", "2", (96, 72, 30)),
                                   ("eleventh", "1.5", (72, 72, 29)), ("twelfth", "1.5", (72, 72, 36)),
                                   ("thirteenth", "1.5", (72, 72, 36)), ("fourteenth", "1.5", (48, 48, 22)),
                                   ("fifteenth", "1.5", (72, 72, 34)), ("sixteenth", "1.5", (72, 72, 34))):
            folder = pathlib.Path(__file__).parents[1] / "data" / "scrub" / name
            done = subprocess.run([sys.executable, TOOLS / "make_gold.py", "dev", folder, rounds],
                                  check=True, capture_output=True, text=True)
            rows = [json.loads(line) for line in done.stdout.splitlines()]
            self.assertEqual((len(rows), len({(r["first_name"], r["last_name"]) for r in rows}),
                              len({r["meta"]["body"] for r in rows})), want, name)
            for row in rows:
                for s in row["spans"]:
                    text = row[s["field"]].encode()[s["start"]:s["end"]].decode()
                    self.assertEqual((text, text.strip()), (s["text"], s["text"]), row["id"])


if __name__ == "__main__":
    unittest.main()
