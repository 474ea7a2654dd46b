# shellcheck shell=bash
# Sourced by start.sh: what keeps memory small, measured in docs/performance.md. The image's entrypoint, the systemd unit
# and package.json say the same, but for what not every Node knows; a test compares them.

# The old generation is collected when it has grown by a fifth (V8 waits until it has doubled, and more), and little
# is set aside for the young one.
node_flags=(--max-semi-space-size=2 --heap-growing-percent=20)
# A function is compiled anew, for speed, only when it has run for longer than V8 would wait: what runs once in two
# seconds need not be, and each time costs other threads milliseconds. Node 24 has no such flag.
older_node_flags=(--interrupt-budget=600000)
if node "${older_node_flags[@]}" --version >/dev/null 2>&1; then node_flags+=("${older_node_flags[@]}"); fi

# Of Node's threads, each would take a piece of memory of its own for what it allocates.
export MALLOC_ARENA_MAX=1
# What is read from a socket, and larger pieces, go back to the system when they are freed: glibc would keep them, and
# after a full picture that is 20 MiB.
export MALLOC_MMAP_THRESHOLD_=32768

# A Node of another line may not know them: then it starts without.
if ! node "${node_flags[@]}" --version >/dev/null 2>&1; then node_flags=(); fi
