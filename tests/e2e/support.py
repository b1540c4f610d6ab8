"""Runs the real binary in a folder of its own and talks to it over HTTP. Standard library only.

ENIGMA_TEST_DATABASE names a PostgreSQL server (ENIGMA_TEST_DIRECT the same past a pooler): then each
data folder has a database of its own there; otherwise it holds its SQLite file.
"""

import atexit
import base64
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import struct
import subprocess
import tempfile
import time
import unittest
import urllib.parse

BIN = os.environ.get("ENIGMA_BIN", str(pathlib.Path(__file__).parents[2] / "build" / "enigma"))
FAST = {"BCRYPT_COST": "4", "THROTTLE_PERCENT": "0", "LOG_LEVEL": "warning"}
PASSWORD = "correct horse battery staple"
DATABASE = os.environ.get("ENIGMA_TEST_DATABASE")
DIRECT = os.environ.get("ENIGMA_TEST_DIRECT", DATABASE)
POOLED = bool(os.environ.get("ENIGMA_TEST_POOLER"))


def once(why):
    """For tests that have nothing to do with the database: not again on each."""
    return unittest.skipIf(DATABASE, "once is enough: " + why)


def needs_sqlite(why):
    """For tests of what only a file can be or suffer."""
    return unittest.skipIf(DATABASE, why)


def needs_server(why):
    """For tests of what only a PostgreSQL server can be or suffer."""
    return unittest.skipUnless(DATABASE, why)


class Databases:
    """One on the server for each data folder, made when first needed."""

    def __init__(self):
        self.names = {}
        self.made = 0
        self.given = {}  # what a test says of its folders itself

    @staticmethod
    def url(server, name):
        """The server's url with another database."""
        parts = urllib.parse.urlsplit(server)
        return urllib.parse.urlunsplit(parts._replace(path="/" + name))

    @staticmethod
    def sql(text, name="postgres"):
        """Runs it past the pooler; the rows."""
        done = subprocess.run(["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", text,
                               Databases.url(DIRECT, name)], capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise AssertionError(f"{text}: {done.stderr}")
        return done.stdout.splitlines()

    def name(self, data_dir):
        folder = os.path.realpath(data_dir)
        if folder not in self.names:
            self.made += 1
            name = f"enigma_e2e_{os.getpid()}_{self.made}"
            self.sql(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy")
            self.names[folder] = name
        return self.names[folder]

    def environment(self, data_dir):
        """What points the program at the folder's database."""
        if data_dir is not None and os.path.realpath(data_dir) in self.given:
            return self.given[os.path.realpath(data_dir)]
        if not DATABASE or data_dir is None:
            return {}
        name = self.name(data_dir)
        env = {"DATABASE_URL": self.url(DATABASE, name)}
        if POOLED:
            env["DATABASE_DIRECT_URL"] = self.url(DIRECT, name)
        return env

    def drop(self, below=""):
        """The databases of the folders below it."""
        for folder, name in list(self.names.items()):
            if folder.startswith(os.path.realpath(below) if below else ""):
                del self.names[folder]
                self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


databases = Databases()
atexit.register(databases.drop)


def data_dir_of(args):
    args = [str(a) for a in args]
    return args[args.index("--data-dir") + 1] if "--data-dir" in args else None


def environment(extra=None):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("DATA_DIR", "DATABASE_", "LISTEN", "JWT_"))}
    env.update(FAST)
    env.update(extra or {})
    return env


