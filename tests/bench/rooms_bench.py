"""Rooms of live interviews: relay, last audio byte to nudge, memory, idle sockets, many rooms."""
import subprocess

from bench_lib import SECONDS, heading, row, tool


def main():
    heading('Rooms of live interviews, server on one core')
    text = subprocess.run([tool('rooms_bench'), str(SECONDS)], check=True, capture_output=True,
                          text=True).stdout
    got = {name: float(value) for name, value in (line.split('\t') for line in text.splitlines())}
    share = got['relay_per_s'] / got['echo_per_s']
    row('bare wslay echo', f"{got['echo_per_s']:,.0f} /s")
    row('relay of a candidate', f"{got['relay_per_s']:,.0f} /s ({share:.2f})", aim='0.50')
    row('last audio byte to nudge, 500 rooms, p50', f"{got['nudge_p50_ms']:.2f} ms")
    row('the same, p99', f"{got['nudge_p99_ms']:.2f} ms", aim='10 ms')
    row('memory of an idle room', f"{got['idle_room_kib']:.1f} KiB", aim='32 KiB')
    row('memory of a room where both speak', f"{got['speaking_room_kib']:.0f} KiB", aim='1024 KiB')
    row('idle sockets', f"{got['idle_sockets']:,.0f}, {got['idle_socket_kib']:.2f} KiB each", aim='10,000')
    row('slowest ping beside them', f"{got['ping_slowest_ms']:.1f} ms")
    row('rooms with audio', f"{got['audio_rooms']:,.0f}, {got['audio_mb_per_s']:.0f} MB/s,"
        f" {got['server_cores']:.2f} cores", aim='2,000')


main()
