# Sourced by local/get-*: builds a Go program once into ~/.cache/maas/bin.

set -euo pipefail
bin=$HOME/.cache/maas/bin

go_install() { # name, package@version
    local name=$1 package=$2 build
    [[ ! -x $bin/$name ]] || return 0
    if ! command -v go >/dev/null; then
        echo "$name is built from source here, and that needs Go (https://go.dev/dl), which PATH has not." >&2
        return 1
    fi
    mkdir -p "$bin"
    exec 9>"$bin/.lock"
    python3 -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'
    [[ ! -x $bin/$name ]] || return 0 # another run built it while this one waited
    build=$(mktemp -d "$bin/.build.XXXXXX")
    trap "rm -rf '$build'" EXIT
    echo "building $package into $bin; this takes some minutes, once" >&2
    GOBIN=$build go install "$package"
    mv "$build/$name" "$bin/$name" # whole or not at all
    echo "$name is built" >&2
}
