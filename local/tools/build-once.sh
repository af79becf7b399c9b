# Sourced by local/tools/get-*: builds a program once, into ~/.cache/maas/bin.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../options.sh"
only_arguments "" "$@"
cache=$HOME/.cache/maas
bin=$cache/bin

# The command must put the program into $build, an empty folder on the same disk.
build_once() { # name, command...
    local name=$1
    shift
    [[ ! -x $bin/$name ]] || return 0
    mkdir -p "$bin"
    exec 9>"$bin/.lock"
    python3 -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'
    [[ ! -x $bin/$name ]] || return 0 # another run built it while this one waited
    build=$(mktemp -d "$bin/.build.XXXXXX")
    trap "rm -rf '$build'" EXIT
    "$@"
    mv "$build/$name" "$bin/$name" # atomic
    echo "$name is ready in $bin" >&2
}

need() { # program, its user, where to get it
    command -v "$1" >/dev/null && return
    echo "$2 needs $1 ($3), which is not on PATH." >&2
    return 1
}

go_install() { # package@version
    need go "building $1" https://go.dev/dl
    echo "building $1 once; this takes some minutes" >&2
    GOBIN=$build go install "$1"
}
