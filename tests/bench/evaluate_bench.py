"""Evaluation by models: throughput against the ideal of a stub with fixed latency, CPU and memory of
the program itself, and what a process that is killed asks again."""
import http.client
import json
import os
import signal
import subprocess
import time

from bench_lib import ENIGMA, Server, heading, remove, row, scratch, tool

APPLICATIONS = int(os.environ.get('BENCH_EVALUATIONS', '10000'))
LATENCY_MS = 100
IN_FLIGHT = 256
RUNS_OF_WORKER = int(os.environ.get('BENCH_WORKER_RUNS', '2'))
CALLS = 2 * RUNS_OF_WORKER + 1


class Stub(Server):
    def __init__(self, latency_ms=LATENCY_MS):
        super().__init__([tool('llm_stub'), 'PORT', str(latency_ms)], '/stats', pin=False)

    def received(self):
        c = http.client.HTTPConnection('127.0.0.1', self.port, timeout=30)
        c.request('GET', '/stats')
        got = json.loads(c.getresponse().read())
        c.close()
        return got['received']


def env(stub):
    return dict(os.environ, LLM_PROVIDER='openai', LLM_BASE_URL=stub.url('/v1'), LOG_LEVEL='warning',
                LLM_MAX_IN_FLIGHT=str(IN_FLIGHT), LLM_WORKER_RUNS=str(RUNS_OF_WORKER))


def prepared(n):
    """A folder with a cycle that waits for its evaluation."""
    folder = scratch()
    text = subprocess.run([ENIGMA, 'demo', '--no-serve', '--json', '--until', 'export', '--applications',
                           str(n), '--data-dir', folder], check=True, capture_output=True, text=True).stdout
    return folder, json.loads(text)['cycle_id']


def command(folder, cycle, stub):
    return subprocess.Popen([ENIGMA, 'cycle', 'processing', cycle, '--as', 'demo-admin', '--json',
                             '--data-dir', folder], env=env(stub), stdout=subprocess.PIPE)


def ended(process):
    text = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if status:
        raise SystemExit('the evaluation did not end well')
    return json.loads(text)['phase'], usage


def evaluate(n, stub):
    folder, cycle = prepared(n)
    before, began = stub.received(), time.monotonic()
    phase, usage = ended(command(folder, cycle, stub))
    took = time.monotonic() - began
    calls = stub.received() - before
    if phase not in ('scored', 'processing') or calls < n:
        raise SystemExit('the evaluation is not what it should be: %s, %d calls' % (phase, calls))
    remove(folder)
    return {'calls': calls, 'seconds': took, 'cpu': usage.ru_utime + usage.ru_stime,
            'rss': usage.ru_maxrss / 1024}


def killed(n, stub):
    """Calls asked again, beyond those of an undisturbed run, after a kill in the middle."""
    folder, cycle = prepared(n)
    before = stub.received()
    process = command(folder, cycle, stub)
    while stub.received() - before < n * CALLS // 2:
        if process.poll() is not None:
            raise SystemExit('the evaluation ended too early')
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    worker = subprocess.Popen([ENIGMA, 'worker', '--data-dir', folder], env=dict(env(stub), LEASE_SECONDS='1'),
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    state = 'running'
    while state in ('queued', 'running'):
        time.sleep(0.2)
        text = subprocess.run([ENIGMA, 'jobs', 'list', '--cycle', cycle, '--json', '--data-dir', folder],
                              check=True, capture_output=True, text=True).stdout
        state = next(j['state'] for j in json.loads(text) if j['kind'] == 'evaluate')
    worker.send_signal(signal.SIGTERM)
    worker.wait()
    calls = stub.received() - before
    remove(folder)
    return calls


def main():
    few = max(100, APPLICATIONS // 10)
    with Stub() as stub:
        small, large = evaluate(few, stub), evaluate(APPLICATIONS, stub)
        again = killed(few, stub) - small['calls']
    with Stub(latency_ms=5) as stub:  # memory does not ask how long an answer takes
        most = evaluate(3 * APPLICATIONS, stub)
    ideal = large['calls'] * LATENCY_MS / 1000 / IN_FLIGHT
    heading('Evaluation of %d applications by models, %d ms latency, %d in flight'
            % (APPLICATIONS, LATENCY_MS, IN_FLIGHT))
    row('answers a second', '%.0f' % (large['calls'] / large['seconds']), '%.0f' % (large['calls'] / ideal),
        ideal / large['seconds'], '>= 0.90 of the ideal')
    row('all, from command to end', '%.1f s' % large['seconds'], '%.1f s' % ideal, None,
        '%d answers' % large['calls'])
    row('CPU for an application', '%.2f ms' % (1000 * large['cpu'] / APPLICATIONS), '', None,
        '%.0f us an answer' % (1e6 * large['cpu'] / large['calls']))
    row('peak memory, %d' % few, '%.0f MiB' % small['rss'], '', None, "the database's caches are not full")
    row('peak memory, %d against %d' % (3 * APPLICATIONS, APPLICATIONS), '%.0f MiB' % most['rss'],
        '%.0f MiB' % large['rss'], most['rss'] / large['rss'], 'flat')
    row('asked again after kill -9', '%d' % again, '', None, '<= %d in flight' % IN_FLIGHT)


main()
