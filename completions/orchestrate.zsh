# Completion of `just VERB`, `python3 orchestrate.py VERB` and `./orchestrate.py VERB` in zsh. In ~/.zshrc, behind
# `compinit`:  source PATH/completions/orchestrate.zsh
#
# The orchestrate.py that is typed, or that stands beside the nearest Justfile, is asked. Everything else that is typed
# after `just` and `python3` is completed as before.

typeset -gA _orchestrate_before

_orchestrate_is_one() {
    [[ ${1:t} == orchestrate.py && -f $1 ]] && head -c 1024 -- $1 | grep -q PYTHON_ARGCOMPLETE_OK
}

_orchestrate() {
    local script start=1 folder=$PWD name=${words[1]:t}
    case $name in
        orchestrate.py) script=${(Q)words[1]} ;;
        just)
            while [[ -n $folder && ! ( -e $folder/Justfile || -e $folder/justfile || -e $folder/.justfile ) ]]; do
                folder=${folder%/*}
            done
            [[ ${words[2]} == -* ]] || script=$folder/orchestrate.py
            ;;
        *) script=${(Q)words[2]} start=2 ;;
    esac
    [[ $script == '~/'* ]] && script=$HOME/${script#'~/'}
    if (( CURRENT <= start )) || ! _orchestrate_is_one $script; then
        eval ${_orchestrate_before[$name]:-_default}
        return
    fi
    local line="${(j: :)words[1,CURRENT-1]} $PREFIX"
    local -a found
    found=("${(@ps:\v:)$(
        COMP_LINE=$line COMP_POINT=$(printf %s $line | wc -c) _ARGCOMPLETE=$start _ARGCOMPLETE_SHELL=zsh \
            _ARGCOMPLETE_SUPPRESS_SPACE=1 python3 $script 8>&1 9>/dev/null >/dev/null 2>&1 </dev/null
    )}")
    # What no word is known for is a path.
    if [[ -n $found[1] ]]; then
        _describe -V orchestrate.py found
    else
        _files
    fi
}

() {
    local name
    for name in just python3 python; do
        [[ ${_comps[$name]-} == _orchestrate ]] || _orchestrate_before[$name]=${_comps[$name]-}
    done
}
compdef _orchestrate orchestrate.py just python3 python
