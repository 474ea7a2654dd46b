#!/bin/sh
# What the image starts, and `qguardarr` inside it: the user, umask and rights that the container is to run with,
# then Qguardarr itself in this shell's place, so that signals reach it.
#
# Started as root (the default), it gives the config's folder and Qguardarr's files in it to PUID:PGID (1000:1000) when
# that isn't the folder's owner, and goes on as that user, for good and without any capability. That takes CAP_SETUID and CAP_SETGID, and
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
config=${QGUARDARR_CONFIG:-/config/qguardarr.yaml}
# A folder with links in its path is the one that they lead to.
folder=$(readlink -f "$(dirname "$config")" || printf '')

# Whether the folder is the system's: to give it to a user would let that user change the system.
is_system() {
  case $1 in
    /etc/qguardarr | /etc/qguardarr/* | /var/lib/qguardarr | /var/lib/qguardarr/*) return 1 ;;
    / | /app | /app/* | /bin | /bin/* | /boot | /boot/* | /dev | /dev/* | /etc | /etc/* | /home) ;;
    /lib | /lib/* | /lib32 | /lib32/* | /lib64 | /lib64/* | /libx32 | /libx32/* | /media | /mnt) ;;
    /opt | /proc | /proc/* | /root | /run | /run/* | /sbin | /sbin/* | /srv | /sys | /sys/* | /tmp | /usr | /usr/*) ;;
    /var | /var/*) ;;
    *) return 1 ;;
  esac
}

# Gives files and folders to the user: no links, nothing on other file systems, and no file that has a second name,
# which may be anywhere on the disk.
give() {
  find "$@" -xdev \( -type d -o -type f -links 1 \) -exec chown -h "$uid:$gid" {} +
}

# The config and what Qguardarr makes beside it by default; the folder itself last, since its owner says that all is done.
give_ours() {
  for name in data logs; do
    if [ -d "$folder/$name" ]; then give "$folder/$name" || return; fi
  done
  for file in "$folder/$(basename "$config")" "$folder/.env" "$folder/api-key" "$folder"/api-key.* \
    "$folder/dry_run_limits.json" "$folder/rollback.db" "$folder"/rollback.db.* "$folder/rollback.db~" \
    "$folder"/*.log "$folder"/*.log.[0-9]*; do
    if [ -f "$file" ]; then give "$file" || return; fi
  done
  chown -h "$uid:$gid" "$folder"
}

if [ "$(id -u)" -ne 0 ] || [ "$uid" -eq 0 ]; then
  if [ -n "${PUID:-}" ] && [ "$(id -u)" -ne "$uid" ]; then
    printf 'qguardarr: PUID is %s, but the container runs as user %s, which counts\n' "$uid" "$(id -u)" >&2
  fi
  exec "$@"
fi

if [ -d "$folder" ] && [ "$(stat -c %u:%g "$folder")" != "$uid:$gid" ]; then
  if is_system "$folder"; then
    printf 'qguardarr: %s is a folder of the system, so nothing in it is given to %s:%s: put the config into a folder of its own, such as /config\n' \
      "$folder" "$uid" "$gid" >&2
  else
    give_ours ||
      fail "$folder can't be given to $uid:$gid: make it theirs outside (chown -R $uid:$gid), or add CAP_CHOWN"
  fi
fi
# Root's further groups would go along otherwise.
exec setpriv --reuid "$uid" --regid "$gid" --clear-groups --no-new-privs "$@"
