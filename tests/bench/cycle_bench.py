"""One cycle through all phases: seconds and rows a second by phase, peak memory, cost per row."""
import json
import os
import resource
import subprocess

from bench_lib import ENIGMA, heading, remove, row, scratch

APPLICATIONS = int(os.environ.get('BENCH_APPLICATIONS', '100000'))


def verify(folder, how):
    """CPU seconds and peak memory of the command itself."""
    p = subprocess.Popen([ENIGMA, 'audit', 'verify', how, '--data-dir', folder],
                         stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(p.pid, 0)
    if status:
        raise SystemExit('the log of the cycle does not verify')
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def cycle(n):
    folder = scratch()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    text = subprocess.run([ENIGMA, 'demo', '--no-serve', '--json', '--applications', str(n),
                           '--data-dir', folder], check=True, capture_output=True,
                          text=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    got = json.loads(text)
    got['verify'] = [verify(folder, '--no-rows'), verify(folder, '--rows')]
    remove(folder)
    got['cpu'] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return got


def main():
    few = min(10000, APPLICATIONS)
    small, large = cycle(few), cycle(APPLICATIONS)
    heading('Cycle of %d applications, builtin provider' % APPLICATIONS)
    for phase, seconds in large['seconds'].items():
        if phase == 'submission':
            what = 'submission (seeding; accounts included)'
        else:
            what = phase
        row(what, '%.2f s' % seconds, '', None,
            '%.0f rows/s' % (APPLICATIONS / seconds) if seconds > 0.0005 else '')
    steps = sum(large['seconds'].values())
    row('all phases', '%.1f s' % steps, '', None, '<= 20 s at 100,000')
    row('CPU, with verification at the end', '%.1f s' % large['cpu'])
    row('peak memory', '%.0f MiB' % (large['peak_rss_bytes'] / 2**20), '', None, '<= 128 MiB')
    for what, (cpu, peak) in zip(('chain and tree', 'with rows'), large['verify']):
        row('audit verify, ' + what, '%.2f s CPU' % cpu, '', None, '%.1f MiB' % peak)
    per = [1e6 * sum(r['seconds'].values()) / n for r, n in ((small, few), (large, APPLICATIONS))]
    row('cost per row, %d against %d' % (APPLICATIONS, few), '%.0f us' % per[1], '%.0f us' % per[0],
        per[1] / per[0], 'flat')


main()