def enigma(*args, env=None, stdin=None, timeout=300, check=None):
    """Runs one command to its end: (exit code, standard output, standard error)."""
    env = {**databases.environment(data_dir_of(args)), **(env or {})}
    done = subprocess.run([BIN, *map(str, args)], env=environment(env), input=stdin, timeout=timeout,
                          capture_output=True, text=True)
    if check is not None and done.returncode != check:
        raise AssertionError(f"exit code {done.returncode}, wanted {check}: {args}\n"
                             f"{done.stdout}\n{done.stderr}")
    return done.returncode, done.stdout, done.stderr


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class Server:
    """`enigma serve` on a free port. As a context it is stopped with SIGTERM at the end."""

    def __init__(self, data_dir, env=None, demo=True, args=()):
        self.data_dir = str(data_dir)
        self.env = environment({"DEMO": "true" if demo else "false",
                                **databases.environment(data_dir), **(env or {})})
        self.args = list(args)
        self.process = None
        self.port = None
        self.setup_url = None

    def start(self):
        self.process = subprocess.Popen(
            [BIN, "serve", "--data-dir", self.data_dir, "--listen", "127.0.0.1:0", "--json", *self.args],
            env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            _, errors = self.process.communicate()
            raise AssertionError("the server did not start: " + errors)
        self.port = json.loads(line)["port"]
        return self

    def read_setup_url(self):
        self.setup_url = json.loads(self.process.stdout.readline())["setup_url"]
        return self.setup_url

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """SIGTERM; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        errors = self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()
        if "AddressSanitizer" in errors or "runtime error" in errors or "LeakSanitizer" in errors:
            raise AssertionError(errors)
        return self.process.returncode

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def call(self, method, path, body=None, token=None, cookie=None, headers=None, timeout=60):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        h = dict(headers or {})
        if token:
            h["Authorization"] = "Bearer " + token
        if cookie:
            h["Cookie"] = cookie
            h.setdefault("Sec-Fetch-Site", "same-origin")
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            h.setdefault("Content-Type", "application/json")
        try:
            c.request(method, path, body=data, headers=h)
            r = c.getresponse()
            return Reply(r.status, {k.lower(): v for k, v in r.getheaders()}, r.read())
        finally:
            c.close()

    def login(self, username="ada", password=PASSWORD):
        r = self.call("POST", "/admin/auth/login", {"username": username, "password": password})
        assert r.status == 200, r.body
        return r.json["token"]

    def student(self, number=0):
        """Cookie of a demo persona."""
        people = self.call("GET", "/auth/demo/personas").json
        r = self.call("POST", "/auth/demo/personas", {"persona_id": people[number]["persona_id"]},
                      headers={"Sec-Fetch-Site": "same-origin"})
        assert r.status == 200, r.body
        return r.headers["set-cookie"].split(";")[0]

    def personas(self):
        return len(self.call("GET", "/auth/demo/personas").json)

    def wait_phase(self, token, cycle, phase, seconds=120):
        end = time.time() + seconds
        while time.time() < end:
            r = self.call("GET", f"/admin/cycles/{cycle}", token=token)
            if r.json["phase"] == phase:
                return
            time.sleep(0.1)
        raise AssertionError(f"the cycle did not reach {phase}: {r.body}")

    def wait_jobs(self, token, cycle, seconds=120):
        end = time.time() + seconds
        while time.time() < end:
            jobs = self.call("GET", f"/jobs?cycle_id={cycle}", token=token).json
            if all(j["state"] in ("completed", "failed", "cancelled") for j in jobs):
                return jobs
            time.sleep(0.1)
        raise AssertionError(f"jobs still run: {jobs}")


def create_admin(data_dir, username="ada", role="super_admin", password=PASSWORD):
    enigma("create-admin", username, "--role", role, "--email", f"{username}@example.org",
           "--password-stdin", "--data-dir", data_dir, stdin=password + "\n", check=0)


def totp(secret, steps=0):
    """RFC 6238: the code of so many steps from now."""
    step = int(time.time()) // 30 + steps
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    at = mac[-1] & 15
    return "%06d" % ((struct.unpack(">I", mac[at:at + 4])[0] & 0x7FFFFFFF) % 1000000)


def application(n=0, **changes):
    body = {
        "name": f"Test Person {n}", "email": f"person{n}@example.org", "phone": "+44 20 7946 0958",
        "address": "12 Example Road", "gpa": round(2 + (n % 21) / 10, 2),
        "test_scores": {"SAT": 1000 + (n * 37) % 600, "ACT": 20 + n % 16},
        "essay": ("I built a rain gauge network with 12 stations and measured 340 storms over two "
                  "years. The data changed how our village plans its drains. ") * (2 + n % 3),
        "achievements": "Won the regional science fair in 2023. Taught 25 younger pupils to code.",
    }
    body.update(changes)
    return body


def cycle_body(seats=5, name="Test cycle"):
    now = time.time()
    stamp = lambda t: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t))
    return {"cycle_name": name, "max_seats": seats, "start_date": stamp(now - 3600),
            "end_date": stamp(now + 86400), "result_date": stamp(now + 2 * 86400)}


def verify(data_dir, code=0):
    """`enigma audit verify` with that exit code; the report."""
    _, out, _ = enigma("audit", "verify", "--data-dir", data_dir, "--json", check=code)
    return json.loads(out)


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="enigma-e2e-")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.addCleanup(databases.drop, self.dir)

    def sql(self, text):
        """Runs it in the folder's database, past the program; the first column of each row as text."""
        if DATABASE:
            return databases.sql(text, databases.name(self.dir))
        db = sqlite3.connect(os.path.join(self.dir, "enigma.db"), timeout=30)
        try:
            rows = [str(row[0]) for row in db.execute(text).fetchall()]
            db.commit()
            return rows
        finally:
            db.close()

    def students(self, n):
        """Accounts with a login each; the cookies."""
        when = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
        later = "2999-01-01T00:00:00.000000Z"
        cookies = [hashlib.sha256(b"%d" % i).hexdigest() for i in range(n)]
        people = ", ".join(f"('STU_{i:026d}', 'p{i}@example.org', 'active', '{when}', '{when}')"
                           for i in range(n))
        logins = ", ".join(f"('STS_{i:026d}', 'STU_{i:026d}', '{hashlib.sha256(x.encode()).hexdigest()}',"
                           f" '{later}', '{when}', '{when}', FALSE)" for i, x in enumerate(cookies))
        self.sql("INSERT INTO student_accounts (student_id, primary_email, status, created_at,"
                 f" updated_at) VALUES {people} RETURNING 1")
        self.sql("INSERT INTO student_sessions (session_id, student_id, session_token_hash,"
                 f" expires_at, created_at, last_active_at, revoked) VALUES {logins} RETURNING 1")
        return ["enigma_student_session=" + x for x in cookies]


def problem_lines(text):
    return [line for line in text.splitlines() if re.match(r"enigma: ", line)]
