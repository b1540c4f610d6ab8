"""What is forbidden against what is missing: medians of the same request for both, and Welch's t."""
import http.client
import json
import os
import statistics
import subprocess
import time

from bench_lib import ENIGMA, Server, heading, remove, row, scratch

TRIES = int(os.environ.get('BENCH_PROBES', '3000'))
PASSWORD = 'correct horse battery staple'
MISSING = 'APP_01ARZ3NDEKTSV4RRFFQ69G5FAV'
REASON = {'reason': 'a probe of the benchmark'}


class Caller:
    """One connection that stays open, by cookie or token."""

    def __init__(self, s, **headers):
        self.connection = http.client.HTTPConnection('127.0.0.1', s.port, timeout=60)
        self.headers = {'Content-Type': 'application/json', 'Sec-Fetch-Site': 'same-origin', **headers}

    def call(self, method, path, body=None):
        self.connection.request(method, path, body and json.dumps(body), self.headers)
        r = self.connection.getresponse()
        return r.status, r.getheaders(), r.read()


def student(s, number):
    c = Caller(s)
    people = json.loads(c.call('GET', '/auth/demo/personas')[2])
    headers = c.call('POST', '/auth/demo/personas', {'persona_id': people[number]['persona_id']})[1]
    return Caller(s, Cookie=dict(headers)['Set-Cookie'].split(';')[0])


def application():
    return {'name': 'Ada Testwell', 'email': 'ada@example.org', 'gpa': 3.4,
            'test_scores': {'SAT': 1300}, 'achievements': 'Won the regional science fair.',
            'essay': 'I kept bees for three summers and wrote down what I saw each day. ' * 3}


def cycle():
    stamp = lambda t: time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(t))
    now = time.time()
    return {'cycle_name': 'Bench', 'max_seats': 5, 'start_date': stamp(now - 3600),
            'end_date': stamp(now + 86400), 'result_date': stamp(now + 2 * 86400)}


def compare(name, caller, method, path, found, body=None):
    """By turns, so that what happens on the machine meets both."""
    times = {found: [], MISSING: []}
    answers = set()
    for i in range(TRIES):
        for which in (found, MISSING) if i % 2 else (MISSING, found):
            began = time.perf_counter()
            status, _, text = caller.call(method, path % which, body)
            times[which].append(time.perf_counter() - began)
            answers.add((status, text))
    if len(answers) != 1 or next(iter(answers))[0] != 404:
        raise SystemExit('forbidden and missing answer differently: %s' % answers)
    a, b = times[found], times[MISSING]
    # Without the slowest twentieth, which is the machine's.
    a, b = (sorted(v)[:TRIES * 19 // 20] for v in (a, b))
    t = ((statistics.fmean(a) - statistics.fmean(b)) /
         ((statistics.variance(a) + statistics.variance(b)) / len(a)) ** 0.5)
    row('%s, forbidden / missing' % name, '%.0f us' % (1e6 * statistics.median(a)),
        '%.0f us' % (1e6 * statistics.median(b)), statistics.median(a) / statistics.median(b),
        'close to 1')
    row('  Welch t of %d each' % len(a), '%.1f' % t, '', None, '|t| < 4.5')


def main():
    heading('identity firewall')
    folder = scratch()
    try:
        subprocess.run([ENIGMA, 'create-admin', 'ada', '--role', 'admin', '--password-stdin',
                        '--data-dir', folder], input=PASSWORD + '\n', text=True, check=True,
                       stdout=subprocess.DEVNULL)
        env = dict(os.environ, THROTTLE_PERCENT='0', LOG_LEVEL='warning', DEMO='true')
        with Server([ENIGMA, 'serve', '--data-dir', folder, '--listen', '127.0.0.1:PORT'],
                    '/health', True, env) as s:
            token = json.loads(Caller(s).call('POST', '/admin/auth/login', {
                'username': 'ada', 'password': PASSWORD})[2])['token']
            admin = Caller(s, Authorization='Bearer ' + token)
            if admin.call('POST', '/admin/cycles', cycle())[0] != 200:
                raise SystemExit('the benchmark has no cycle')
            mine = json.loads(student(s, 0).call('POST', '/applications', application())[2])
            other, found = student(s, 1), mine['application_id']
            compare("another's status", other, 'GET', '/applications/%s', found)
            compare("another's timeline", other, 'GET', '/applications/%s/timeline', found)
            compare('an identity too early', admin, 'POST', '/admin/applications/%s/identity', found,
                    REASON)
    finally:
        remove(folder)


main()
