# SPDX-License-Identifier: Apache-2.0
# bash completion for nacre. It asks nacre itself for commands and options, so it cannot fall behind.

# The commands in the help text of "$@".
_nacre_commands() {
    "$@" --help 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p'
}

_nacre_options() {
    "$@" --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*=?'
}

_nacre() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} program=${COMP_WORDS[0]} commands i
    # bash takes "=" for a word of its own.
    [[ $word == "=" ]] && word=
    [[ $previous == "=" ]] && previous=${COMP_WORDS[COMP_CWORD - 2]}
    local call=("$program")
    for ((i = 1; i < COMP_CWORD; i++)); do
        commands=$(_nacre_commands "${call[@]}")
        [[ $'\n'$commands$'\n' == *$'\n'"${COMP_WORDS[i]}"$'\n'* ]] && call+=("${COMP_WORDS[i]}")
    done
    case $previous in
        --workspace) compopt -o dirnames; return ;;
        --category)
            mapfile -t COMPREPLY < <(compgen -W "$("$program" taxonomy print 2>/dev/null | grep -oE '[a-z]+(\.[a-z0-9-]+)+')" -- "$word")
            return ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_nacre_options "${call[@]}")" -- "$word")
        [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
        return
    fi
    commands=$(_nacre_commands "${call[@]}")
    if [[ -n $commands ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word")
    elif [[ ${call[1]-} =~ ^(crawl|index|map)$ || ${call[*]:1} =~ ^feed\ (remove|log)$ ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$("$program" feed list 2>/dev/null | cut -d' ' -f1)" -- "$word")
    else
        compopt -o default
    fi
}

complete -F _nacre nacre
