# What the sandbox runs, as sh -c: records the process that becomes the program, as wrapper.sh does without a sandbox, and
# becomes it. Builtins only. For dash, busybox sh and bash.
#
# FIRST, COUNT  the variables E$FIRST … E$COUNT hold the words that come before the program's own
# CLAIM         the wrapper's half of the claim
# Descriptor 3 gets one byte when the program is about to be executed, 4 is the claim, 5 the host's /proc: in a namespace
# of process ids only the host's own says which process this is to the host. None of them is left to the program.

who() {
  IFS= read -r line </proc/self/fd/5/self/stat || return 1
  number=${line%% *}
  set -- ${line##*") "}
  born=${20}
}
set -f
who && printf '%-126s.\n' "$CLAIM program $number $born" >&4 || exit 6
trap '' PIPE
printf . >&3
trap - PIPE
words='' n=$FIRST
while [ "$n" -le "$COUNT" ]; do
  words="$words \"\$E$n\"" n=$((n + 1))
done
eval "set -- $words \"\$@\""
exec "$@" 3>&- 4>&- 5<&-
