"""From starting the process to its first answer, on an empty and on an existing data folder."""
import os
import socket
import statistics
import subprocess
import time

from bench_lib import ENIGMA, RUNS, free_port, heading, remove, row, scratch

REQUEST = b'GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n'


def first_answer(port, process):
    while process.poll() is None:
        try:
            with socket.create_connection(('127.0.0.1', port)) as s:
                s.sendall(REQUEST)
                if s.recv(65536).startswith(b'HTTP/1.1 200'):
                    return
        except OSError:
            pass
        time.sleep(0.0005)
    raise SystemExit('the server ended at once')


def start_ms(folder):
    port = free_port()
    env = dict(os.environ, LOG_LEVEL='warning')
    began = time.monotonic()
    p = subprocess.Popen([ENIGMA, 'serve', '--data-dir', folder, '--listen',
                          '127.0.0.1:%d' % port], env=env, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    first_answer(port, p)
    took = (time.monotonic() - began) * 1000
    p.terminate()
    p.wait()
    return took


def main():
    heading('Start to first answer')
    empty, existing = [], []
    for _ in range(max(RUNS, 5)):
        folder = os.path.join(scratch(), 'data')
        empty.append(start_ms(folder))
        existing.append(start_ms(folder))
        remove(os.path.dirname(folder))
    row('empty data folder', '%.0f ms' % statistics.median(empty), '', None, '<= 100 ms')
    row('existing data folder', '%.0f ms' % statistics.median(existing), '', None, '<= 100 ms')


main()
