# shellcheck shell=bash
# Sourced by start.sh and test.sh, from the project's folder: what has to be there before anything can run.
# Each function prints one line when it has work to do and nothing when it hasn't, and returns non-zero
# with the reason on stderr when it can't do it.

# What a command prints is shown only when it fails.
quietly() {
  local output
  if output=$("$@" 2>&1); then return 0; fi
  printf '%s\n' "$output" >&2
  printf 'Failed: %s\n' "$*" >&2
  return 1
}

require_node() {
  local program
  for program in node npm; do
    if ! command -v "$program" >/dev/null; then
      printf '%s is not installed. Qguardarr needs Node.js 20.19 or newer, with npm: https://nodejs.org/en/download\n' \
        "$program" >&2
      return 1
    fi
  done
  if ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'; then
    printf 'Node.js %s is too old: Qguardarr needs 20.19 or newer (https://nodejs.org/en/download)\n' \
      "$(node --version)" >&2
    return 1
  fi
}

# npm writes node_modules/.package-lock.json last, so an install that was cut short is done again.
install_packages() {
  local stamp=node_modules/.package-lock.json
  if [ -f "$stamp" ] && [ ! package-lock.json -nt "$stamp" ]; then return 0; fi
  printf 'Installing packages (npm ci)\n'
  # No package needs its install script, and the tools that build are wanted even under NODE_ENV=production.
  quietly npm ci --ignore-scripts --include=dev
}

# A folder is newer than the bundle when a file in it was added or deleted, so folders are compared too.
build_bundle() {
  if [ -f dist/main.js ] &&
    [ -z "$(find src machines scripts/build.mjs scripts/licences.mjs package.json package-lock.json -newer dist/main.js -print -quit)" ]; then
    return 0
  fi
  printf 'Building dist/main.js\n'
  quietly npm run build
}
