#!/usr/bin/env bash
# Checks the image without Docker: replays the Dockerfile's own lines in a temporary folder, one folder for each
# stage's file system, then starts what the image would start, twice, on a spare port of 127.0.0.1: as its CMD says,
# without a config, until it is filled in; and as the demo. Each time it waits for the HEALTHCHECK, asks /health,
# sends SIGTERM and wants an exit with status 0 within 5 s.
#
# The steps are read from the Dockerfile, so the two can't drift apart; an instruction or a form that isn't known
# here is an error. Not replayed: the base image (this machine's Node is used), and RUN lines that start with
# apt-get, which need root and Debian. USER, EXPOSE, LABEL and VOLUME have nothing to replay.
# Usage: check-image.sh [PROJECT FOLDER]
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}"

temporary=$(mktemp -d)
# Started by root, the entrypoint goes on as another user, who must get in.
chmod 755 "$temporary"
pid=''
trap 'kill_service; rm -rf "$temporary"' EXIT

# tini gives the service a process group of its own, so that neither killing tini nor its group would end it.
kill_service() {
  if [ -n "$pid" ]; then kill -KILL $(pgrep -P "$pid") "$pid" 2>/dev/null || :; fi
}

die() {
  printf 'check-image: %s\n' "$*" >&2
  exit 1
}

# One instruction a line: comments dropped, continued lines joined.
instructions() {
  sed -e '/^[[:space:]]*#/d' Dockerfile | sed -e ':again' -e '/\\$/{N;s/\\\n[[:space:]]*/ /;b again' -e '}' -e '/^$/d'
}

# An exec-form argument, ["a", "b"], as one word a line.
words_of() {
  node -e 'console.log(JSON.parse(process.argv[1]).join("\n"))' "$1"
}

# copy_into DESTINATION SOURCE...: as COPY does it; a folder's contents are copied, not the folder.
copy_into() {
  local destination=$1 source
  shift
  mkdir -p "$destination"
  for source in "$@"; do
    [ -e "$source" ] || die "COPY: $source does not exist"
    if [ -d "$source" ]; then cp -R "$source/." "$destination"; else cp "$source" "$destination"; fi
  done
}

if command -v hadolint >/dev/null; then hadolint --ignore DL3008 Dockerfile; fi

stage='' root='' workdir=/
declare -a image_env=()
entrypoint='' command='' healthcheck=''

