"""Micro figures of one core, beside the floors of the stack's comparison on a like machine."""
import subprocess

from bench_lib import heading, row, tool


def main():
    heading('Crypto and encoding, one core')
    text = subprocess.run([tool('crypto_bench')], check=True, capture_output=True,
                          text=True).stdout
    for line in text.splitlines():
        what, rate = line.split('\t')
        row(what, rate + '/s')
    text = subprocess.run([tool('compare_bench')], check=True, capture_output=True,
                          text=True).stdout
    for line in text.splitlines():
        what, figure = line.split('\t')
        row(what, figure, '', None, 'below 4.5' if what.startswith('Welch') else 'within 1 %')


main()
