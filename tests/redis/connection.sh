# How the scripts beside this one reach a server, and leave it as they found it. They source it:
# connect, then redis_cli and redis_benchmark. All their keys begin with $PREFIX.
# Exit codes: 0 all is as it should be, 1 something is not, 2 no server answers, 64 wrong usage.
# shellcheck shell=sh disable=SC2034  # constants for those who source it

DEFAULT_URL=redis://127.0.0.1:6379/0
DEFAULT_CONTAINER=iac-redis
WHERE="The server, by the environment:
  REDIS_URL=redis://[user:password@]host:port/database   needs redis-cli on this machine
  CONTAINER=name                                         docker exec; its REDIS_PASSWORD is used
Without either: $DEFAULT_URL, and then the container $DEFAULT_CONTAINER."
# Who is killed cannot clean up: their keys end by themselves.
LIFETIME=600
PREFIX="iac-check:$$-$(date +%s):"
TIMEOUT_SECONDS=10

# Runs in the container. Valkey's images may have its programs under its own names only.
# shellcheck disable=SC2016  # expanded there
IN_CONTAINER='
program=$1; shift
command -v "$program" >/dev/null || program=valkey-${program#redis-}
case $program in
    *-cli) [ -z "$REDIS_PASSWORD" ] || export REDISCLI_AUTH="$REDIS_PASSWORD" ;;
    *) [ -z "$REDIS_PASSWORD" ] || set -- -a "$REDIS_PASSWORD" "$@" ;;
esac
exec "$program" "$@"'

wrong_usage() {
    printf '%s\n' "$1" >&2
    exit 64
}

# Sets what redis_cli and redis_benchmark use; ends the script where nobody answers.
connect() {
    [ -z "${REDIS_URL:-}" ] || [ -z "${CONTAINER:-}" ] || wrong_usage "Set REDIS_URL or CONTAINER, not both."
    url=${REDIS_URL:-} container=${CONTAINER:-}
    # A password without a user is the default user's; redis-cli takes the user for one without name.
    case $url in *://:*) url="${url%%://*}://default:${url#*://:}" ;; esac
    if [ -n "$url$container" ]; then
        answers || { no_answer; exit 2; }
    else
        url=$DEFAULT_URL
        answers || { no_answer; url='' container=$DEFAULT_CONTAINER; answers; } || { no_answer; exit 2; }
    fi
    child=''
    trap clean_up EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    echo "Server: $(place)"
}

# Passwords are not shown.
place() {
    if [ -n "$container" ]; then echo "container $container"; else echo "$url" | sed 's|//.*@|//|'; fi
}

answers() {
    said=$(redis_cli PING 2>&1 </dev/null) && [ "$said" = PONG ]
}

no_answer() {
    printf 'No Redis answers at %s: %s\n' "$(place)" "${said:-nothing within $TIMEOUT_SECONDS seconds}" >&2
}

redis_cli() {
    if [ -n "$container" ]; then
        timeout "$TIMEOUT_SECONDS" docker exec -i "$container" sh -c "$IN_CONTAINER" sh redis-cli "$@"
    else
        timeout "$TIMEOUT_SECONDS" redis-cli --no-auth-warning -u "$url" "$@"
    fi
}

# To be run in the background: it takes the place of the shell that runs it, so that a signal to
# that one ends the measurement.
redis_benchmark() {
    if [ -n "$container" ]; then
        exec docker exec -i "$container" sh -c "$IN_CONTAINER" sh redis-benchmark "$@"
    else
        exec redis-benchmark -u "$url" "$@"
    fi
}

keys() {
    redis_cli --scan --pattern "$PREFIX$1" </dev/null
}

delete() {
    keys "$1" | sed 's/^/UNLINK /' | redis_cli >/dev/null
}

clean_up() {
    trap '' HUP INT TERM
    if [ -n "$child" ] && kill "$child" 2>/dev/null; then
        wait "$child" 2>/dev/null  # or what it sends last would stay
    fi
    delete '*'
}
