/**
 * For bash. @bomb.sh/tab has one too, but it needs the package bash-completion, evaluates what has been typed (a command substitution in
 * it runs at the Tab), and makes read-only variables of which a second script of its kind complains.
 */
export const BASH = `# bash completion for rouse: source <(rouse completion bash)
_rouse() {
  # Bash ends a word at = and at a colon; rouse does not.
  local line=() i word
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ \${#line[@]} -gt 0 && ( $word == = || \${line[-1]} == -*= ) ]]; then line[-1]+=$word; else line+=("$word"); fi
  done
  local cur=\${COMP_WORDS[COMP_CWORD]} last=\${line[-1]} prefix= value
  [[ $cur == = ]] && cur=
  [[ $last == -*=* ]] && prefix=\${last%%=*}=
  COMPREPLY=()
  while IFS=$'\\t' read -r value _; do
    case $value in
      :0) [[ \${#COMPREPLY[@]} -eq 0 ]] && compopt -o default ;;
      :*) ;;
      *) COMPREPLY+=("\${value#"$prefix"}") ;;
    esac
  done < <(rouse complete -- "\${line[@]}" 2>/dev/null)
  # One word that still wants its value.
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]] && compopt -o nospace
  return 0
}
complete -F _rouse rouse
`;