replay_copy() {
  local from='' word
  local -a words=() sources=()
  for word in $1; do
    case $word in
      --from=*) from=${word#--from=} ;;
      --*) die "COPY: no replay for $word" ;;
      *) words+=("$word") ;;
    esac
  done
  local count=$((${#words[@]} - 1))
  local destination=${words[$count]}
  case $destination in
    */) ;;
    *) die "COPY: the destination $destination should end in / so that it is a folder" ;;
  esac
  case $destination in
    /*) destination=$root$destination ;;
    *) destination=$root$workdir/$destination ;;
  esac
  for word in "${words[@]:0:$count}"; do
    if [ -n "$from" ]; then
      sources+=("$temporary/$from$word")
    else
      grep -qxF "!${word%/}" .dockerignore || die "COPY $word: .dockerignore keeps it out (it needs a line !${word%/})"
      sources+=("${word%/}")
    fi
  done
  copy_into "$destination" "${sources[@]}"
}

while IFS= read -r line; do
  rest=${line#* }
  case $line in
    'FROM '*)
      stage=final
      case $rest in *' AS '*) stage=${rest##* AS } ;; esac
      root=$temporary/$stage workdir=/ image_env=()
      mkdir -p "$root"
      ;;
    'WORKDIR '*) workdir=$rest && mkdir -p "$root$workdir" ;;
    'COPY '*) printf '%s: %s\n' "$stage" "$line" && replay_copy "$rest" ;;
    'RUN apt-get '*) printf '%s: (not replayed) %s\n' "$stage" "$line" ;;
    'RUN '*)
      printf '%s: %s\n' "$stage" "$line"
      (cd "$root$workdir" && bash -euc "$rest") >"$temporary/log" 2>&1 || { cat "$temporary/log" >&2 && die "failed: $line"; }
      ;;
    'ENV '*) for word in $rest; do image_env+=("$word"); done ;;
    'HEALTHCHECK '*' CMD '*) healthcheck=${rest#*CMD } ;;
    'ENTRYPOINT '*) entrypoint=$rest ;;
    'CMD '*) command=$rest ;;
    'LABEL '* | 'USER '* | 'VOLUME '* | 'EXPOSE '*) ;;
    *) die "no replay for the instruction: $line" ;;
  esac
done < <(instructions)

[ "$stage" = final ] || die 'the last stage of the Dockerfile should have no name'
[ -n "$command" ] || die 'the Dockerfile has no CMD'

port=$(node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')

# Absolute paths lead into the stage's folder; tini is left out where this machine has none.
in_root() {
  local word first=yes
  while IFS= read -r word; do
    case $word in
      tini | --)
        if ! command -v tini >/dev/null; then continue; fi
        ;;
      /*) word=$root$word ;;
      node) word=$(command -v node) ;;
      *) [ "$first" = no ] || die "no replay for the program $word" ;;
    esac
    first=no
    printf '%s\n' "$word"
  done < <(words_of "$1")
}

read_lines() {
  lines=()
  local line
  while IFS= read -r line; do lines+=("$line"); done
}

environment=("PATH=$PATH" "HOME=$temporary" TINI_SUBREAPER=1)
for word in "${image_env[@]}"; do
  case $word in
    QGUARDARR__GLOBAL__HOST=*) word=QGUARDARR__GLOBAL__HOST=127.0.0.1 ;;
    QGUARDARR__GLOBAL__PORT=*) word=QGUARDARR__GLOBAL__PORT=$port ;;
    *=/*) word=${word%%=*}=$root${word#*=} ;;
  esac
  environment+=("$word")
done

read_lines < <(in_root "$entrypoint")
entry=("${lines[@]}")
read_lines < <(words_of "$command")
arguments=("${lines[@]}")
read_lines < <(in_root "$healthcheck")
health=("${lines[@]}")
[ ${#health[@]} -gt 0 ] || die 'the Dockerfile has no HEALTHCHECK'

# The folder is all that the running image may write to: its root is read-only in docker-compose.yml.
touch "$temporary/started"
cd "$root$workdir"

# start_service ARGUMENT...: and waits until the image's own health check is content.
start_service() {
  env -i "${environment[@]}" "${entry[@]}" "$@" >"$temporary/service.log" 2>&1 &
  pid=$!
  for _ in $(seq 60); do
    if env -i "${environment[@]}" "${health[@]}" 2>"$temporary/health.log"; then
      printf '%s: alive by %s\n' "$*" "${health[*]##*/}"
      return 0
    fi
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.5
  done
  cat "$temporary/service.log" "$temporary/health.log" >&2
  die "$*: not alive on port $port within 30 s"
}

# await_health PATTERN: until the status and body of /health match.
await_health() {
  local answer=''
  for _ in $(seq 60); do
    answer=$(node -e '
      require("node:http").get(`http://127.0.0.1:${process.argv[1]}/health`, (response) => {
        let body = "";
        response.on("data", (chunk) => { body += chunk; });
        response.on("end", () => console.log(response.statusCode, body));
      }).on("error", (error) => console.log(error.message));' "$port")
    if [[ $answer =~ $1 ]]; then
      printf '/health: %s\n' "${answer:0:110}"
      return 0
    fi
    sleep 0.5
  done
  cat "$temporary/service.log" >&2
  die "/health: expected $1, got $answer"
}

stop_service() {
  local stopped_at=$SECONDS killer status=0
  kill -TERM "$pid"
  (sleep 5 && kill_service) >/dev/null 2>&1 &
  killer=$!
  wait "$pid" || status=$?
  pid=''
  kill "$killer" 2>/dev/null || :
  if [ "$status" -ne 0 ]; then
    tail -n 20 "$temporary/service.log" >&2
    die "SIGTERM: expected exit status 0 within 5 s, got $status (137: had to be killed)"
  fi
  printf 'SIGTERM: exit status 0 after %s s\n' "$((SECONDS - stopped_at))"
}

start_service "${arguments[@]}"
await_health '^503 .*unconfigured'
config=$root/config/qguardarr.yaml
[ -s "$config" ] || die 'no config was written at the first start'
if [ "$(id -u)" -eq 0 ]; then
  owner=$(stat -c %u:%g "$config")
  [ "$owner" = 1000:1000 ] || die "started as root, it should go on as 1000:1000; the config belongs to $owner"
fi
sed -i 's/\${QBIT_HOST:-}/127.0.0.1/; s/\${QBIT_PORT:-8080}/1/' "$config"
await_health '^503 .*"service":'
stop_service

start_service run --demo
await_health '^200 '
stop_service

strays=$(find "$root" -newer "$temporary/started" -type f ! -path "$root/config/*")
[ -z "$strays" ] || die "written outside of /config: $strays"
printf 'The image is in order (no Docker was used).\n'
