# A private PostgreSQL in a temporary folder, for as long as this script's standard input stays open.
# However xtask ends (done, Ctrl-C, killed), the pipe closes, and then the server and its folder go.
#
#   sh -c "$(cat postgres.sh)" postgres.sh BINDIR PORT      as a user PostgreSQL accepts, that is, not root
#
# Prints the server's URL once it takes connections.
set -eu
programs=$1
port=$2

folder=$(mktemp -d /tmp/catalytic-postgres.XXXXXX)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# Sent in clear over loopback: what SCRAM would cost each of a thousand connections of a debug build buys nothing here.
password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
printf '%s' "$password" > password
if ! "$programs/initdb" --pgdata=data --username=postgres --pwfile=password --auth=password \
    --encoding=UTF8 --locale=C --no-sync > log 2>&1; then
    cat log >&2
    exit 1
fi

# Nothing here outlives the run, so nothing has to survive a power cut.
"$programs/postgres" -D data -p "$port" -k "$folder" -c listen_addresses=127.0.0.1 \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
    -c max_connections=400 -c shared_buffers=256MB -c max_locks_per_transaction=256 \
    -c timezone=UTC > log 2>&1 < /dev/null &
server=$!

tries=600
until "$programs/pg_isready" --quiet --host=127.0.0.1 --port="$port"; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ] || ! kill -0 "$server" 2> /dev/null; then
        cat log >&2
        kill -KILL "$server" 2> /dev/null || true
        exit 1
    fi
    sleep 0.1
done
echo "postgres://postgres:$password@127.0.0.1:$port/postgres"

cat > /dev/null
# The fast way: open connections are cut, not waited for.
kill -INT "$server" 2> /dev/null || true
wait "$server" || true
