"""Microseconds of the built-in bias detector an utterance."""
import pathlib
import subprocess

from bench_lib import heading, row, tool


def main():
    heading('Bias detector, one core')
    labelled = pathlib.Path(__file__).parent.parent / 'data' / 'bias' / 'dev.jsonl'
    text = subprocess.run([tool('bias_bench'), str(labelled)], check=True, capture_output=True,
                          text=True).stdout
    for line in text.splitlines():
        what, took = line.split('\t')
        row(what, took + ' us', aim='50 us')


main()
