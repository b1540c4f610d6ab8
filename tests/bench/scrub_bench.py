"""The scrubber on one core beside a PCRE2-JIT pass of the same recognisers, on the applications of the
development set (every layer, tables, verifier)."""
import os
import subprocess
import sys

from bench_lib import HERE, heading, remove, row, scratch, tool


def main():
    root = os.path.dirname(os.path.dirname(HERE))
    folder = scratch()
    path = os.path.join(folder, 'applications.jsonl')
    try:
        with open(path, 'wb') as out:
            subprocess.run([sys.executable, os.path.join(root, 'tools', 'scrub', 'make_gold.py'), 'dev'],
                           check=True, stdout=out)
        text = subprocess.run([tool('scrub_bench'), path], check=True, capture_output=True,
                              text=True).stdout
    finally:
        remove(folder)
    got = dict(line.split('\t') for line in text.splitlines())
    scrub, floor = float(got['scrub_mb_s']), float(got['pcre2_mb_s'])
    heading(f"Scrubbing, one core, applications of {got['mean_bytes']} bytes")
    row('all passes and the verifier', f'{scrub:.1f} MB/s')
    row('PCRE2-JIT, recognisers alone', f'{floor:.1f} MB/s', f'{scrub / floor:.2f} x')
    row('an application, median', f"{got['p50_us']} us")
    row('an application, 99 of 100', f"{got['p99_us']} us")
    row('first look into the tables', f"{got['table_us']} us")


main()
