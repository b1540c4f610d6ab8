"""The pages in Chromium, driven by Playwright: each file of tests/web is one test here."""

import os
import pathlib
import shutil
import subprocess
import unittest

from support import BIN

WEB = pathlib.Path(__file__).parents[1] / "web"


def packages():
    """What tests/web needs, fetched once a clone and again when its lock file changes."""
    made = WEB / "node_modules" / ".made-from"
    lock = (WEB / "package-lock.json").read_text(encoding="utf-8")
    if made.exists() and made.read_text(encoding="utf-8") == lock:
        return
    done = subprocess.run(["flock", str(WEB / "package.json"), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                          cwd=WEB, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise AssertionError("npm ci in tests/web: " + done.stderr)
    made.write_text(lock, encoding="utf-8")


class Web(unittest.TestCase):
    maxDiff = None


# Speech is played and heard in real time: three runs at once on two cores are too much for it.
ALONE = {"spoken_test.mjs"}


def one(file):
    alone = file.name in ALONE

    def test(self):
        if alone != bool(os.environ.get("ENIGMA_TEST_ALONE")):
            self.skipTest("it runs alone, after the other runs" if alone else "it ran beside the others")
        packages()
        done = subprocess.run([shutil.which("node"), "--test", "--test-reporter=tap", str(file)], capture_output=True, text=True,
                              timeout=900, env={**os.environ, "ENIGMA_BIN": os.path.abspath(BIN)})
        passed = [line for line in done.stdout.splitlines() if line.startswith("# pass ")]
        self.assertEqual(done.returncode, 0, done.stdout[-8000:] + done.stderr[-2000:])
        self.assertTrue(passed and passed[0] != "# pass 0", "no test ran: " + done.stdout)
    test.__doc__ = file.read_text(encoding="utf-8").splitlines()[0].strip("/* ").rstrip(" */")
    return test


for found in sorted(WEB.glob("*_test.mjs")):
    setattr(Web, "test_" + found.name.removesuffix("_test.mjs"), one(found))


if __name__ == "__main__":
    unittest.main()
