# Sourced first by the project's scripts: signals end them with all that they run, and -h, --help and unknown options are
# answered before anything is installed.

child=

# Runs a command that a signal to the script ends too. Bash itself would wait for its end first.
run_child() { # command...
    "$@" &
    child=$!
    local status=0
    wait "$child" || status=$?
    child=
    return "$status"
}

stop() { # exit status
    trap '' INT TERM
    if [[ -n $child ]]; then
        kill "$child" 2>/dev/null || true
        wait "$child" 2>/dev/null || true
    fi
    exit "$1"
}
# Without these, bash forgets a signal that comes while a short command runs.
trap 'stop 130' INT
trap 'stop 143' TERM

# Prints the help and exits if it is among the arguments. Arguments after -- belong to another program.
answer_help() { # text, argument...
    local text=$1 argument
    shift
    for argument; do
        case $argument in
            -h | --help) printf '%s\n' "$text"; exit 0 ;;
            --) return ;;
        esac
    done
}

# The comment at the top of the running script, which is its help.
own_comment() {
    sed -n '2,/^[^#]/ s/^# \{0,1\}//p' "$0"
}

# Answers --help, and refuses every argument that is not allowed.
only_arguments() { # allowed (words separated by spaces), argument...
    local allowed=" $1 " argument
    shift
    answer_help "$(own_comment)" "$@"
    for argument; do
        [[ $allowed == *" $argument "* ]] || refuse "$argument"
    done
}

# Refuses an option that the help does not list. Values of options are not checked here.
only_options_of() { # help, argument...
    local help=$1 argument
    shift
    for argument; do
        [[ $argument != -* ]] || grep -qE -e "(^|, | )${argument%%=*}( |,|$)" <<<"$help" || refuse "$argument"
    done
}

# Refuses an option that is given together with one of others.
refuse_together() { # option, others (words separated by spaces), argument...
    local option=$1 others=" $2 " argument
    shift 2
    [[ " $* " == *" $option "* ]] || return 0
    for argument; do
        [[ $others != *" $argument "* ]] || { echo "$0: $option and $argument exclude each other" >&2; exit 2; }
    done
}

refuse() { # argument
    echo "$0: there is no option $1; $0 --help lists all" >&2
    exit 2
}
