#!/usr/bin/env bash
# The topology of compose.yaml as plain processes of one machine, for trials and tests:
# PostgreSQL, pgbouncer (transaction mode), two server nodes, one worker, nginx.
#   start DIR [PID]   starts all in DIR, prints {"url","node1","node2",…}; PID: stop when it ends
#   node DIR N        starts node N again        kill DIR NAME   kill -9 of node1, node2 or worker
#   stop DIR          ends all and removes DIR
# ENIGMA_BIN names the binary (default: build/enigma). Ports are free ones of the loopback.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
usage() { sed -n '4,6s/^# *//p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
verb=$1 dir=$2
binary=${ENIGMA_BIN:-$root/build/enigma}
servers=$root/tools/test-servers.sh
umask 077

# Below the ports that the system hands out: nobody takes one over while its owner is away.
free_port() {
    python3 - <<-'PYTHON'
	import random, socket
	while True:
	    with socket.socket() as s:
	        try:
	            s.bind(("127.0.0.1", random.randrange(12000, 32000)))
	        except OSError:
	            continue
	        print(s.getsockname()[1])
	        break
	PYTHON
}
alive() { [ -s "$dir/$1.pid" ] && kill -0 "$(cat "$dir/$1.pid")" 2>/dev/null; }

# launch NAME COMMAND…: in the background, with its output in NAME.log.
launch() {
    local name=$1
    shift
    mkdir -p "$dir/$name"
    setsid env DATABASE_URL="$(cat "$dir/database_url")" DATABASE_DIRECT_URL="$(cat "$dir/direct_url")" \
        DATABASE_POOLER=transaction KEYS_DIR="$dir/keys" DATA_DIR="$dir/$name" \
        TRUSTED_PROXIES=127.0.0.1 "$@" >>"$dir/$name.log" 2>&1 </dev/null &
    echo $! >"$dir/$name.pid"
}
await_ready() {
    for _ in $(seq 300); do
        curl -fsS -o /dev/null "http://127.0.0.1:$2/health/ready" 2>/dev/null && return 0
        alive "$1" || break
        sleep 0.1
    done
    echo "$1 did not become ready:" >&2
    tail -5 "$dir/$1.log" >&2
    exit 1
}
start_node() {
    launch "node$1" "$binary" serve --listen "127.0.0.1:$(cat "$dir/port$1")"
    await_ready "node$1" "$(cat "$dir/port$1")"
}

write_nginx() {
    local p1 p2
    p1=$(cat "$dir/port1") p2=$(cat "$dir/port2")
    mkdir -p "$dir/nginx"
    cp "$root/deploy/nginx/locations.conf" "$dir/nginx/"
    {
        echo "worker_processes 1; pid $dir/nginx.pid; error_log $dir/nginx/error.log warn;"
        [ "$(id -u)" -ne 0 ] || echo 'user root;'
        sed -e '/^worker_processes/d' -e "s/node1:8000/127.0.0.1:$p1/" -e "s/node2:8000/127.0.0.1:$p2/" \
            -e "s/listen 8080/listen 127.0.0.1:$(cat "$dir/port0")/" \
            -e "s#access_log .*#access_log off; client_body_temp_path $dir/nginx/body; \
proxy_temp_path $dir/nginx/proxy; fastcgi_temp_path $dir/nginx/f; uwsgi_temp_path $dir/nginx/u; \
scgi_temp_path $dir/nginx/s;#" "$root/deploy/nginx/compose.conf"
    } >"$dir/nginx/nginx.conf"
}

start() {
    [ -x "$binary" ] || { echo "no binary $binary: make build" >&2; exit 1; }
    [ ! -e "$dir" ] || "$0" stop "$dir"
    mkdir -p "$dir"
    dir=$(cd "$dir" && pwd)
    chmod 711 "$dir" # the database runs as another user, below it
    "$servers" start "$dir/servers" "${1:-}"
    eval "$("$servers" env "$dir/servers")"
    psql -qAtX "$ENIGMA_TEST_PG_URL/postgres" -c 'CREATE DATABASE enigma'
    echo "$ENIGMA_TEST_PGBOUNCER_URL/enigma" >"$dir/database_url"
    echo "$ENIGMA_TEST_PG_URL/enigma" >"$dir/direct_url"
    for i in 0 1 2; do free_port >"$dir/port$i"; done
    start_node 1 # makes the keys that the others read
    start_node 2
    launch worker "$binary" worker
    write_nginx
    nginx -e "$dir/nginx/error.log" -p "$dir/nginx" -c "$dir/nginx/nginx.conf"
    printf '{"url":"http://127.0.0.1:%s","node1":%s,"node2":%s,"data_dir":"%s"}\n' \
        "$(cat "$dir/port0")" "$(cat "$dir/port1")" "$(cat "$dir/port2")" "$dir/node1"
}

stop() {
    [ -d "$dir" ] || return 0
    for name in nginx worker node1 node2; do
        ! alive "$name" || kill -TERM "$(cat "$dir/$name.pid")" 2>/dev/null || true
    done
    for _ in $(seq 200); do
        alive worker || alive node1 || alive node2 || break
        sleep 0.1
    done
    "$servers" stop "$dir/servers"
    rm -rf "$dir"
}

case $verb in
    start) start "${3:-}" ;;
    stop) stop ;;
    node) start_node "${3:?}" ;;
    kill) kill -KILL "$(cat "$dir/${3:?}.pid")" ;;
    *) usage ;;
esac
