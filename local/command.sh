# Sourced by the scripts that are commands of `python -m local`, under the script's own name. --help is answered, and
# unknown options are refused, before anything is installed. Paths among the arguments are relative to the caller's folder.

here=$(dirname "${BASH_SOURCE[0]}")
name=${0##*/}
source "$here/options.sh"
help=$(<"$here/help/$name.txt")
answer_help "$help" "$@"
only_options_of "$help" "$@"
[[ $name != up ]] || refuse_together --detach "--fresh --demo --once" "$@" # as up_command.py does after the installation
source "$here/bootstrap.sh"
export PYTHONPATH=$root
run_python -P -m local "$name" "$@"
