"""Memory of idle keep-alive connections and the latency of the next request beside them."""
import os
import random
import resource
import socket
import statistics
import time

from bench_lib import enigma_serve, heading, remove, row, scratch

CONNECTIONS = int(os.environ.get('BENCH_CONNECTIONS', '10000'))
REQUEST = b'GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'


def ask(s):
    began = time.monotonic()
    s.sendall(REQUEST)
    if not s.recv(65536).startswith(b'HTTP/1.1 200'):
        raise SystemExit('an idle connection was not answered')
    return (time.monotonic() - began) * 1e6


def main():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    n = min(CONNECTIONS, hard - 200 if hard != resource.RLIM_INFINITY else CONNECTIONS)
    folder = scratch()
    heading('Idle keep-alive connections: %d' % n)
    with enigma_serve(folder, pin=False) as server:
        address = ('127.0.0.1', server.port)
        warm = [socket.create_connection(address) for _ in range(64)]
        for s in warm:
            ask(s)
        before = server.status('VmRSS')
        alone = [ask(random.choice(warm)) for _ in range(2000)]
        open_ones = []
        for _ in range(n):
            s = socket.create_connection(address)
            ask(s)
            open_ones.append(s)
        time.sleep(1)
        after = server.status('VmRSS')
        beside = [ask(random.choice(open_ones)) for _ in range(2000)]
        for s in open_ones + warm:
            s.close()
    remove(folder)
    row('process memory of one', '%.2f KiB' % ((after - before) / n), '', None, '<= 4 KiB')
    row('process memory before', '%.1f MiB' % (before / 1024))
    row('next request, median', '%.0f us' % statistics.median(beside),
        '%.0f us' % statistics.median(alone), statistics.median(beside) / statistics.median(alone),
        'floor: 64 connections')


main()
