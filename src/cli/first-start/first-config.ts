/** What a first start writes. Not valid until `host` is filled in: no service ever starts on guesses. */
export const FIRST_CONFIG = `# Qguardarr's config. Fill in qbittorrent.host and save: Qguardarr waits for that, and starts by itself.
# Every key with its default: config/qguardarr.example.yaml
# \${NAME} takes a variable of the environment, \${NAME:-text} has a default; NAME_FILE reads it from a file.

qbittorrent:
  host: \${QBIT_HOST:-}              # such as qbittorrent, 192.168.1.10 or https://nas.lan/qbittorrent
  port: \${QBIT_PORT:-8080}          # of its WebUI
  username: \${QBIT_USERNAME:-}      # both empty when it lets this machine in without a password
  password: \${QBIT_PASSWORD:-}

# The caps: all torrents of a tracker together never upload faster than max_upload_speed (bytes per second).
# The first pattern that is found in a torrent's announce URL counts; try them: qguardarr match URL
trackers:
  # - id: private
  #   pattern: '.*tracker\\.example\\.org.*'
  #   max_upload_speed: 5242880       # 5 MiB/s; -1 is unlimited
  #   priority: 10                    # 1..10: who may borrow first (allocation_strategy: soft)
  - id: default
    pattern: '.*'                     # the last one must match everything
    max_upload_speed: -1

global:
  rollout_percentage: 100             # begin with 10 to have only every tenth torrent managed
  dry_run: false                      # true: say what would be set, and set nothing
`;
