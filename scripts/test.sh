#!/usr/bin/env bash
# Runs every check there is, on a fresh machine too. Goes on when one fails; the last line is the sum,
# `N passed, M failed`, in which a step without counts of its own (types, lint, coverage) counts only when it fails.
# With CI=true nothing may be skipped.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
# shellcheck source=scripts/prepare.sh
source scripts/prepare.sh

# Three times as long as the longest suite takes on two cores.
SUITE_WITHIN_S=1500

passed=0
failed=0
skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

finish() {
  if [ "$skipped" -gt 0 ]; then printf '%s skipped\n' "$skipped"; fi
  printf '%s passed, %s failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
  exit
}

# step NAME COMMAND...: one that counts nothing; its output is shown only when it fails.
step() {
  local name=$1
  shift
  printf '== %s\n' "$name"
  if quietly "$@"; then return 0; fi
  failed=$((failed + 1))
  return 1
}

# suite NAME COMMAND...: one that ends in a line `N passed, M failed[, K skipped]`.
suite() {
  local name=$1 status totals
  shift
  printf '== %s\n' "$name"
  timeout --kill-after=30 "$SUITE_WITHIN_S" "$@" 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  if [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then
    printf 'Failed: %s did not end within %s s\n' "$name" "$SUITE_WITHIN_S"
  fi
  totals=$(grep -E '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$log" | tail -n 1)
  local numbers='^([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?$'
  local failed_here=0
  if [[ $totals =~ $numbers ]]; then
    passed=$((passed + BASH_REMATCH[1]))
    failed_here=${BASH_REMATCH[2]}
    skipped=$((skipped + ${BASH_REMATCH[4]:-0}))
  else
    printf 'Failed: %s ended without a line of totals\n' "$name"
    failed_here=1
  fi
  if [ "$status" -ne 0 ] && [ "$failed_here" -eq 0 ]; then
    printf 'Failed: %s ended with status %s although no test failed (coverage under its mark?)\n' "$name" "$status"
    failed_here=1
  fi
  failed=$((failed + failed_here))
}

# install PACKAGE: by apt-get, where this user may without being asked.
install() {
  local package=$1 as_root=()
  command -v apt-get >/dev/null || return 1
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || return 1
    as_root=(sudo -n)
  fi
  printf 'Installing %s (apt-get)\n' "$package"
  # An index that can't be refreshed may still know the package.
  quietly "${as_root[@]+"${as_root[@]}"}" apt-get update -q
  quietly "${as_root[@]+"${as_root[@]}"}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "$package"
}

# skip FOLDER WHAT: says which tests are left out, and why; in CI that is a failure.
skip() {
  local folder=$1 what=$2 file
  if [ "${CI:-}" = true ]; then
    printf 'Failed: %s is not installed, and CI runs every test\n' "$what"
    failed=$((failed + 1))
    return
  fi
  printf '%s is not installed and could not be (it takes apt-get, and root or sudo without a password).\n' "$what"
  printf 'Skipped, as they need it:\n'
  while IFS= read -r file; do
    printf '  %s\n' "$file"
    skipped=$((skipped + 1))
  done < <(find "$folder" -name '*.test.ts' | sort)
}

has_chromium() {
  [ -n "${CHROMIUM:-}" ] || command -v chromium || command -v chromium-browser || command -v google-chrome ||
    command -v google-chrome-stable
}

if ! { require_node && install_packages; }; then
  failed=1
  finish
fi

# Unit tests of the import read a database by each of them; where one is missing its test says so, and fails in CI.
for program in sqlite3 python3; do
  command -v "$program" >/dev/null || install "$program" || printf '%s is not installed and could not be\n' "$program"
done

step lint npm run lint
step types npm run typecheck
step build npm run build || finish
suite 'unit tests and coverage' npm run coverage
suite 'fault matrix' npm run test:faults

# The crash matrix takes a sample of its cases on it, too.
if command -v qbittorrent-nox >/dev/null || install qbittorrent-nox; then has_qbittorrent=true; else has_qbittorrent=false; fi
suite 'crash matrix' npm run test:crash

if has_chromium >/dev/null || { install chromium && has_chromium >/dev/null; }; then
  suite 'the dashboard, in Chromium' npm run test:browser
else
  skip test/browser Chromium
fi

# Attacks that come through a reverse proxy take a real one; without it they are skipped, with a message.
for proxy in caddy nginx; do
  PATH=$PATH:/usr/sbin command -v "$proxy" >/dev/null || install "$proxy" ||
    printf '%s is not installed and could not be: attacks that come through it are skipped\n' "$proxy"
done
suite 'attacks' npm run test:security

if $has_qbittorrent; then
  suite 'end to end, against a real qBittorrent' npm run test:e2e
else
  skip test/e2e qbittorrent-nox
fi
finish
