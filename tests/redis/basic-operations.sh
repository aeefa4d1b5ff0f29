#!/bin/sh
# Checks that a Redis does what the cache asks of it; see README.md.
set -u
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/connection.sh"

usage() {
    cat <<END
Usage: basic-operations.sh [--help]

Sets, reads, expires and deletes keys on a Redis or Valkey, and checks every answer.
It touches no keys but its own and deletes them at the end, also when it is interrupted.

$WHERE

Exit code: 0 all answers are right, 1 one is wrong, 2 no server answers.
END
}

passed=0
failed=0

# check NAME EXPECTED ACTUAL
check() {
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
        printf '  ok     %s\n' "$1"
    else
        failed=$((failed + 1))
        printf '  WRONG  %s: expected "%s", got "%s"\n' "$1" "$2" "$3"
    fi
}

# One command on a key of ours: run COMMAND KEY [ARGUMENT...]
run() {
    command=$1 key=$PREFIX$2
    shift 2
    redis_cli "$command" "$key" "$@" </dev/null 2>&1
}

count_keys() {
    keys "$1" | wc -l | tr -d ' '
}

# Whether a number is within two others, as a word that can be checked.
within() {
    case $1 in '' | *[!0-9-]*) echo "$1" && return ;; esac
    if [ "$1" -ge "$2" ] && [ "$1" -le "$3" ]; then echo "$2 to $3"; else echo "$1"; fi
}

set_and_get() {
    echo "SET and GET"
    check "SET stores" OK "$(run SET one value EX "$LIFETIME")"
    check "GET returns what was stored" value "$(run GET one)"
    check "GET of a key that is not there returns nothing" "" "$(run GET none)"
    check "SET NX leaves what is there" "" "$(run SET one other EX "$LIFETIME" NX)"
    check "and it is still there" value "$(run GET one)"
}

time_to_live() {
    echo "Time to live"
    check "SET EX stores" OK "$(run SET brief value EX 10)"
    check "TTL counts down" "1 to 10" "$(within "$(run TTL brief)" 1 10)"
    check "TTL of a key without an end is -1" "OK -1" "$(run SET lasting value) $(run TTL lasting)"
    check "EXPIRE gives it one" 1 "$(run EXPIRE lasting "$LIFETIME")"
    check "PEXPIRE shortens it" 1 "$(run PEXPIRE brief 1)"
    tries=2000
    while [ "$(run EXISTS brief)" = 1 ] && [ "$tries" -gt 0 ]; do tries=$((tries - 1)); done
    check "the key is gone when its time is over" 0 "$(run EXISTS brief)"
}

many_keys() {
    echo "Many keys, and deleting by pattern"
    number=0
    while [ $((number += 1)) -le 100 ]; do
        echo "SET ${PREFIX}bulk:$number value$number EX $LIFETIME"
    done | redis_cli >/dev/null
    check "100 keys are stored" 100 "$(count_keys 'bulk:*')"
    check "each with its value" value73 "$(run GET bulk:73)"
    delete 'bulk:*'
    check "none is left of the pattern" 0 "$(count_keys 'bulk:*')"
    check "others are left alone" value "$(run GET one)"
}

hashes() {
    echo "Hashes"
    check "HSET stores two fields" 2 "$(run HSET person name John age 30)"
    check "HGET returns one" John "$(run HGET person name)"
    check "HGETALL returns all" "name John age 30" "$(run HGETALL person | paste -s -d ' ' -)"
    check "HINCRBY adds to one" 31 "$(run HINCRBY person age 1)"
    check "EXPIRE ends the whole hash" 1 "$(run EXPIRE person "$LIFETIME")"
}

counters() {
    echo "Counters"
    check "INCR begins with 1" 1 "$(run INCR views)"
    check "INCRBY adds" 11 "$(run INCRBY views 10)"
    check "a counter can end" 1 "$(run EXPIRE views "$LIFETIME")"
    check "what is no number is refused" "ERR value is not an integer or out of range" "$(run INCR one)"
}

case "$#${1:-}" in
0) ;;
1--help | 1-h) usage && exit 0 ;;
*) wrong_usage "Unknown: $*. Try --help." ;;
esac
connect
set_and_get
time_to_live
many_keys
hashes
counters
echo "$passed right, $failed wrong"
[ "$failed" -eq 0 ]
