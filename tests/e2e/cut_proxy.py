"""A TCP proxy before a PostgreSQL server or pooler that cuts a connection after a given byte.

It reads the protocol's framing, so that it knows a test's own transactions among those of the
program's background work: a transaction is one of ours from the batch in which one of the marks
stands to the next moment without a transaction. Bytes of a transaction are counted in both
directions together, in the order in which they pass.
"""

import asyncio
import threading

BATCH_ENDS = b"SQHXp"  # Sync, Query, Flush, Terminate, password: the program now waits
COPY_DATA = b"dcf"  # rows of a COPY and its end, in the midst of an answer
READ_SIZE = 1 << 16


class Framing:
    """Cuts one direction of the protocol into messages: (type, bytes). The first of a client has no
    type; it is reported as b''."""

    def __init__(self, client):
        self.rest, self.untyped = b"", client

    def feed(self, data):
        self.rest += data
        done = []
        while True:
            head = 0 if self.untyped else 1
            if len(self.rest) < head + 4:
                return done
            size = head + int.from_bytes(self.rest[head:head + 4], "big")
            if len(self.rest) < size:
                return done
            done.append((self.rest[:head], self.rest[:size]))
            self.rest, self.untyped = self.rest[size:], False


class Pair:
    """A connection of the program and the one behind it."""

    def __init__(self, proxy, client, server):
        self.proxy = proxy
        self.client, self.server = client, server  # (reader, writer)
        self.batch = []
        self.number = None  # of our transaction that runs here
        self.count, self.syncs = None, 0  # count: bytes of it so far, once they count
        self.answered = asyncio.Event()
        self.answered.set()

    async def run(self):
        both = [asyncio.ensure_future(self.to_server()), asyncio.ensure_future(self.to_client())]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            self.close()

    def close(self, reset=False):
        for _, writer in (self.client, self.server):
            if reset:
                writer.transport.abort()
            else:
                writer.close()

    async def to_server(self):
        framing = Framing(client=True)
        while data := await self.client[0].read(READ_SIZE):
            for kind, text in framing.feed(data):
                self.batch.append((kind, text))
                if kind and kind in COPY_DATA:
                    await self.send(self.server[1], [self.batch.pop()], "F")
                elif not kind or kind in BATCH_ENDS:
                    await self.pass_batch()

    async def pass_batch(self):
        """Waits for what is to be answered before: the order of all bytes is then the same each time."""
        batch, self.batch = self.batch, []
        await self.answered.wait()
        whole = b"".join(text for _, text in batch)
        if self.number is None and self.proxy.wanted(whole):
            self.number, self.count = self.proxy.begins(), None
        if self.number is not None and self.count is None and self.proxy.counts(whole):
            self.count = 0
        self.syncs += sum(kind in (b"S", b"Q") for kind, _ in batch)
        if self.syncs > 0:
            self.answered.clear()
        await self.send(self.server[1], batch, "F")

    async def to_client(self):
        framing = Framing(client=False)
        while data := await self.server[0].read(READ_SIZE):
            await self.send(self.client[1], framing.feed(data), "B")

    async def send(self, writer, messages, way):
        """Whole messages, or what of them comes before the cut."""
        out = b""
        for kind, text in messages:
            left = self.proxy.left(self.count) if self.number is not None else None
            if left is not None and left <= len(text):
                writer.write(out + text[:left])
                await writer.drain()
                self.cut()
            out += text
            if self.number is not None and self.count is not None:
                self.count += len(text)
                self.proxy.trace[self.number].append((way, kind.decode(), len(text)))
            if way == "B" and kind == b"Z":
                self.ready(text[5:])
        writer.write(out)
        await writer.drain()

    def ready(self, status):
        self.syncs -= 1
        if self.syncs > 0:
            return
        self.syncs = 0
        self.answered.set()
        if status == b"I":
            self.number = None

    def cut(self):
        """Every other cut is one without a farewell."""
        self.proxy.times -= 1
        self.proxy.cuts += 1
        self.close(reset=self.proxy.cuts % 2 == 0)
        raise ConnectionError("cut")


class CutProxy:
    """As a context: listens on `port` and passes on to host and port of the url."""

    def __init__(self, host, port):
        self.upstream = (host, port)
        self.port = None
        self.cuts = 0
        self.marks, self.since = (), ()
        self.trace = []  # for each transaction of ours, its messages that count: (way, type, length)
        self.at, self.times = 0, 0
        self.pairs = set()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    # By the test's thread.
    def __enter__(self):
        self.thread.start()
        self.do(self.listen())
        return self

    def __exit__(self, *_):
        self.do(self.end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def watch(self, *marks, since=()):
        """From now on transactions with one of the marks are ours; their bytes count from the first
        batch, or the first with one of `since`. Nothing is cut."""
        self.do(self.set(marks, since, 0, 0))

    def cut(self, marks, at, times=1, since=()):
        """The same, and the next `times` of ours are cut after byte `at`."""
        self.do(self.set(marks, since, at, times))

    def traced(self):
        async def copy():
            return [list(t) for t in self.trace]
        return self.do(copy())

    def drop_all(self):
        """Ends every connection; the program begins with new ones."""
        async def drop():
            for pair in list(self.pairs):
                pair.close()
        self.do(drop())

    # By the loop.
    async def set(self, marks, since, at, times):
        self.marks = tuple(m.encode() for m in marks)
        self.since, self.at, self.times = since, at, times
        self.trace = []
        for pair in self.pairs:
            pair.number = None

    async def listen(self):
        self.server = await asyncio.start_server(self.accept, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]

    async def end(self):
        self.server.close()
        tasks = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def accept(self, reader, writer):
        try:
            server = await asyncio.open_connection(*self.upstream)
        except OSError:
            writer.transport.abort()
            return
        pair = Pair(self, (reader, writer), server)
        self.pairs.add(pair)
        try:
            await pair.run()
        finally:
            self.pairs.discard(pair)

    def wanted(self, text):
        return any(mark in text for mark in self.marks)

    def counts(self, text):
        return not self.since or any(mark in text for mark in self.since)

    def begins(self):
        self.trace.append([])
        return len(self.trace) - 1

    def left(self, count):
        """How many bytes of this transaction may still pass; None: all."""
        if self.times == 0 or count is None:
            return None
        return self.at - count
