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


# Pages are the same on every database; each file runs on one, and each database has files that read
# and write a lot. ENIGMA_TEST_WEB=all runs every file on the database at hand.
ON = {"staff_test.mjs": "postgres", "settings_test.mjs": "postgres", "student_test.mjs": "pooler",
      "reading_test.mjs": "pooler"}
# Speech is played and heard in real time, which needs the machine for itself.
ALONE = {"spoken_test.mjs", "reconnect_test.mjs"}


def target():
    if not os.environ.get("ENIGMA_TEST_DATABASE"):
        return "sqlite"
    return "pooler" if os.environ.get("ENIGMA_TEST_POOLER") else "postgres"


def why_not(name):
    """Why the file does not run now, or None: ENIGMA_TEST_WEB is unset, together, alone or all."""
    when = os.environ.get("ENIGMA_TEST_WEB")
    if when == "all":
        return None
    if not when:
        return "pages have a run of their own"
    if (when == "alone") != (name in ALONE):
        return "it runs alone" if name in ALONE else "it runs beside the others"
    on = ON.get(name, "sqlite")
    return None if on == target() else "once is enough: it runs on " + on


def one(file):
    def test(self):
        why = why_not(file.name)
        if why:
            self.skipTest(why)
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
