"""Speech: from the end of an utterance to its nudge. The whole program with its offline recogniser
and detector, spoken to at the pace of speech; then a stub that transcribes at once, many
interviews on one server, its own time taken off; the detector's microseconds beside them."""
import json
import math
import multiprocessing
import os
import select
import struct
import subprocess
import sys
import threading
import time
import wave

from bench_lib import ENIGMA, SECONDS, heading, row, tool

os.environ['ENIGMA_BIN'] = os.path.abspath(ENIGMA)
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'e2e'))
import interview_test  # noqa: E402
from websocket import WebSocket  # noqa: E402

ROOMS = int(os.environ.get('BENCH_ROOMS', '500'))
SPOKEN = int(os.environ.get('BENCH_UTTERANCES', '18'))
RATE, FRAME_S, LOUD = 16000, 0.1, 400
SAID = ['Where is your accent from?', 'Do you plan to get married?',
        'What do your parents do for a living?', 'How old are you exactly?',
        'Which church do you go to?', 'Do you want to have children soon?',
        'How much does your father earn?', 'What is your religion?',
        'Are your parents rich or poor?']
WAIT_S = 20


def nth(sorted_values, share):
    return sorted_values[min(len(sorted_values) - 1, math.ceil(share * len(sorted_values)) - 1)]


