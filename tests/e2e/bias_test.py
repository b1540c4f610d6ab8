"""bias replay and bias detect: files in, one JSON object out for each event or utterance."""

import json
import pathlib
import unittest

from support import Case, enigma, once

DATA = pathlib.Path(__file__).parent.parent / "data" / "bias"


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


class Bias(Case):
    @once("the command line")
    def test_replay_of_cases(self):
        path = DATA / "rules_examples.jsonl"
        answers = iter(lines(enigma("bias", "replay", str(path), check=0)[1]))
        for case in lines(path.read_text()):
            for expected in case["expect"]:
                got = next(answers)
                self.assertEqual(got["id"], case["id"])
                self.assertEqual({k: got.get(k) for k in expected}, expected, case["why"])
        self.assertIsNone(next(answers, None))

    @once("the command line")
    def test_replay_of_interviews(self):
        path = DATA / "dialogue_examples.jsonl"
        answers = iter(lines(enigma("bias", "replay", str(path), check=0)[1]))
        for case in lines(path.read_text()):
            for turn in case["turns"]:
                if turn["speaker"] != "ADMIN":
                    continue
                got, expected = next(answers), turn["expected"] or {"response": "SUPPRESSED"}
                self.assertEqual((got["id"], got["i"]), (case["id"], turn["i"]))
                self.assertEqual({k: got[k] for k in expected}, expected)
            self.assertEqual({k: got["final"][k] for k in case["final"]}, case["final"])
        self.assertIsNone(next(answers, None))

    @once("the command line")
    def test_bad_lines_are_named_and_the_rest_goes_on(self):
        path = pathlib.Path(self.dir) / "events.jsonl"
        good = '{"id":"g","events":[{"type":"status","t":1}]}'
        path.write_text(f"{good}\n\n{{\n{good}\n" + '{"id":"b","events":[{"type":"no","t":1}]}')
        code, out, errors = enigma("bias", "replay", str(path))
        self.assertEqual(code, 1)
        self.assertEqual([row["status"] for row in lines(out)], ["ACTIVE", "ACTIVE"])
        self.assertIn("line 3: is not valid JSON", errors)
        self.assertIn("line 5: events[0]: type is unknown", errors)
        self.assertEqual(enigma("bias", "replay")[0], 2)
        self.assertNotEqual(enigma("bias", "replay", str(path) + ".none")[0], 0)

    @once("the command line")
    def test_detect(self):
        path = pathlib.Path(self.dir) / "said.jsonl"
        said = ["What do your parents do for a living?", "What do the parents of this node hold?"]
        rows = [{"id": str(i), "text": text} for i, text in enumerate(said)]
        rows.append({"id": "2", "text": said[0], "speaker": "STUDENT"})
        rows.append({"id": "3", "text": said[0], "speaker": "student"})
        path.write_text("\n".join(map(json.dumps, rows)) + "\nnothing\n")
        code, out, errors = enigma("bias", "detect", "--jsonl", str(path))
        found = lines(out)
        self.assertEqual(code, 1)
        self.assertIn("line 5: is not a JSON object", errors)
        self.assertEqual([row["bias_detected"] for row in found], [True, False, False, False])
        self.assertEqual(found[0]["bias_types"], ["SOCIOECONOMIC"])
        self.assertEqual(found[0]["evidence_quotes"], [said[0]])
        self.assertEqual(found[0]["recommended_action"], "NUDGE")
        self.assertEqual(found[1]["severity"], "NONE")
        path.write_text(said[0] + "\n")
        self.assertIn("SOCIOECONOMIC: What do", enigma("bias", "detect", str(path), check=0)[1])


if __name__ == "__main__":
    unittest.main()
