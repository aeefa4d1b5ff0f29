#!/bin/sh
# Measures what a Redis does in a second; see README.md.
set -u
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/connection.sh"

usage() {
    cat <<END
Usage: performance-benchmark.sh [OPTION]...

Measures SET and GET with redis-benchmark, one command a round trip and many, and shows the
server's statistics. Every GET must find its value.
It touches no keys but its own and deletes them at the end, also when it is interrupted.

  --requests N   of each measurement (100000)
  --clients N    connections at once (50)
  --keys N       that the requests go to, at random (10000)
  --pipeline N   commands in one round trip, in the second half (16)
  --at-least N   fail below this many requests a second (1)

$WHERE

Exit code: 0 all is as it should be, 1 something is not, 2 no server answers.
END
}

requests=100000
clients=50
keys=10000
pipeline=16
at_least=1
VALUE=$(printf '%0100d' 0)

read_options() {
    while [ $# -gt 0 ]; do
        case $1 in
        --help | -h) usage && exit 0 ;;
        --requests | --clients | --keys | --pipeline | --at-least) ;;
        *) wrong_usage "Unknown: $1. Try --help." ;;
        esac
        case ${2:-} in '' | *[!0-9]* | 0*) wrong_usage "$1 needs a number above 0." ;; esac
        case $1 in
        --requests) requests=$2 ;;
        --clients) clients=$2 ;;
        --keys) keys=$2 ;;
        --pipeline) pipeline=$2 ;;
        --at-least) at_least=$2 ;;
        esac
        shift 2
    done
}

fail() {
    printf '%s\n' "$1" >&2
    exit 1
}

# redis-benchmark writes random numbers below --keys with twelve digits.
fill() {
    stored=$(awk -v keys="$keys" -v start="SET $PREFIX" -v end=" $VALUE EX $LIFETIME" \
        'BEGIN { for (key = 0; key < keys; key++) printf "%s%012d%s\n", start, key, end }' |
        redis_cli | grep -c '^OK')
    [ "$stored" = "$keys" ] || fail "Of $keys keys the server stored ${stored:-none}."
}

# measure NAME COMMANDS_IN_A_ROUND_TRIP COMMAND... prints a line of the table.
measure() {
    name=$1 depth=$2
    shift 2
    # In the background, so that an interruption need not wait for it.
    redis_benchmark --csv -n "$requests" -c "$clients" -r "$keys" -P "$depth" "$@" >"$results" 2>&1 </dev/null &
    child=$!
    wait "$child" || fail "$name: redis-benchmark failed: $(cat "$results")"
    child=''
    # The name, which is the first column, has no commas.
    figures=$(tail -n 1 "$results" | tr -d '"' | cut -d , -f 2,5,6,7 | tr , ' ')
    # shellcheck disable=SC2086  # four figures
    set -- $figures
    [ $# -eq 4 ] || fail "$name: redis-benchmark said: $(cat "$results")"
    printf '%-24s %12.0f %9.3f %9.3f %9.3f\n' "$name" "$@"
    [ "${1%.*}" -ge "$at_least" ] || fail "$name: ${1%.*} requests a second, and not $at_least."
}

info() {
    redis_cli INFO "$1" </dev/null | tr -d '\r'
}

hits() {
    info stats | sed -n 's/^keyspace_hits://p'
}

read_options "$@"
connect
results=$(mktemp)
trap 'rm -f "$results"; clean_up' EXIT
fill
before=$(hits)
printf '%-24s %12s %9s %9s %9s\n' "" "requests/s" "p50 ms" "p95 ms" "p99 ms"
for depth in 1 "$pipeline"; do
    measure "SET, $depth a round trip" "$depth" SET "${PREFIX}__rand_int__" "$VALUE" EX "$LIFETIME"
    measure "GET, $depth a round trip" "$depth" GET "${PREFIX}__rand_int__"
done
found=$(($(hits) - before))
[ "$found" -ge $((2 * requests)) ] || fail "Of $((2 * requests)) GETs only $found found a value."
echo
echo "Statistics"
info stats | grep -E '^(keyspace_|instantaneous_|total_commands|expired_keys|evicted_keys|rejected_)'
echo
echo "Memory"
info memory | grep -E '^(used_memory_human|used_memory_peak_human|maxmemory_human|maxmemory_policy|mem_fragmentation_ratio)'
