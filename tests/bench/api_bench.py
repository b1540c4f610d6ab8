"""GET /applications/{id} with its login check, and durable submissions at 64 in flight."""
import hashlib
import os
import shutil
import sqlite3
import subprocess

from bench_lib import (ENIGMA, HERE, RUNS, SECONDS, Server, alternate, enigma_serve, heading,
                       remove, row, scratch, tool, wrk)

STUDENTS = int(os.environ.get('BENCH_STUDENTS', '60000'))
WHEN = '2026-01-01T00:00:00.000000Z'
LATER = '2099-01-01T00:00:00.000000Z'


def cookie_of(i):
    return hashlib.sha256(b'bench cookie %d' % i).hexdigest()


def seed(folder):
    """A demo's data, an open cycle, students with logins; the first owns an application."""
    subprocess.run([ENIGMA, 'demo', '--no-serve', '--json', '--applications', '2000',
                    '--data-dir', folder], check=True, stdout=subprocess.DEVNULL)
    db = sqlite3.connect(os.path.join(folder, 'enigma.db'))
    owner, application = db.execute('SELECT student_id, application_id FROM applications').fetchone()
    now = db.execute("SELECT strftime('%Y-%m-%dT%H:%M:%S.000000Z', 'now')").fetchone()[0]
    db.execute("INSERT INTO admission_cycles (cycle_id, cycle_name, phase, is_open, max_seats,"
               " current_seats, selected_count, result_date, start_date, end_date, created_at,"
               " created_by, version) SELECT 'CYC_20260101_000000_BNCH', 'Bench', 'submission', 1,"
               " 1000000, 0, 0, ?, ?, ?, ?, admin_id, 1 FROM admin_users LIMIT 1",
               (LATER, WHEN, LATER, WHEN))
    db.executemany("INSERT INTO student_accounts (student_id, primary_email, display_name, status,"
                   " created_at, updated_at) VALUES (?, ?, 'Bench', 'active', ?, ?)",
                   (('STU_%026d' % i, 'bench%d@example.org' % i, WHEN, WHEN)
                    for i in range(STUDENTS)))

    def session(i, student):
        return ('SES_%026d' % i, student,
                hashlib.sha256(cookie_of(i).encode()).hexdigest(), LATER, now, now)

    db.executemany("INSERT INTO student_sessions (session_id, student_id, session_token_hash,"
                   " expires_at, created_at, last_active_at, revoked) VALUES (?, ?, ?, ?, ?, ?, 0)",
                   [session(i, 'STU_%026d' % i) for i in range(STUDENTS)]
                   + [session(STUDENTS, owner)])
    db.commit()
    db.execute('PRAGMA wal_checkpoint(TRUNCATE)')
    db.close()
    return application


def reads(folder, application):
    path = os.path.join(folder, 'enigma.db')
    cookie = 'Cookie: enigma_student_session=' + cookie_of(STUDENTS)
    bad = []
    with Server([tool('read_server'), 'PORT', os.path.abspath(path)],
                '/bare/' + application) as floor, enigma_serve(folder) as ours:

        def one():
            rate, refused = wrk(ours.url('/applications/' + application), headers=[cookie])
            bad.append(refused)
            return rate

        bare, rate = alternate(lambda: wrk(floor.url('/bare/' + application))[0], one)
    if any(bad):
        raise SystemExit('GET /applications/{id} was refused')
    row('GET /applications/{id} with login check', '%.0f/s' % rate, '%.0f/s' % bare, rate / bare,
        '>= 0.60')


def copy_of(folder):
    to = scratch()
    remove(to)
    shutil.copytree(folder, to)
    return to


def stored(folder):
    db = sqlite3.connect(os.path.join(folder, 'enigma.db'))
    n = db.execute("SELECT COUNT(*) FROM applications WHERE admission_cycle_id ="
                   " 'CYC_20260101_000000_BNCH'").fetchone()[0]
    db.close()
    return n


def submissions(folder, keys):
    lua = os.path.join(HERE, 'submit.lua')

    def ours():
        data = copy_of(folder)
        os.environ['BENCH_KEYS'] = '1' if keys else ''
        with enigma_serve(data, pin=False) as s:
            _, refused = wrk(s.url('/applications'), seconds=SECONDS, script=lua)
        n = stored(data)
        if refused or n >= STUDENTS:
            raise SystemExit('%d submissions were refused: set BENCH_STUDENTS higher' % refused)
        remove(data)
        return n / SECONDS

    def floor():
        data = copy_of(folder)
        n = subprocess.run([tool('insert_floor'), os.path.join(data, 'enigma.db'),
                            'CYC_20260101_000000_BNCH', str(SECONDS)] + (['keys'] if keys else []),
                           check=True, capture_output=True, text=True).stdout
        remove(data)
        return float(n)

    bare, rate = alternate(floor, ours)
    row('POST /applications, 64 in flight, durable%s' % (', with key' if keys else ''),
        '%.0f/s' % rate, '%.0f/s' % bare, rate / bare, '>= 0.50')


def main():
    heading('API, median of %d runs of %g s' % (RUNS, SECONDS))
    folder = scratch()
    application = seed(folder)
    cookies = os.path.join(folder, 'cookies')
    with open(cookies, 'w') as f:
        f.writelines(cookie_of(i) + '\n' for i in range(STUDENTS))
    os.environ['BENCH_COOKIES'] = cookies
    try:
        reads(folder, application)
        submissions(folder, False)
        submissions(folder, True)
    finally:
        remove(folder)


main()
