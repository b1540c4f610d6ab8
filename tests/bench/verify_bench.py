"""Verification of chain and tree, and of the rows bound to the log."""
import os
import re
import subprocess

from bench_lib import heading, row, tool

ENTRIES = os.environ.get('BENCH_ENTRIES', '1000000')
APPLICATIONS = os.environ.get('BENCH_VERIFY_APPLICATIONS', '20000')

# Of one application: two rows with its texts, the same anonymous, mapping, score, two keys.
ROWS_EACH = 8


def main():
    heading('Verification on one core: %s entries; rows of %s applications'
            % (ENTRIES, APPLICATIONS))
    text = subprocess.run([tool('audit_bench'), ENTRIES, APPLICATIONS], check=True,
                          capture_output=True, text=True).stdout
    for line in text.splitlines():
        append = re.match(r'append: .* ([\d.]+) us CPU each', line)
        found = re.match(r'(.*): (\d+) entries, ([\d.]+) s CPU, .* (\d+)/s, peak (\d+) KiB', line)
        if append:
            row('append one entry, CPU', append.group(1) + ' us')
        elif found and found.group(1) == 'chain and tree':
            row('chain and tree, %s entries' % found.group(2), found.group(3) + ' s CPU', '', None,
                '<= 2 s for 1,000,000')
            row('peak memory', '%.1f MiB' % (int(found.group(5)) / 1024), '', None, '<= 32 MiB')
        elif found and found.group(1) == 'chain of a cycle':
            chain_s = float(found.group(3))
        elif found and found.group(1) == 'with rows':
            rows, both_s = ROWS_EACH * int(APPLICATIONS), float(found.group(3))
            row('rows bound to the log (the chain taken off)',
                '%.0f rows/s' % (rows / (both_s - chain_s)), '', None, '>= 150,000 rows/s')
            row('chain, tree and rows together', '%.0f rows/s' % (rows / both_s))


main()
