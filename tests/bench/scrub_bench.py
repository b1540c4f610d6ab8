"""The scrubber on one core beside a PCRE2-JIT pass of the same recognisers, on the applications of the
development set (every layer, tables, verifier)."""
import glob
import os
import subprocess
import sys

from bench_lib import BUILD, HERE, heading, remove, row, scratch, tool


def show(got, what, texts):
    scrub, floor = float(got[what + 'scrub_mb_s']), float(got[what + 'pcre2_mb_s'])
    heading(f"Scrubbing, one core, applications of {got[what + 'mean_bytes']} bytes ({texts})")
    row('all passes, against PCRE2-JIT recognisers', f'{scrub:.1f} MB/s', f'{floor:.1f} MB/s', scrub / floor,
        '>= 30 MB/s')
    row('an application, median', f"{got[what + 'p50_us']} us")
    row('an application, 99 of 100', f"{got[what + 'p99_us']} us", aim='<= 200 us')


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
    tables = sum(os.path.getsize(path) for path in
                 glob.glob(os.path.join(BUILD, 'gen', 'lexicon', 'lexicon_*.bin')))
    show(got, '', 'dense with identifiers: the development set')
    show(got, 'long_', 'the same, each going on with what was left of three others')
    row('tables', f'{tables / 2**20:.2f} MiB', aim='<= 8 MiB')
    row('first look into the tables', f"{got['table_us']} us", aim='load <= 20 ms')


main()
