"""The connection to PostgreSQL is cut at each point of a transaction: nothing is doubled, and nothing
that was acknowledged is lost. Where the answer to a COMMIT is lost, the idempotency key decides."""

import hashlib
import http.client
import itertools
import time
import unittest
import urllib.parse
import uuid

from cut_proxy import CutProxy
from support import (Case, Server, application, create_admin, cycle_body, databases, enigma,
                     needs_server, verify)

WITHIN = 60
INNER_TRIES = 5   # of one request: one cut more reaches the client


def lock_number(name):
    """The server's number of the program's lock."""
    head = hashlib.sha256(b"enigma-lock-v1\n" + name.encode()).digest()[:8]
    return str(int.from_bytes(head, "big", signed=True))


COMMIT = (b"\0tc\0", b"\0COMMIT\0")  # the statement's name on a connection of our own, else its text


def points_of(messages):
    """The start, the end of each message, and the middle of each longer one."""
    yield 0
    at = 0
    for _, _, size in messages:
        if size > 8:
            yield at + size // 2
        at += size
        yield at


def thinned(points, most):
    points = list(points)
    return points[::-(-len(points) // most)]


@needs_server("it cuts the protocol of PostgreSQL")
class Cut(Case):
    def setUp(self):
        super().setUp()
        enigma("init", "--data-dir", self.dir, check=0)
        create_admin(self.dir)
        env = databases.environment(self.dir)
        url = urllib.parse.urlsplit(env["DATABASE_URL"])
        self.proxy = CutProxy(url.hostname, url.port)
        self.proxy.__enter__()
        self.addCleanup(self.proxy.__exit__)
        user = url.netloc.rpartition("@")[0]
        through = url._replace(netloc=f"{user}@127.0.0.1:{self.proxy.port}",
                               query="sslmode=disable&gssencmode=disable")
        self.server = Server(self.dir, {"DATABASE_URL": urllib.parse.urlunsplit(through)}).start()
        self.addCleanup(self.server.stop)
        self.token = self.server.login()
        self.numbers = itertools.count()

    def persist(self, path, body, done, **kw):
        """The same request until `done` takes the reply: (reply, tries)."""
        end = time.time() + WITHIN
        for tries in itertools.count(1):
            r = None
            try:
                r = self.server.call("POST", path, body, **kw)
            except (OSError, http.client.HTTPException):
                pass
            if r is not None and done(r):
                return r, tries
            if r is not None:
                self.assertEqual(r.status, 503, r.body)
                self.assertIn("retry-after", r.headers)
            self.assertLess(time.time(), end, "no answer for good")

    def open_cycle(self, name="Cut cycle"):
        r, _ = self.persist("/admin/cycles", cycle_body(name=name), lambda r: r.status == 200,
                            token=self.token)
        return r.json["cycle_id"]

    def submit(self, cookie, key, done):
        n = next(self.numbers)
        body = application(0, name=f"Test Person {n:04}", email=f"person{n:04}@example.org")
        headers = {"Idempotency-Key": str(uuid.uuid4())} if key else {}
        r, tries = self.persist("/applications", body, done, cookie=cookie, headers=headers)
        if r.status == 200:
            self.acknowledged.append(r.json["application_id"])
        self.made += 1
        return tries

    def prepare(self, cold, cookies):
        """All connections new, or one that has prepared its statements."""
        self.proxy.watch()
        if cold:
            self.proxy.drop_all()
        else:
            self.submit(next(cookies), True, lambda r: r.status == 200)

    def submissions(self, what, marks, since, cookies, key, cold, most):
        """Cut in the transactions that the marks name, each time at another point: once, or until
        the client has to ask again."""
        self.prepare(cold, cookies)
        cookie = next(cookies)
        self.proxy.watch(*marks(cookie), since=since)
        self.assertEqual(self.submit(cookie, key, lambda r: r.status == 200), 1)
        points = thinned(points_of(self.proxy.traced()[0]), most)
        first, again = self.proxy.cuts, 0
        for i, at in enumerate(points):
            self.prepare(cold, cookies)
            cookie = next(cookies)
            times = 1 if i % 3 else INNER_TRIES + 1
            self.proxy.cut(marks(cookie), at, times, since)
            again += self.submit(cookie, key,
                                 lambda r: r.status == 200 or not key and self.twice(r)) > 1
        self.proxy.watch()
        cuts = self.proxy.cuts - first
        print(f"{what}: {len(points)} points, {cuts} cuts, {again} asked again;", end=" ", flush=True)
        self.assertGreaterEqual(cuts, len(points) - 2)
        return again

    def run_submissions(self, key, most):
        cid = self.open_cycle()
        cookies = iter(self.students(12 * most))
        self.acknowledged, self.made = [], 0

        def reads(cookie):
            return cid, hashlib.sha256(cookie.split("=")[1].encode()).hexdigest()

        def writes(_):
            return lock_number("cycle:" + cid),

        self.submissions("reads", reads, (), cookies, key, True, most // 3)
        self.submissions("write, new connection", writes, (), cookies, key, True, most)
        self.submissions("write, old connection", writes, (), cookies, key, False, most // 2)
        again = self.submissions("COMMIT", writes, COMMIT, cookies, key, True, most)
        self.assertGreater(again, 0)  # nobody but the client may repeat a COMMIT
        self.check(cid)

    def logged(self, act):
        """Whom the log's entries of the act are about, once the sequencer has come to the last."""
        end = time.time() + WITHIN
        while self.sql("SELECT count(*) FROM audit_pending") != ["0"]:
            self.assertLess(time.time(), end, "entries wait for their place")
            time.sleep(0.05)
        return [subj.split(":")[1]
                for subj in self.sql(f"SELECT subj FROM audit_entry WHERE act = '{act}'")]

    @staticmethod
    def twice(r):
        return r.status == 400 and "already applied" in r.json["detail"]

    def check(self, cid):
        rows = self.sql("SELECT application_id || '|' || student_id FROM applications")
        self.assertEqual(len(rows), self.made)
        self.assertEqual(len({r.split("|")[1] for r in rows}), self.made)
        ids = {r.split("|")[0] for r in rows}
        self.assertEqual(len(set(self.acknowledged)), len(self.acknowledged))
        self.assertLessEqual(set(self.acknowledged), ids)
        seats = self.server.call("GET", f"/admin/cycles/{cid}", token=self.token).json["current_seats"]
        self.assertEqual(seats, self.made)
        self.assertTrue(verify(self.dir)["is_valid"])
        self.assertEqual(sorted(self.logged("application.submit")), sorted(ids))

    def test_submission_with_a_key(self):
        self.run_submissions(True, 24)
        self.assertEqual(len(self.acknowledged), self.made)

    def test_submission_without_a_key(self):
        self.run_submissions(False, 12)

    def test_freeze(self):
        cookies = iter(self.students(200))
        self.acknowledged, self.made = [], 0
        frozen = 0
        for since, most in ((), 25), (COMMIT, 20):
            first, points = self.proxy.cuts, [None]
            for i, at in enumerate(points):
                cid = self.open_cycle(f"Cut cycle {frozen}")
                marks = lock_number("cycle:" + cid),
                self.submit(next(cookies), True, lambda r: r.status == 200)
                self.proxy.drop_all()
                if at is None:
                    self.proxy.watch(*marks, since=since)
                else:
                    self.proxy.cut(marks, at, 1 if i % 3 else INNER_TRIES + 1, since)
                self.persist(f"/admin/cycles/{cid}/freeze", {}, self.frozen, token=self.token)
                if at is None:
                    points += thinned(points_of(self.proxy.traced()[0]), most)
                self.proxy.watch()
                r = self.server.call("GET", f"/admin/cycles/{cid}", token=self.token)
                self.assertEqual(r.json["phase"], "frozen")
                frozen += 1
            cuts = self.proxy.cuts - first
            print(f"{len(points) - 1} points, {cuts} cuts;", end=" ", flush=True)
            self.assertGreaterEqual(cuts, len(points) - 3)
        self.assertTrue(verify(self.dir)["is_valid"])
        logged = self.logged("cycle.freeze")
        self.assertEqual((len(logged), len(set(logged))), (frozen, frozen))

    @staticmethod
    def frozen(r):
        """Done now, or by a try whose answer was lost."""
        return r.status == 200 or r.status == 400 and "frozen" in r.json["detail"]


if __name__ == "__main__":
    unittest.main()
