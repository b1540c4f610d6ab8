#!/bin/sh
# Writes the list of users from the secret and gives up root.
set -eu
umask 077
printf '"enigma" "%s"\n' "$(cat /run/secrets/postgres_password)" > /tmp/users.txt
chown postgres /tmp/users.txt
exec pgbouncer -u postgres /etc/enigma/pgbouncer.ini
