"""The scrubber on one core beside a PCRE2-JIT pass of the same recognisers, on the applications of the
development set (every layer, tables, verifier), and the command that streams them."""
import glob
import json
import os
import resource
import subprocess
import sys
import time

from bench_lib import BUILD, ENIGMA, HERE, RUNS, heading, pinned, remove, row, scratch, tool

COPIES = 200


def show(got, what, texts):
    scrub, floor = float(got[what + 'scrub_mb_s']), float(got[what + 'pcre2_mb_s'])
    heading(f"Scrubbing, one core, applications of {got[what + 'mean_bytes']} bytes ({texts})")
    row('all passes, against PCRE2-JIT recognisers', f'{scrub:.1f} MB/s', f'{floor:.1f} MB/s', scrub / floor,
        '>= 30 MB/s')
    row('an application, median', f"{got[what + 'p50_us']} us")
    row('an application, 99 of 100', f"{got[what + 'p99_us']} us", aim='<= 200 us')


def stream_once(command, path):
    """Seconds of wall time and of processors that the command takes over the file."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    with open(path, 'rb') as lines:
        subprocess.run(command, check=True, stdin=lines, stdout=subprocess.DEVNULL)
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def show_stream(path, many):
    """The command itself: JSON read and written, start and end included."""
    with open(path, encoding='utf-8') as lines:
        rows = [json.loads(line) for line in lines]
    size = COPIES * sum(len(r['essay'].encode()) + len(r['achievements'].encode()) for r in rows) / 1e6
    with open(many, 'w', encoding='utf-8') as out:
        for r in rows:
            r.pop('spans')
        out.writelines(json.dumps(r, ensure_ascii=False) + '\n' for _ in range(COPIES) for r in rows)
    command = [ENIGMA, 'scrub', '--jsonl']
    one = min(stream_once(pinned(0, command), many) for _ in range(RUNS))
    every = min(stream_once(command, many) for _ in range(RUNS))
    heading(f'`enigma scrub --jsonl` on {size:.0f} MB of the development set, MB of texts a second')
    row('on one processor, wall', f'{size / one[0]:.1f} MB/s')
    row(f'on {os.cpu_count()}, wall', f'{size / every[0]:.1f} MB/s', ratio=one[0] / every[0])
    row('the same for each second of its processors', f'{size / every[1]:.1f} MB/s')


def show_engine(text):
    got = dict(line.split('\t') for line in text.splitlines())
    tables = sum(os.path.getsize(path) for path in
                 glob.glob(os.path.join(BUILD, 'gen', 'lexicon', 'lexicon_*.bin')))
    show(got, '', 'dense with identifiers: the development set')
    show(got, 'long_', 'the same, each going on with what was left of three others')
    row('tables', f'{tables / 2**20:.2f} MiB', aim='<= 8 MiB')
    row('first look into the tables', f"{got['table_us']} us", aim='load <= 20 ms')


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
        show_engine(text)
        show_stream(path, os.path.join(folder, 'many.jsonl'))
    finally:
        remove(folder)


main()
