"""PostgreSQL with fsync: bare libpq loops as floors, submissions, bulk rows, a whole cycle, two
processes against one. The server is our own (tools/test-servers.sh durable) and stops at the end."""
import json
import os
import subprocess

from bench_lib import (ENIGMA, HERE, SECONDS, Server, alternate, heading, remove, row, scratch, tool, wrk)

APPLICATIONS = int(os.environ.get('BENCH_APPLICATIONS', '100000'))
STUDENTS = int(os.environ.get('BENCH_STUDENTS', '60000'))
SERVERS = os.path.join(HERE, '..', '..', 'tools', 'test-servers.sh')
CYCLE = 'CYC_20260101_000000_BNCH'
CONNECTIONS = 16
SEED = f"""
INSERT INTO admission_cycles (cycle_id, cycle_name, phase, is_open, max_seats, current_seats,
    selected_count, result_date, start_date, end_date, created_at, created_by, version)
    SELECT '{CYCLE}', 'Bench', 'submission', TRUE, 1000000, 0, 0, '2099-01-01Z', '2026-01-01Z',
    '2099-01-01Z', '2026-01-01Z', admin_id, 1 FROM admin_users LIMIT 1;
INSERT INTO cycle_intake (cycle_id, shard, taken) SELECT '{CYCLE}', i, 0 FROM generate_series(0, 31) i;
INSERT INTO student_accounts (student_id, primary_email, display_name, status, created_at, updated_at)
    SELECT 'STU_' || lpad(i::text, 26, '0'), 'bench' || i || '@example.org', 'Bench', 'active',
    '2026-01-01Z', '2026-01-01Z' FROM generate_series(0, {STUDENTS - 1}) i;
INSERT INTO student_sessions (session_id, student_id, session_token_hash, expires_at, created_at,
    last_active_at, revoked) SELECT 'SES_' || lpad(i::text, 26, '0'), 'STU_' || lpad(i::text, 26, '0'),
    encode(sha256(encode(sha256(('bench cookie ' || i)::bytea), 'hex')::bytea), 'hex'), '2099-01-01Z',
    now(), now(), FALSE FROM generate_series(0, {STUDENTS - 1}) i;
ANALYZE;
"""


class Database:
    """The server, and databases on it."""

    def __init__(self):
        self.dir = os.path.join(scratch(), 'pg')
        os.chmod(os.path.dirname(self.dir), 0o711)
        subprocess.run([SERVERS, 'durable', self.dir, str(os.getpid())], check=True)
        out = subprocess.run([SERVERS, 'env', self.dir], check=True, capture_output=True, text=True).stdout
        self.url = out.strip().split('=', 1)[1]

    def make(self, name):
        subprocess.run(['psql', '-qX', '-c', f'CREATE DATABASE {name}', self.url + '/postgres'], check=True)
        return f'{self.url}/{name}'

    def close(self):
        subprocess.run([SERVERS, 'stop', self.dir])
        remove(os.path.dirname(self.dir))


def figure(url, what, who, amount, threads, *more):
    command = [tool('pg_bench'), what, who, url, str(amount), str(threads), *more]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def pair(url, what, amount, threads):
    return alternate(lambda: figure(url, what, 'floor', amount, threads),
                     lambda: figure(url, what, 'ours', amount, threads))


def room(url):
    seconds = max(1, round(SECONDS))
    figure(url, 'setup', 'ours', 0, 1)
    for threads in (1, 4):
        floor, ours = pair(url, 'reads', seconds, threads)
        row('read by primary key, %d connections' % threads, '%.0f/s' % ours, '%.0f/s' % floor,
            ours / floor, '>= 0.60')
    floor, ours = pair(url, 'inserts', seconds, CONNECTIONS)
    row('durable insert, %d connections' % CONNECTIONS, '%.0f/s' % ours, '%.0f/s' % floor, ours / floor,
        '>= 0.70')
    floor, ours = pair(url, 'bulk', APPLICATIONS, 1)
    row('bulk load of %d rows, COPY' % APPLICATIONS, '%.0f/s' % ours, '%.0f/s' % floor, ours / floor,
        '>= 0.60')


def stored(url):
    out = subprocess.run(['psql', '-qAtX', '-c', "SELECT count(*) FROM applications WHERE "
                          f"admission_cycle_id = '{CYCLE}' AND student_id IS NOT NULL", url], check=True,
                         capture_output=True, text=True).stdout
    return int(out)


