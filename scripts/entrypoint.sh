#!/bin/sh
# What the image starts, and `qguardarr` inside it: the user, umask and rights that the container is to run with,
# then Qguardarr itself in this shell's place, so that signals reach it.
#
# Started as root (the default), it gives the config's folder to PUID:PGID (1000:1000) when that isn't its owner,
# and goes on as that user, for good and without any capability. That takes CAP_SETUID and CAP_SETGID, and
# CAP_CHOWN when the owner differs. Started as any other user (`user: 1000:1000`), it needs none, and changes none.
set -eu

fail() {
  printf 'qguardarr: %s\n' "$*" >&2
  exit 2
}

is_id() {
  case $1 in
    '' | *[!0-9]*) return 1 ;;
    *) [ "${#1}" -le 9 ] ;;
  esac
}

uid=${PUID:-1000} gid=${PGID:-1000}
is_id "$uid" || fail "PUID should be a user's number such as 1000, got \"$uid\""
is_id "$gid" || fail "PGID should be a group's number such as 1000, got \"$gid\""
case ${UMASK:-022} in
  [0-7][0-7][0-7] | 0[0-7][0-7][0-7]) umask "${UMASK:-022}" ;;
  *) fail "UMASK should be three octal digits such as 022, got \"$UMASK\"" ;;
esac

here=$(dirname "$(readlink -f "$0")")
# The flags keep memory small, as MALLOC_… in the Dockerfile does: scripts/node-flags.sh has the reasons.
set -- node --max-semi-space-size=2 --heap-growing-percent=20 "$here/dist/main.js" "$@"
folder=$(dirname "${QGUARDARR_CONFIG:-/config/qguardarr.yaml}")

if [ "$(id -u)" -ne 0 ] || [ "$uid" -eq 0 ]; then
  if [ -n "${PUID:-}" ] && [ "$(id -u)" -ne "$uid" ]; then
    printf 'qguardarr: PUID is %s, but the container runs as user %s, which counts\n' "$uid" "$(id -u)" >&2
  fi
  exec "$@"
fi

if [ -d "$folder" ] && [ "$(stat -c %u:%g "$folder")" != "$uid:$gid" ]; then
  chown -R "$uid:$gid" "$folder" ||
    fail "$folder can't be given to $uid:$gid: make it theirs outside (chown -R $uid:$gid), or add CAP_CHOWN"
fi
# Root's further groups would go along otherwise.
exec setpriv --reuid "$uid" --regid "$gid" --clear-groups --no-new-privs "$@"
