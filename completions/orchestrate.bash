# Completion of `just VERB`, `python3 orchestrate.py VERB` and `./orchestrate.py VERB` in bash. In ~/.bashrc, behind
# bash-completion and what `just` has of its own:  source PATH/completions/orchestrate.bash
#
# The orchestrate.py that is typed, or that stands beside the nearest Justfile, is asked. Everything else that is typed
# after `just` and `python3` is completed as before.

declare -gA _orchestrate_before

_orchestrate_is_one() {
    [[ ${1##*/} == orchestrate.py && -f $1 ]] && head -c 1024 -- "$1" | grep -q PYTHON_ARGCOMPLETE_OK
}

_orchestrate() {
    local script start=1 folder=$PWD
    case ${1##*/} in
        orchestrate.py) script=$1 ;;
        just)
            while [[ $folder && ! (-e $folder/Justfile || -e $folder/justfile || -e $folder/.justfile) ]]; do
                folder=${folder%/*}
            done
            [[ ${COMP_WORDS[1]} == -* ]] || script=$folder/orchestrate.py
            ;;
        *) script=${COMP_WORDS[1]} start=2 ;;
    esac
    [[ ${script:0:2} == \~/ ]] && script=$HOME/${script:2}
    if ((COMP_CWORD < start)) || ! _orchestrate_is_one "$script"; then
        _orchestrate_otherwise "$@"
        return
    fi
    mapfile -t -d $'\v' COMPREPLY < <(
        COMP_LINE=$COMP_LINE COMP_POINT=$COMP_POINT COMP_TYPE=$COMP_TYPE _ARGCOMPLETE=$start _ARGCOMPLETE_SHELL=bash \
            _ARGCOMPLETE_SUPPRESS_SPACE=1 _ARGCOMPLETE_COMP_WORDBREAKS=$COMP_WORDBREAKS \
            python3 "$script" 8>&1 9>/dev/null >/dev/null 2>&1 </dev/null
    )
    # What no word is known for is a path.
    [[ ${COMPREPLY[0]-} ]] || compopt -o default -o bashdefault
}

# bash-completion loads what it has for a command when that is first asked for, and puts it in the place of ours.
_orchestrate_otherwise() {
    local name=${1##*/} option
    if [[ ! -v _orchestrate_before[$name] ]]; then
        complete -r "$name" 2>/dev/null
        declare -F __load_completion >/dev/null && __load_completion "$name"
        _orchestrate_before[$name]=$(complete -p "$name" 2>/dev/null)
        _orchestrate_register
    fi
    local before=${_orchestrate_before[$name]}
    for option in bashdefault default dirnames filenames noquote nosort nospace plusdirs; do
        [[ " $before " == *" -o $option "* ]] && compopt -o "$option"
    done
    if [[ $before =~ \ -F\ ([^ ]+) ]]; then
        "${BASH_REMATCH[1]}" "$@"
    else
        compopt -o default -o bashdefault
    fi
}

_orchestrate_register() {
    complete -F _orchestrate orchestrate.py just python3 python
}

for _orchestrate_name in just python3 python; do
    if complete -p "$_orchestrate_name" &>/dev/null; then
        _orchestrate_before[$_orchestrate_name]=$(complete -p "$_orchestrate_name")
    fi
done
unset _orchestrate_name
_orchestrate_register
