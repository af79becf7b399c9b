# Sourced by the scripts that need packages: creates .venv from uv.lock; sets $python and $uv to their programs.
# It needs options.sh, Python and the network. A pinned uv is installed in its own environment.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=$root/.venv/bin/python
uv_version=0.13.8
uv=$root/.maas/uv-$uv_version/bin/uv
find_python() {
    local candidate
    for candidate in python3.13 python3.12 python3.11 python3.14 python3 python; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    echo "MaaS needs Python 3.11, 3.12, 3.13 or 3.14, and PATH has none of them: install one (https://www.python.org/downloads)." >&2
    return 1
}

# Runs a command with long output: the output goes to a log, and a failure is printed as one line with its last error.
quietly() { # description of the failure, command...
    local description=$1 log=$root/.maas/setup.log reason
    shift
    run_child "$@" >"$log" 2>&1 && return
    reason=$(grep -iE '^ *(cause|error)\b|fail' "$log" | tail -n 1 | sed 's|^ *||' || true)
    echo "$description: ${reason:-no reason given}; check the network, then try again (full output: $log)" >&2
    return 1
}

get_uv() {
    [[ ! -x $uv ]] || return 0
    echo "getting uv $uv_version" >&2
    run_child "$1" -m venv --clear "$root/.maas/uv-$uv_version" ||
        { echo "Python's venv module does not work; on Debian and Ubuntu: apt install python3-venv" >&2; return 1; }
    quietly "uv $uv_version can't be installed" \
        "$root/.maas/uv-$uv_version/bin/python" -m pip install --quiet --disable-pip-version-check --retries 2 "uv==$uv_version"
}

make_environment() {
    local base
    base=$(find_python)
    mkdir -p "$root/.maas"
    # Held until the end of the function, so that two concurrent starts do not write to the same folder.
    exec 9>"$root/.maas/lock"
    run_child "$base" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'
    get_uv "$base"
    if ! cmp -s "$root/uv.lock" "$root/.venv/synced.lock"; then
        echo "installing the packages of uv.lock into .venv" >&2
        quietly "the packages of uv.lock can't be installed" env -u VIRTUAL_ENV -u UV_PROJECT_ENVIRONMENT \
            "$uv" sync --project "$root" --frozen --no-progress --quiet \
            --compile-bytecode --no-python-downloads --python "$base"
        cp "$root/uv.lock" "$root/.venv/synced.lock"
    fi
    exec 9>&-
}

if [[ ! -x $uv ]] || ! cmp -s "$root/uv.lock" "$root/.venv/synced.lock"; then
    make_environment
fi

# Replaces the script by Python. A SIGINT waits, or is ignored where env can't block it, until the program has its own
# handler: in its first moments Python would answer with a traceback.
run_python() { # argument...
    local block=(env --block-signal=INT)
    "${block[@]}" true 2>/dev/null || block=()
    trap - TERM
    if [[ ${#block[@]} -eq 0 ]]; then trap '' INT; else trap - INT; fi
    exec ${block[@]+"${block[@]}"} "$python" "$@"
}
