#!/usr/bin/env bash
# PostgreSQL and pgbouncer for the tests, in a directory of their own, on free loopback ports.
#   start DIR [PID]   one server and a pooler in transaction mode; PID: stop when that process ends
#   start-once DIR    the same for CTest, unless the environment names servers
#   durable DIR [PID] one server that syncs, without a pooler, for benchmarks
#   pair DIR [PID]    a primary with synchronous remote_apply, and its streaming standby
#   promote DIR       the pair's standby becomes a primary
#   kill DIR NAME     ends the server NAME of DIR (server, primary, standby) as a power cut would
#   halt DIR NAME     stops it in order, resume DIR NAME starts it again where it was
#   stop DIR          ends all that start or pair began, and removes DIR
#   env DIR           prints the variables that tests read
#   run TARGET DIR COMMAND…   runs COMMAND for TARGET (sqlite, postgres, pooler); servers that the
#                             environment names come before those of DIR
# Nothing of an installed cluster is read or touched. Servers drop root for the package's user.
set -euo pipefail
usage() { sed -n '3,14s/^# *//p' "$0" >&2; exit 2; }
verb=${1:-}
[ $# -ge 2 ] || usage
if [ "$verb" != run ]; then
    export LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin
    umask 077
fi
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)

# As the user whom PostgreSQL accepts: anybody but root.
server_user=
if [ "$(id -u)" -eq 0 ]; then
    server_user=nobody
    id postgres >/dev/null 2>&1 && server_user=postgres
fi
as_server() {
    if [ -n "$server_user" ]; then
        (cd / && exec setpriv --reuid "$server_user" --regid "$(id -g "$server_user")" --clear-groups \
            --reset-env env LC_ALL="$LC_ALL" PATH="$PATH" "$@")
    else
        "$@"
    fi
}
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
fail() {
    echo "test servers: $1" >&2
    [ -z "${2:-}" ] || tail -20 "$2" >&2
    exit 1
}

