"""A trivial route on the loop and through the pool, against a bare libuv and llhttp server."""
from bench_lib import Server, alternate, heading, row, tool, wrk


def main():
    heading('HTTP, 64 connections, server on one core, wrk on the other')
    with Server([tool('floor_http'), 'PORT']) as floor, \
            Server([tool('http_server'), 'PORT', '1', '4'], '/inline') as ours:
        bare, inline, pool = alternate(lambda: wrk(floor.url('/'))[0],
                                       lambda: wrk(ours.url('/inline'))[0],
                                       lambda: wrk(ours.url('/pool'))[0])
    row('trivial route on the loop', '%.0f/s' % inline, '%.0f/s' % bare, inline / bare, '>= 0.80')
    row('trivial route through the pool', '%.0f/s' % pool, '%.0f/s' % bare, pool / bare,
        '>= 0.70')


main()
