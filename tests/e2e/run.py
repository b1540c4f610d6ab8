"""Runs every *_test.py here and tells at the end where the time went: python3 run.py [PATTERN]"""

import pathlib
import sys
import time
import unittest

SHOWN = 12


class Timed(unittest.TextTestResult):
    """Keeps the seconds of each test; setUpClass counts for nothing but the whole."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.seconds = []

    def startTest(self, test):
        self.began = time.monotonic()
        super().startTest(test)

    def stopTest(self, test):
        self.seconds.append((time.monotonic() - self.began, test.id()))
        super().stopTest(test)


def main():
    here = str(pathlib.Path(__file__).parent)
    tests = unittest.defaultTestLoader.discover(here, pattern=sys.argv[1] if len(sys.argv) > 1 else "*_test.py")
    result = unittest.TextTestRunner(verbosity=2, resultclass=Timed).run(tests)
    for seconds, name in sorted(result.seconds, reverse=True)[:SHOWN]:
        print(f"time {seconds:.1f} s {name}", file=sys.stderr)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