make_dir() {
    [ -n "$bin" ] && [ -x "$bin/initdb" ] || fail 'PostgreSQL is missing: tools/install-deps.sh test'
    [ ! -e "$dir" ] || "$0" stop "$dir"
    mkdir -p "$dir"
    dir=$(cd "$dir" && pwd)
    [ ${#dir} -le 80 ] || fail "the path is too long for a socket: $dir"
    head -c 24 /dev/urandom | base64 | tr '+/' '-_' >"$dir/password"
    [ -z "$server_user" ] || chown -R "$server_user" "$dir"
}

# begin NAME PORT: starts $dir/NAME; false when the port was taken meanwhile.
begin() {
    printf '%s\n' "port = $2" >"$dir/$1/port.conf"
    [ -z "$server_user" ] || chown "$server_user" "$dir/$1/port.conf"
    as_server "$bin/pg_ctl" -D "$dir/$1" -l "$dir/$1.log" -w -t 60 -s start >/dev/null 2>&1
}
begin_somewhere() {
    for _ in 1 2 3 4 5; do
        port=$(free_port)
        begin "$1" "$port" && return 0
        grep -q 'Address already in use' "$dir/$1.log" || break
    done
    fail "PostgreSQL did not start" "$dir/$1.log"
}

# fresh NAME: an empty server. Locally no password (the directory is closed), by TCP with one.
fresh() {
    as_server "$bin/initdb" -D "$dir/$1" -U enigma --pwfile="$dir/password" -E UTF8 \
        --locale=C.UTF-8 --auth-local=trust --auth-host=scram-sha-256 --no-sync \
        >"$dir/$1.init.log" 2>&1 || fail 'initdb failed' "$dir/$1.init.log"
    as_server tee -a "$dir/$1/postgresql.conf" >/dev/null <<-CONF
	listen_addresses = '127.0.0.1'
	unix_socket_directories = '$dir'
	include 'port.conf'
	max_connections = 300
	shared_buffers = 64MB
	dynamic_shared_memory_type = mmap
	autovacuum = off
	max_wal_size = 256MB
	timezone = 'UTC'
	log_min_messages = warning
	CONF
}

pooler() {
    local secret
    secret=$(cat "$dir/password")
    as_server tee "$dir/users.txt" >/dev/null <<<"\"enigma\" \"$secret\""
    for _ in 1 2 3 4 5; do
        pooler_port=$(free_port)
        as_server tee "$dir/pgbouncer.ini" >/dev/null <<-CONF
		[databases]
		* = host=$dir port=$port
		[pgbouncer]
		listen_addr = 127.0.0.1
		listen_port = $pooler_port
		unix_socket_dir =
		auth_type = scram-sha-256
		auth_file = $dir/users.txt
		pool_mode = transaction
		max_client_conn = 500
		default_pool_size = 20
		server_idle_timeout = 5
		autodb_idle_timeout = 5
		logfile = $dir/pgbouncer.log
		pidfile = $dir/pgbouncer.pid
		log_connections = 0
		log_disconnections = 0
		stats_period = 3600
		CONF
        as_server pgbouncer -q -d "$dir/pgbouncer.ini" >/dev/null 2>&1 || true
        for _ in $(seq 100); do
            PGPASSWORD=$secret psql -qAtX -h 127.0.0.1 -p "$pooler_port" -U enigma -c 'SELECT 1' \
                postgres >/dev/null 2>&1 && return 0
            [ -s "$dir/pgbouncer.pid" ] || sleep 0.05
            sleep 0.05
        done
    done
    fail 'pgbouncer did not start' "$dir/pgbouncer.log"
}

# Whoever is killed cannot stop what it began: somebody else looks on.
watch_owner() {
    [ -n "$1" ] || return 0
    setsid bash -c 'while kill -0 "$1" 2>/dev/null && [ -e "$2/env" ]; do sleep 2; done
        [ ! -e "$2/env" ] || "$3" stop "$2"' - "$1" "$dir" "$(realpath "$0")" \
        </dev/null >/dev/null 2>&1 &
}

url() { echo "postgresql://enigma:$(cat "$dir/password")@127.0.0.1:$1"; }

start() {
    make_dir
    fresh server
    as_server tee -a "$dir/server/postgresql.conf" >/dev/null <<-CONF
	fsync = off
	full_page_writes = off
	synchronous_commit = off
	wal_level = minimal
	max_wal_senders = 0
	CONF
    begin_somewhere server
    pooler
    {
        echo "ENIGMA_TEST_PG_URL=$(url "$port")"
        echo "ENIGMA_TEST_PGBOUNCER_URL=$(url "$pooler_port")"
    } >"$dir/env"
    watch_owner "${1:-}"
}

durable() {
    make_dir
    fresh server
    as_server tee -a "$dir/server/postgresql.conf" >/dev/null <<-CONF
	shared_buffers = 512MB
	autovacuum = on
	wal_compression = lz4
	CONF
    begin_somewhere server
    echo "ENIGMA_BENCH_PG_URL=$(url "$port")" >"$dir/env"
    watch_owner "${1:-}"
}

pair() {
    local secret standby_port
    make_dir
    secret=$(cat "$dir/password")
    fresh primary
    as_server tee -a "$dir/primary/postgresql.conf" >/dev/null <<-CONF
	wal_level = replica
	max_wal_senders = 5
	hot_standby = on
	CONF
    begin_somewhere primary
    as_server env PGPASSWORD="$secret" "$bin/pg_basebackup" -D "$dir/standby" -h 127.0.0.1 -p "$port" \
        -U enigma -X stream -c fast --no-sync >"$dir/standby.init.log" 2>&1 ||
        fail 'pg_basebackup failed' "$dir/standby.init.log"
    as_server touch "$dir/standby/standby.signal"
    as_server tee -a "$dir/standby/postgresql.conf" >/dev/null <<-CONF
	primary_conninfo = 'host=127.0.0.1 port=$port user=enigma password=$secret application_name=standby'
	CONF
    local primary_port=$port
    begin_somewhere standby
    standby_port=$port
    # Only now: before the standby there was nobody to wait for.
    as_server tee -a "$dir/primary/postgresql.conf" >/dev/null <<-CONF
	synchronous_standby_names = 'standby'
	synchronous_commit = remote_apply
	CONF
    as_server "$bin/pg_ctl" -D "$dir/primary" -s reload
    for _ in $(seq 200); do
        [ "$(psql -qAtX -h "$dir" -p "$primary_port" -U enigma -c \
            'SELECT count(*) FROM pg_stat_replication WHERE sync_state = $$sync$$' postgres)" = 1 ] && break
        sleep 0.05
    done
    {
        echo "ENIGMA_TEST_PRIMARY_URL=$(url "$primary_port")"
        echo "ENIGMA_TEST_STANDBY_URL=$(url "$standby_port")"
        echo "ENIGMA_TEST_PAIR_URL=$(url "$primary_port"),127.0.0.1:$standby_port"
    } >"$dir/env"
    watch_owner "${1:-}"
}

stop() {
    [ -d "$dir" ] || return 0
    local pid name
    if pid=$(cat "$dir/pgbouncer.pid" 2>/dev/null); then
        kill -INT "$pid" 2>/dev/null || true
    fi
    for name in server primary standby; do
        [ ! -s "$dir/$name/postmaster.pid" ] ||
            as_server "$bin/pg_ctl" -D "$dir/$name" -m immediate -w -t 30 -s stop >/dev/null 2>&1 || true
    done
    for _ in $(seq 100); do
        [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null || break
        sleep 0.05
    done
    rm -rf "$dir"
}

# Nothing is flushed and nobody is told. The segment that marks the folder as taken goes too.
kill_server() {
    local pid segment
    pid=$(head -1 "$dir/$1/postmaster.pid")
    segment=$(sed -n 7p "$dir/$1/postmaster.pid" | awk '{ print $2 }')
    # shellcheck disable=SC2046
    kill -KILL "$pid" $(ps -o pid= --ppid "$pid")
    [ -z "$segment" ] || as_server ipcrm -m "$segment" 2>/dev/null || true
    rm -f "$dir/$1/postmaster.pid" # the number may be another's when `stop` comes
}

run() {
    local target=$1
    shift 2
    # On SQLite too: an import reads a PostgreSQL database, whatever it writes to.
    if [ -z "${ENIGMA_TEST_PG_URL:-}" ] && { [ "$target" != sqlite ] || [ -r "$dir/env" ]; }; then
        set -a
        # shellcheck disable=SC1091
        . "$dir/env"
        set +a
    fi
    case $target in
        sqlite) unset ENIGMA_TEST_DATABASE ENIGMA_TEST_DIRECT ENIGMA_TEST_POOLER ;;
        postgres) export ENIGMA_TEST_DATABASE=$ENIGMA_TEST_PG_URL ENIGMA_TEST_DIRECT=$ENIGMA_TEST_PG_URL
            unset ENIGMA_TEST_POOLER ;;
        pooler) export ENIGMA_TEST_DATABASE=$ENIGMA_TEST_PGBOUNCER_URL
            export ENIGMA_TEST_DIRECT=$ENIGMA_TEST_PG_URL ENIGMA_TEST_POOLER=transaction ;;
        *) usage ;;
    esac
    exec "$@"
}

dir=$2
case $verb in
    start-once) [ -n "${ENIGMA_TEST_PG_URL:-}" ] || start "$PPID" ;;
    start | durable | pair) "$verb" "${3:-}" ;;
    stop) stop ;;
    env) cat "$dir/env" ;;
    promote) as_server "$bin/pg_ctl" -D "$dir/standby" -w -t 60 -s promote >/dev/null ;;
    kill) kill_server "${3:?}" ;;
    halt) as_server "$bin/pg_ctl" -D "$dir/${3:?}" -m fast -w -t 60 -s stop >/dev/null ;;
    resume) as_server "$bin/pg_ctl" -D "$dir/${3:?}" -l "$dir/$3.log" -w -t 60 -s start >/dev/null ;;
    run) dir=$3; shift; run "$@" ;;
    *) usage ;;
esac
