#!/usr/bin/env bash
# Sets the bench up and tears it down: a temporary directory, a certificate,
# one nginx,
# one slow shop; measure.lua does the measuring.
# Usage: SHOPWIRE_BUILD=DIR bench/run.sh [--json] [--quick] [NAME ...]
# Expects what `./run bench` prepares: bench programs in $SHOPWIRE_BUILD/bench,
# modules in $SHOPWIRE_BUILD/lua/<version>.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=${SHOPWIRE_BUILD:-$here/../build}
PATH=$PATH:/usr/sbin:/sbin
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE

die() {
  echo "bench: $*" >&2
  exit 1
}

for program in meter raw_easy raw_multi slow_shop; do
  [ -x "$build/bench/$program" ] || die "$build/bench/$program is not built"
done
command -v nginx >/dev/null || die "nginx is missing"
command -v openssl >/dev/null || die "openssl is missing"
system_ca=/etc/ssl/certs/ca-certificates.crt
[ -r "$system_ca" ] || die "$system_ca is missing (package ca-certificates)"

dir=$(mktemp -d)
slow_shop=""
stop() {
  if [ -s "$dir/nginx.pid" ]; then
    kill "$(cat "$dir/nginx.pid")" 2>/dev/null || true
  fi
  [ -z "$slow_shop" ] || kill "$slow_shop" 2>/dev/null || true
  rm -rf "$dir"
}
trap stop EXIT
trap 'exit 130' INT TERM HUP

# A client and the upstream do not share a core where there are two.
pin_client="" pin_upstream=""
if command -v taskset >/dev/null && taskset -c 0 true 2>/dev/null &&
  taskset -c 1 true 2>/dev/null; then
  pin_client="taskset -c 0" pin_upstream="taskset -c 1"
fi

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=localhost" \
  -addext "subjectAltName=IP:127.0.0.1,DNS:localhost" \
  -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
cat "$system_ca" "$dir/cert.pem" >"$dir/ca.pem"
lua5.4 "$here/payments.lua" 5 >"$dir/payments.json"
lua5.4 "$here/payments.lua" 2418 >"$dir/payments-1mb.json"
truncate -s 1G "$dir/sparse-1g.bin"

# Ports: the first free pair from a place that differs between runs.
port=$((20000 + $$ % 20000))
user=""
[ "$(id -u)" != 0 ] || user="user root;"
for _ in 1 2 3 4 5; do
  sed -e "s|@DIR@|$dir|g" -e "s|@USER@|$user|" -e "s|@PLAIN@|$port|" \
    -e "s|@TLS@|$((port + 1))|" "$here/upstream/nginx.conf.in" \
    >"$dir/nginx.conf"
  # shellcheck disable=SC2086
  if $pin_upstream nginx -p "$dir" -e "$dir/error.log" \
    -c "$dir/nginx.conf" 2>"$dir/nginx.err"; then
    started=yes
    break
  fi
  port=$((port + 7))
done
[ "${started:-no}" = yes ] || die "nginx: $(head -3 "$dir/nginx.err")"

# shellcheck disable=SC2086
$pin_upstream "$build/bench/slow_shop" >"$dir/slow_port" &
slow_shop=$!
tries=0
until [ -s "$dir/slow_port" ]; do
  tries=$((tries + 1))
  [ "$tries" -le 50 ] || die "the slow shop did not start"
  sleep 0.1
done

BENCH_DIR=$dir BENCH_HERE=$here BENCH_BUILD=$build BENCH_PIN=$pin_client \
  BENCH_PLAIN=http://127.0.0.1:$port \
  BENCH_TLS=https://127.0.0.1:$((port + 1)) \
  BENCH_SLOW=http://127.0.0.1:$(cat "$dir/slow_port") \
  lua5.4 "$here/measure.lua" "$@"
