"""Sign-in: checks of live logins a second, refused sign-ins by kind, and a hundred at once."""
import http.client
import json
import os
import statistics
import subprocess
import threading
import time

from bench_lib import ENIGMA, SECONDS, Server, heading, remove, row, scratch, wrk

PASSWORD = 'correct horse battery staple'
AT_ONCE = int(os.environ.get('BENCH_LOGINS', '100'))
TRIES = int(os.environ.get('BENCH_TRIES', '10'))


def enigma(folder, *args, stdin=PASSWORD + '\n'):
    subprocess.run([ENIGMA, *args, '--data-dir', folder], input=stdin, text=True, check=True,
                   stdout=subprocess.DEVNULL)


def call(s, method, path, body=None, headers=None):
    c = http.client.HTTPConnection('127.0.0.1', s.port, timeout=120)
    try:
        c.request(method, path, body and json.dumps(body),
                  {'Content-Type': 'application/json', **(headers or {})})
        r = c.getresponse()
        return r.status, dict(r.getheaders()), r.read()
    finally:
        c.close()


def login(s, name='ada', password=PASSWORD, **more):
    return call(s, 'POST', '/admin/auth/login', {'username': name, 'password': password, **more})


def checks(s):
    token = json.loads(login(s)[2])['token']
    cookie = login(s, cookie=True)[1]['Set-Cookie'].split(';')[0]
    made = call(s, 'POST', '/admin/tokens', {'name': 'bench', 'scopes': ['cycles:read']},
                {'Authorization': 'Bearer ' + token})[2]
    kinds = {'bearer token': 'Authorization: Bearer ' + token,
             'cookie': 'Cookie: ' + cookie,
             'API token': 'Authorization: Bearer ' + json.loads(made)['token']}
    for kind, header in kinds.items():
        rate, refused = wrk(s.url('/admin/auth/me'), headers=[header])
        if refused:
            raise SystemExit('a login of the benchmark was refused')
        row('GET /admin/auth/me by ' + kind, '%.0f/s' % rate)


def refusals(s):
    """S-13; each kind costs one hash."""
    names = {'unknown user': 'nobody', 'wrong password': 'ada', 'inactive user': 'eve'}
    times = {kind: [] for kind in names}
    for _ in range(TRIES):
        for kind, name in names.items():
            began = time.monotonic()
            if login(s, name, PASSWORD if name == 'eve' else 'wrong wrong')[0] != 401:
                raise SystemExit('a refusal of the benchmark was none')
            times[kind].append(time.monotonic() - began)
    medians = {kind: statistics.median(v) for kind, v in times.items()}
    for kind, m in medians.items():
        row('sign-in refused, %s, median' % kind, '%.1f ms' % (1000 * m), '',
            m / medians['wrong password'], '0.95 to 1.05')


def health_p99(s, until):
    c = http.client.HTTPConnection('127.0.0.1', s.port, timeout=30)
    times = []
    while not until():
        began = time.monotonic()
        c.request('GET', '/health')
        c.getresponse().read()
        times.append(time.monotonic() - began)
        time.sleep(0.002)
    c.close()
    return sorted(times)[len(times) * 99 // 100]


def crowd(s):
    end = time.monotonic() + SECONDS
    idle = health_p99(s, lambda: time.monotonic() > end)
    got = []
    threads = [threading.Thread(target=lambda: got.append(login(s)[0])) for _ in range(AT_ONCE)]
    began = time.monotonic()
    for t in threads:
        t.start()
    busy = health_p99(s, lambda: len(got) == AT_ONCE)
    took = time.monotonic() - began
    row('%d sign-ins at once' % AT_ONCE, '%.1f s' % took, '', None,
        ', '.join('%d: %d' % (code, got.count(code)) for code in sorted(set(got))))
    row('/health p99 meanwhile', '%.1f ms' % (1000 * busy), '%.1f ms' % (1000 * idle), busy / idle,
        '<= 20 ms')


def main():
    heading('Sign-in, bcrypt at cost 12')
    folder = scratch()
    try:
        for name in ('ada', 'eve'):
            enigma(folder, 'create-admin', name, '--role', 'super_admin', '--password-stdin')
        enigma(folder, 'users', 'deactivate', 'eve')
        env = dict(os.environ, THROTTLE_PERCENT='0', LOG_LEVEL='warning',
                   LOGIN_FAILURES_ACCOUNT='1000', LOGIN_FAILURES_ADDRESS='100000')
        with Server([ENIGMA, 'serve', '--data-dir', folder, '--listen', '127.0.0.1:PORT'],
                    '/health', True, env) as s:
            checks(s)
            refusals(s)
        with Server([ENIGMA, 'serve', '--data-dir', folder, '--listen', '127.0.0.1:PORT'],
                    '/health', False, env) as s:
            crowd(s)
    finally:
        remove(folder)


main()