class Alone(interview_test.Interviews):
    """One interview of a scratch installation, with no model in reach: the detector answers."""

    def runTest(self):
        pass

    def env(self, **more):
        return dict(ROOM_GAP_SECONDS='3600', LOG_LEVEL='warning', THROTTLE_PERCENT='0',
                    CONNECTIONS_PER_ADDRESS='4000', BIAS_DEDUPE_SECONDS='0', **more)

    def spoken(self, text):
        path = os.path.join(self.dir, 'speech.wav')
        subprocess.run(['flite', '-voice', 'rms', '-t', text, '-o', path], check=True)
        with wave.open(path) as w:
            pcm = w.readframes(w.getnframes())
        samples = struct.unpack('<%dh' % (len(pcm) // 2), pcm)
        last = max(i for i, v in enumerate(samples) if abs(v) > LOUD)
        return pcm[:2 * (last + 1)]


class Line:
    """A microphone: a frame each tenth of a second, silence where nothing is said."""

    def __init__(self, socket):
        self.socket, self.n, self.offset = socket, 0, 0
        self.due = time.monotonic()
        socket.say('audio_start', rate=RATE, codec='pcm16')

    def frame(self, pcm):
        self.n += 1
        size = 2 * int(RATE * FRAME_S)
        self.socket.binary(struct.pack('<BBHII', 1, 0, 0, self.n, self.offset) +
                           pcm.ljust(size, b'\0'))
        self.offset += size // 2
        self.due += FRAME_S
        time.sleep(max(0, self.due - time.monotonic()))

    def say(self, pcm):
        """Speaks; when its last sample was due."""
        size = 2 * int(RATE * FRAME_S)
        begin = self.due
        for at in range(0, len(pcm), size):
            self.frame(pcm[at:at + size])
        return begin + len(pcm) / (2 * RATE)


def embedded():
    case = Alone()
    case.setUp()
    try:
        case.serve(STT_PROVIDER='embedded',
                   STT_PROGRAM=os.path.join(os.path.dirname(os.environ['ENIGMA_BIN']), 'enigma-stt'))
        case.begin()
        evaluator, _, voice = case.join()
        came = []

        def listen():
            try:
                while True:
                    m = evaluator.socket.json()
                    if m['type'] == 'nudge':
                        came.append(time.monotonic())
            except Exception:  # noqa: BLE001  the socket was closed: it is over
                pass

        threading.Thread(target=listen, daemon=True).start()
        line, took, missed = Line(voice.socket), [], 0
        words = [case.spoken(text) for text in SAID]
        for i in range(SPOKEN + 1):  # the first wakes the recogniser
            for _ in range(5):
                line.frame(b'')
            n, ended = len(came), line.say(words[i % len(words)])
            end = ended + WAIT_S
            while len(came) == n and time.monotonic() < end:
                line.frame(b'')
            if i and len(came) > n:
                took.append(came[n] - ended)
            missed += i > 0 and len(came) == n
        took.sort()
        row('end of utterance to nudge, embedded, p50', '%.2f s' % nth(took, 0.5))
        row('the same, p95', '%.2f s' % nth(took, 0.95), aim='<= 1.0 s')
        row('utterances heard and nudged', '%d of %d' % (len(took), len(took) + missed))
    finally:
        case.doCleanups()


def transcriber(pipe):
    """Another process: answers every file with a sentence, and says how long that took it."""
    import http.server

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = 'HTTP/1.1'
        disable_nagle_algorithm = True

        def do_POST(self):
            self.rfile.read(int(self.headers['Content-Length']))
            began = time.perf_counter()
            n = counter['n'] = counter['n'] + 1
            body = json.dumps({'text': SAID[n % len(SAID)], 'segments': []}).encode()
            self.send_response(200)
            self.send_header('Content-Type', 'application/json')
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            counter['s'] += time.perf_counter() - began

        def log_message(self, *_):
            pass

    counter = {'n': 0, 's': 0.0}
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    server.daemon_threads = True
    pipe.send(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pipe.recv()
    pipe.send(counter['s'] / max(1, counter['n']))


class Many(Alone):
    """ROOMS interviews of one evaluator, as rows: their slots would collide, their rooms do not."""

    def fill(self):
        made = int(self.sql('SELECT MAX(id) FROM interviews')[0])
        self.sql('PRAGMA foreign_keys = OFF')
        names = [c for c in self.columns('interviews') if c not in ('id', 'application_id')]
        self.sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
                 "INSERT INTO interviews (id, application_id, %s) SELECT %d + n.i, "
                 "x.application_id || '_' || n.i, %s FROM interviews x, n WHERE x.id = %d"
                 % (ROOMS, ', '.join(names), made, ', '.join('x.' + c for c in names), made))
        names = [c for c in self.columns('applications') if c not in ('application_id', 'student_id',
                                                                      'scrub_order')]
        self.sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
                 "INSERT INTO applications (application_id, student_id, scrub_order, %s) SELECT "
                 "x.application_id || '_' || n.i, NULL, 100000 + n.i, %s FROM applications x, "
                 "interviews v, n WHERE v.id = %d AND x.application_id = v.application_id"
                 % (ROOMS, ', '.join(names), ', '.join('x.' + c for c in names), made))
        return range(made + 1, made + 1 + ROOMS)

    def columns(self, table):
        return [name for name in self.sql("SELECT name FROM pragma_table_info('%s')" % table)]

    def open(self, number, path):
        s = WebSocket(self.server.port, '/ws/interview/%d%s' % (number, path),
                      protocols=['enigma.v1'], token=self.eve)
        self.addCleanup(s.socket.close)
        return s


def many():
    ours, theirs = multiprocessing.Pipe()
    stub = multiprocessing.Process(target=transcriber, args=(theirs,))
    stub.start()
    case = Many()
    case.setUp()
    try:
        case.serve(STT_PROVIDER='openai', STT_BASE_URL='http://127.0.0.1:%d/v1' % ours.recv(),
                   STT_MAX_IN_FLIGHT='8')
        case.begin()
        rooms = case.fill()
        took = measure(case, rooms)
        ours.send('over')
        stub_ms = 1000 * ours.recv()
        row('last byte to nudge, %d rooms, with rows, p50' % ROOMS,
            '%.1f ms' % (nth(took, 0.5) - stub_ms))
        row('the same, p99', '%.1f ms' % (nth(took, 0.99) - stub_ms), aim='<= 10 ms')
        row('nudges', '%d' % len(took))
    finally:
        stub.kill()
        case.doCleanups()


def measure(case, rooms):
    """Milliseconds from the last byte of an utterance to its nudge; the rooms speak in turn."""
    loud = struct.pack('<1600h', *(6000 if i % 36 < 18 else -6000 for i in range(1600)))
    nudges, audio, by_fd = {}, {}, {}
    for number in rooms:
        nudges[number] = case.open(number, '/nudges')
        by_fd[nudges[number].socket.fileno()] = number
        audio[number] = case.open(number, '/audio')
        audio[number].say('audio_start', rate=RATE, codec='pcm16')
    poll, asked, took = select.epoll(), {}, []
    for fd in by_fd:
        poll.register(fd, select.EPOLLIN)
    numbers, at = list(rooms), 0
    pace = 5.0 / len(numbers)  # an utterance of each room every five seconds
    begin = time.monotonic()
    while time.monotonic() < begin + max(10.0, 3 * SECONDS) or asked:
        now = time.monotonic()
        if now >= begin + at * pace and now < begin + max(10.0, 3 * SECONDS):
            number, turn = numbers[at % len(numbers)], at // len(numbers)
            for i in range(6):
                audio[number].binary(struct.pack('<BBHII', 1, i == 5, 0, 6 * turn + i + 1,
                                                 1600 * (6 * turn + i)) + loud)
            asked[number] = time.monotonic()
            at += 1
        for fd, _ in poll.poll(0.001):
            number = by_fd[fd]
            if nudges[number].json()['type'] == 'nudge' and number in asked:
                took.append(1000 * (time.monotonic() - asked.pop(number)))
        if now > begin + 60 + 3 * SECONDS:
            break
    return sorted(took)


def main():
    heading('Speech, the whole program')
    embedded()
    many()
    labelled = os.path.join(interview_test.__file__, '..', '..', 'data', 'bias', 'dev.jsonl')
    text = subprocess.run([tool('bias_bench'), os.path.abspath(labelled)], check=True,
                          capture_output=True, text=True).stdout
    for line in text.splitlines():
        what, us = line.split('\t')
        row(what, us + ' us', aim='<= 50 us')


if __name__ == '__main__':
    main()
