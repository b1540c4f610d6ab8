#!/usr/bin/env bash
# Installs what is missing from Debian 12 packages. `build` is enough for make build and make run;
# `test` adds what make test needs. Does nothing when all is there.
set -euo pipefail
build=(gcc libc6-dev make cmake ninja-build pkg-config libuv1-dev node-llhttp libssl-dev
       libsqlite3-dev libpq-dev libpcre2-dev libwslay-dev libcurl4-openssl-dev libcrypt-dev zlib1g-dev
       brotli gzip esbuild scowl libpocketsphinx-dev pocketsphinx-en-us python3)
# Another Node.js than Debian's will do, with its own npm.
command -v node >/dev/null || build+=(nodejs)
command -v npm >/dev/null || build+=(npm)
test=(libcmocka-dev libjansson-dev clang-14 clang-tidy-14 clang-format-14 libclang-rt-14-dev
      python3-cryptography sqlite3 strace wrk git procps openssl ca-certificates util-linux
      chromium chromium-driver coturn nginx-light curl postgresql-15 postgresql-client-15 pgbouncer nodejs flite)
want=("${build[@]}")
[ "${1:-build}" = test ] && want+=("${test[@]}")
# Other packages of Node.js bring npm along.
[ "${1:-build}" = test ] && ! command -v npm >/dev/null && want+=(npm)
missing=()
for p in "${want[@]}"; do
    s=$(dpkg-query -W -f='${Status}' "$p" 2>/dev/null || true)
    [ "$s" = 'install ok installed' ] || missing+=("$p")
done
[ ${#missing[@]} -eq 0 ] && exit 0
echo "installing: ${missing[*]}"
sudo=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "as root: apt-get install ${missing[*]}" >&2; exit 1; }
    sudo=sudo
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
policy=
trap 'rm -f "$log"; [ -z "$policy" ] || $sudo rm -f "$policy"' EXIT
# The tests run servers of their own: no package begins one, now or at the next boot. What somebody
# has set up already stays as it is.
absent() { [[ " ${missing[*]} " == *" $1 "* ]]; }
if absent postgresql-15 || absent pgbouncer || absent nginx-light || absent coturn; then
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        policy=/usr/sbin/policy-rc.d
        printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
        $sudo chmod 755 "$policy"
    fi
    conf=/etc/postgresql-common/createcluster.conf
    if [ ! -e "$conf" ] && absent postgresql-15; then
        $sudo mkdir -p "${conf%/*}"
        echo 'create_main_cluster = false' | $sudo tee "$conf" >/dev/null
    fi
fi
for try in 1 2 3; do
    if $sudo apt-get update -qq >"$log" 2>&1 &&
        $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            -o Dpkg::Options::=--force-confold "${missing[@]}" >>"$log" 2>&1; then
        ! absent pgbouncer || $sudo update-rc.d pgbouncer disable >/dev/null 2>&1 || true
        exit 0
    fi
    echo "package installation failed (try $try)" >&2
    sleep $((try * 5))
done
tail -20 "$log" >&2
exit 1
