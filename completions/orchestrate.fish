# Completion of `just VERB`, `python3 orchestrate.py VERB` and `./orchestrate.py VERB` in fish. In
# ~/.config/fish/config.fish:  source PATH/completions/orchestrate.fish
#
# The orchestrate.py that is typed, or that stands beside the nearest Justfile, is asked. What is typed after `just` and
# `python3` otherwise is completed as before.

function __orchestrate_script --description "The orchestrate.py that the line is for, and the place of its first word"
    set -l words (commandline -opc)
    set -l script $words[1]
    set -l start 1
    switch (string replace -r '.*/' '' -- $words[1])
        case orchestrate.py
        case just
            string match -q -- '-*' "$words[2]" && return 1
            set -l folder $PWD
            while test -n "$folder" && not test -e $folder/Justfile -o -e $folder/justfile -o -e $folder/.justfile
                set folder (string replace -r '/[^/]*$' '' -- $folder)
            end
            set script $folder/orchestrate.py
        case '*'
            set script $words[2]
            set start 2
    end
    set script (string replace -r '^~/' "$HOME/" -- $script)
    string match -qr '(^|/)orchestrate\.py$' -- $script && test -f $script || return 1
    head -c 1024 -- $script | string match -q '*PYTHON_ARGCOMPLETE_OK*' || return 1
    echo $script
    echo $start
end

function __orchestrate_words --description "What can be typed next"
    set -l asked (__orchestrate_script)
    set -lx COMP_LINE (commandline -pc | string collect)
    set -lx COMP_POINT (printf %s $COMP_LINE | wc -c)
    set -lx _ARGCOMPLETE $asked[2]
    set -lx _ARGCOMPLETE_SHELL fish
    set -lx _ARGCOMPLETE_SUPPRESS_SPACE 1
    set -lx _ARGCOMPLETE_DFS \t
    set -lx _ARGCOMPLETE_IFS \n
    set -l found (python3 $asked[1] 8>&1 9>/dev/null >/dev/null 2>&1 </dev/null)
    # What no word is known for is a path.
    if set -q found[1]
        printf '%s\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end

for name in orchestrate.py just python3 python
    complete --command $name --condition '__orchestrate_script >/dev/null' --no-files --arguments '(__orchestrate_words)'
end
