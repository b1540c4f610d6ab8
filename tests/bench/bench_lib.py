"""What the benchmark drivers share: processes, wrk, medians, the table."""
import http.client
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time

BUILD = os.environ.get('BENCH_BUILD', 'build-bench')
ENIGMA = os.path.join(BUILD, 'enigma')
RUNS = int(os.environ.get('BENCH_RUNS', '5'))
SECONDS = float(os.environ.get('BENCH_SECONDS', '3'))
HERE = os.path.dirname(os.path.abspath(__file__))


def tool(name):
    return os.path.join(BUILD, 'tests', 'bench_' + name)


def scratch():
    return tempfile.mkdtemp(prefix='enigma-bench-')


def remove(path):
    shutil.rmtree(path, ignore_errors=True)


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def pinned(core, command):
    """Server on one core, client on the other, where there are two."""
    return ['taskset', '-c', str(core)] + command if os.cpu_count() > 1 else command


class Server:
    """A server on a port of its own, pinned to the first core."""

    def __init__(self, command, path='/', pin=True, env=None):
        self.port = free_port()
        full = [a.replace('PORT', str(self.port)) for a in command]
        self.process = subprocess.Popen(pinned(0, full) if pin else full, env=env,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.ready_s = self.wait(path)

    def wait(self, path):
        began = time.monotonic()
        while time.monotonic() - began < 30:
            if self.process.poll() is not None:
                raise SystemExit('a server of the benchmark ended at once')
            try:
                c = http.client.HTTPConnection('127.0.0.1', self.port, timeout=5)
                c.request('GET', path)
                c.getresponse().read()
                c.close()
                return time.monotonic() - began
            except OSError:
                time.sleep(0.001)
        raise SystemExit('a server of the benchmark does not answer')

    def url(self, path):
        return 'http://127.0.0.1:%d%s' % (self.port, path)

    def status(self, name):
        with open('/proc/%d/status' % self.process.pid) as f:
            return int(re.search(r'^%s:\s+(\d+)' % name, f.read(), re.M).group(1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(25)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def enigma_serve(folder, pin=True):
    env = dict(os.environ, THROTTLE_PERCENT='0', LOG_LEVEL='warning')
    return Server([ENIGMA, 'serve', '--data-dir', folder, '--listen', '127.0.0.1:PORT'],
                  '/health', pin, env)


def wrk(url, connections=64, seconds=SECONDS, script=None, headers=()):
    command = ['wrk', '-t1', '-c%d' % connections, '-d%gs' % seconds]
    for h in headers:
        command += ['-H', h]
    if script:
        command += ['-s', script]
    text = subprocess.run(pinned(1, command + [url]), capture_output=True, text=True,
                          check=True).stdout
    bad = re.search(r'Non-2xx or 3xx responses: (\d+)', text)
    return float(re.search(r'Requests/sec:\s+([\d.]+)', text).group(1)), \
        int(bad.group(1)) if bad else 0


def alternate(*measures):
    """Median of several runs each, in alternating order, so that all see the same machine."""
    got = [[] for _ in measures]
    for i in range(RUNS):
        order = list(enumerate(measures))
        for at, fn in order if i % 2 == 0 else reversed(order):
            got[at].append(fn())
    return [statistics.median(g) for g in got]


def row(what, figure, floor='', ratio=None, aim=''):
    print('| %-46s | %16s | %12s | %5s | %-22s |'
          % (what, figure, floor, '' if ratio is None else '%.2f' % ratio, aim), flush=True)


def heading(title):
    print('\n%s\n' % title)
    row('what', 'figure', 'floor', None, 'aim')
    print('|%s|%s|%s|%s|%s|' % ('-' * 48, '-' * 17 + ':', '-' * 13 + ':', '-' * 6 + ':', '-' * 24))
