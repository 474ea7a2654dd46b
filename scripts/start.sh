#!/usr/bin/env bash
# Starts Qguardarr from a fresh clone or an old one: installs and builds only what is missing or out of date.
# Usage: start.sh [--config FILE] [--demo]; relative paths are taken from the project's folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/prepare.sh
source scripts/prepare.sh

require_node
install_packages
build_bundle
# shellcheck source=scripts/node-flags.sh
source scripts/node-flags.sh
# exec: the service takes this shell's place, so that the signals of a terminal or of systemd reach it.
exec node ${node_flags[@]+"${node_flags[@]}"} dist/main.js run "$@"