def submissions(url, folder):
    cookies = os.path.join(folder, 'cookies')
    out = subprocess.run(['psql', '-qAtX', '-c', "SELECT encode(sha256(('bench cookie ' || i)::bytea), 'hex') "
                          f'FROM generate_series(0, {STUDENTS - 1}) i', url], check=True,
                         capture_output=True, text=True).stdout.splitlines()
    env = dict(os.environ, DATABASE_URL=url, THROTTLE_PERCENT='0', LOG_LEVEL='warning')
    seconds = max(1, round(SECONDS))
    used = [0]

    def ours():
        before = stored(url)
        with open(cookies, 'w') as f:
            f.writelines(c + '\n' for c in out[used[0]:])
        os.environ['BENCH_COOKIES'] = cookies
        os.environ['BENCH_KEYS'] = '1'
        with Server([ENIGMA, 'serve', '--data-dir', folder, '--listen', '127.0.0.1:PORT'], '/health/ready',
                    False, env) as s:
            wrk(s.url('/applications'), connections=CONNECTIONS, seconds=seconds,
                script=os.path.join(HERE, 'submit.lua'))
        done = stored(url) - before
        used[0] += done + CONNECTIONS
        return done / seconds

    def floor():
        rate = figure(url, 'submissions', 'floor', seconds, CONNECTIONS, CYCLE, 'keys')
        # Its entries are filler, which the sequencer would read and refuse ten times a second.
        subprocess.run(['psql', '-qX', '-c', 'DELETE FROM audit_pending', '-c', 'VACUUM audit_pending', url],
                       check=True)
        return rate

    floor, rate = alternate(floor, ours)
    row('POST /applications, %d connections, with key' % CONNECTIONS, '%.0f/s' % rate, '%.0f/s' % floor,
        rate / floor, '>= 0.70')


def demo(url, folder, n, threads=0):
    env = dict(os.environ, DATABASE_URL=url, JOB_THREADS=str(threads))
    out = subprocess.run([ENIGMA, 'demo', '--no-serve', '--json', '--applications', str(n), '--data-dir',
                          folder], check=True, capture_output=True, text=True, env=env).stdout
    return json.loads(out.splitlines()[-1])


def cycle(url, folder):
    got = demo(url, folder, APPLICATIONS)
    for phase, seconds in got['seconds'].items():
        row('cycle of %d: %s' % (APPLICATIONS, phase), '%.2f s' % seconds, '', None,
            '%.0f rows/s' % (APPLICATIONS / seconds) if seconds > 0.0005 else '')
    row('cycle: peak memory of the process', '%.0f MiB' % (got['peak_rss_bytes'] / 2**20))


def processes(url, folder, other):
    n = APPLICATIONS // 4
    demo(url, folder, 100, 1)
    alone = demo(url, folder, n, 1)['seconds']['processing']
    env = dict(os.environ, DATABASE_URL=url, KEYS_DIR=os.path.join(folder, 'keys'), LOG_LEVEL='warning')
    worker = subprocess.Popen([ENIGMA, 'worker', '--threads', '1', '--data-dir', other], env=env,
                              stdout=subprocess.DEVNULL)
    try:
        both = demo(url, folder, n, 1)['seconds']['processing']
    finally:
        worker.terminate()
        worker.wait()
    row('evaluation, two processes against one, a thread each', '%.0f rows/s' % (n / both),
        '%.0f rows/s' % (n / alone), alone / both)


def main():
    heading('PostgreSQL with fsync, by TCP on the same machine')
    database = Database()
    folders = [scratch() for _ in range(4)]
    try:
        url = database.make('bench')
        env = dict(os.environ, DATABASE_URL=url, BCRYPT_COST='4')
        subprocess.run([ENIGMA, 'init', '--data-dir', folders[0]], check=True, env=env,
                       stdout=subprocess.DEVNULL)
        subprocess.run([ENIGMA, 'create-admin', 'bench', '--email', 'bench@example.org', '--role',
                        'super_admin', '--random-password', '--data-dir', folders[0]], check=True, env=env,
                       stdout=subprocess.DEVNULL)
        subprocess.run(['psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-c', SEED, url], check=True)
        room(url)
        submissions(url, folders[0])
        cycle(database.make('cycle'), folders[1])
        processes(database.make('two'), folders[2], folders[3])
    finally:
        database.close()
        for folder in folders:
            remove(folder)


main()
