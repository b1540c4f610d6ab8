"""The database room against bare prepared SQLite: what bench_db_bench prints, as a table."""
import re
import subprocess

from bench_lib import SECONDS, heading, row, tool


def main():
    heading('Database room')
    text = subprocess.run([tool('db_bench'), str(int(SECONDS * 1000))], check=True,
                          capture_output=True, text=True).stdout
    for line in text.splitlines():
        found = re.match(r'(.*?)\s+floor\s+(\d+)/s\s+ours\s+(\d+)/s\s+ratio ([\d.]+)', line)
        if found:
            what, floor, ours, ratio = found.groups()
            row(what, ours + '/s', floor + '/s', float(ratio))


main()
