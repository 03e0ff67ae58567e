#!/bin/sh
# Runs PostgreSQL for as long as somebody holds the other end of our standard input. When that closes, because the
# owner asked or was killed, PostgreSQL gets SIGINT: a fast shutdown, which loses nothing.
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
(
  cat <&3 >/dev/null
  kill -INT "$server" 2>/dev/null
) &
trap 'kill -INT "$server" 2>/dev/null' INT TERM HUP
exec 3<&-
wait "$server"
code=$?
# A trapped signal ends "wait" early; the server may still be writing.
while kill -0 "$server" 2>/dev/null; do
  wait "$server"
  code=$?
done
exit "$code"
