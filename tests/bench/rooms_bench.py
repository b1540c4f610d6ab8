"""Rooms of live interviews: relay, last audio byte to nudge, memory, idle sockets, many rooms."""
import subprocess

from bench_lib import SECONDS, heading, row, tool


def main():
    heading('Rooms of live interviews, server on one core')
    text = subprocess.run([tool('rooms_bench'), str(SECONDS)], check=True, capture_output=True,
                          text=True).stdout
    got = {name: float(value) for name, value in (line.split('\t') for line in text.splitlines())}
    for window, words in ((1, 'one message on its way'), (32, '32 messages on their way')):
        for unit, of in (('per_s', '/s'), ('per_cpu_s', '/s of server CPU')):
            echo, relay = (got[f'{name}_{window}_{unit}'] for name in ('echo', 'relay'))
            row(f'64 pairs, {words}: bare wslay echo', f"{echo:,.0f} {of}")
            row('the same: relay of a candidate', f"{relay:,.0f} {of} ({relay / echo:.2f})", aim='0.50')
        row("the client's core, echo and relay",
            f"{got[f'echo_{window}_client']:.2f}, {got[f'relay_{window}_client']:.2f}")
    row('last audio byte to nudge, 500 rooms, p50', f"{got['nudge_p50_ms']:.2f} ms")
    row('the same, p99', f"{got['nudge_p99_ms']:.2f} ms", aim='10 ms')
    row('memory of an idle room', f"{got['idle_room_kib']:.1f} KiB", aim='32 KiB')
    row('memory of a room where both speak', f"{got['speaking_room_kib']:.0f} KiB", aim='1024 KiB')
    row('idle sockets', f"{got['idle_sockets']:,.0f}, {got['idle_socket_kib']:.2f} KiB each", aim='10,000')
    row('slowest ping beside them', f"{got['ping_slowest_ms']:.1f} ms")
    row('rooms with audio', f"{got['audio_rooms']:,.0f}, {got['audio_mb_per_s']:.0f} MB/s,"
        f" {got['server_cores']:.2f} cores", aim='2,000')


main()
