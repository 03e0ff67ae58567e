#!/bin/sh
# Runs a command for as long as somebody holds the other end of our standard input. When that closes, because the owner
# asked or was killed at whatever moment, the command gets the signals of the first argument, with so many seconds between
# them: "TERM 12 KILL". It reads the same pipe, so that it can notice by itself too.
stages=$1
shift
exec 3<&0
"$@" <&3 3<&- &
child=$!
end() {
  set -- $stages
  while kill -s "$1" "$child" 2>/dev/null && [ $# -gt 1 ]; do
    tenths=$(($2 * 10))
    shift 2
    while [ $tenths -gt 0 ] && kill -s 0 "$child" 2>/dev/null; do
      sleep 0.1
      tenths=$((tenths - 1))
    done
  done
}
(
  while read -r line <&3; do :; done
  end
) </dev/null >/dev/null 2>&1 &
watcher=$!
trap 'kill -s "${stages%% *}" "$child" 2>/dev/null' INT TERM HUP
exec 3<&-
wait "$child"
code=$?
# A trapped signal ends "wait" early; the command may still be at work.
while kill -s 0 "$child" 2>/dev/null; do
  wait "$child"
  code=$?
done
kill -s KILL "$watcher" 2>/dev/null
exit "$code"
