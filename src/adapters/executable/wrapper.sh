#!/bin/sh
# Runs one program, exactly once, and writes down how it ended. For dash, busybox sh and bash.
# No process is started but the one that becomes the program: everything else is shell builtins.
#
# wrapper.sh CONTROL WORK STDIN BLOCKS CGROUP COUNT INNER WORD...
#   CONTROL  the attempt's own directory     WORK  the program's working directory     STDIN  a file
#   BLOCKS   the largest file that the program may write, in units of 512 bytes, or "unlimited"
#   CGROUP   the directory of a control group that the program joins, or "none"
#   COUNT    so many words are in our variables E1, E2 … and come before WORD...: what starts the program in a session of
#            its own with exactly its environment. In variables, because arguments of a process are seen by everybody in
#            the list of processes, for as long as we live, and an environment may hold secrets.
#   INNER    so many of them, the last, are for the shell in a sandbox that becomes the program (sandboxed.sh); 0: there is
#            no sandbox
#   WORD...  the program and its arguments
# Started in a session of our own. File descriptor 1 gets one byte when the program is about to be executed.
#
# CONTROL/claim   made once by whoever is first, 128 bytes: "wrapper PID START BOOT -", and when the program is started
#                 "wrapper PID START BOOT program PID START", both closed by "."
# CONTROL/status  32 bytes, written before the program starts so that no full disk can take the room away; overwritten
#                 in place with "ended CODE", closed by "." so that half a write is seen as none.
# CONTROL/use     512 bytes, made beforehand too: processor times and input and output of all that was waited for.
# CODE is what the shell makes of an exit: 128+N is a death by signal N, or a program that said so itself; a shell
# cannot tell them apart. Without a program in the claim it is one of ours: 3 to 6 and 8 below, 7 for no more processes.

control=$1 work=$2 input=$3 blocks=$4 cgroup=$5 count=$6 inner=$7
shift 7
# Units of ulimit -f are those of POSIX only when bash is told so.
[ -z "${BASH_VERSION-}" ] || set -o posix
set -f
umask 077

# Process id and start time (clock ticks since boot) of the shell that runs this, subshell or not.
who() {
  IFS= read -r line </proc/self/stat || return 1
  number=${line%% *}
  set -- ${line##*") "}
  born=${20}
}

who || exit 1
IFS= read -r boot </proc/sys/kernel/random/boot_id || exit 1
wrapper="wrapper $number $born $boot"

set -C
printf '%-126s.\n' "$wrapper -" 2>/dev/null >"$control/claim" || exit 0
set +C
# What else our starter had open is not the program's business, as far as a shell can close it.
exec 3>&1 >/dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-

code=7
printf '%-30s-\n' 'not ended' >"$control/status" || exit 1
printf '%-511s\n' '' >"$control/use" || exit 1
# To the kernel whoever waits for a process has used what that one has.
used() {
  times
  while IFS= read -r line; do printf '%s\n' "$line"; done </proc/self/io
}
trap 'used 1<>"$control/use" 2>/dev/null; printf "%-30s.\n" "ended $code" 1<>"$control/status"' EXIT
# Caught, not ignored: what is ignored stays so in the program, what is caught does not.
trap : TERM INT HUP QUIT PIPE ALRM USR1 USR2 XFSZ

# In the foreground, because a shell lets its background jobs ignore SIGINT and SIGQUIT, and the program would inherit that.
(
  names='' words=''
  n=1
  while [ "$n" -le $((count - inner)) ]; do
    names="$names E$n" words="$words \"\$E$n\""
    n=$((n + 1))
  done
  eval "set -- $words \"\$@\""
  [ -z "$names" ] || unset $names

  # Who goes on in a sandbox is recorded there: what starts here is bubblewrap, which waits for it.
  if [ "$inner" -gt 0 ]; then
    CLAIM=$wrapper FIRST=$n COUNT=$count
    export CLAIM FIRST COUNT
    exec 4<>"$control/claim" 5</proc || exit 6
  fi

  cd -P -- "$work" || exit 3
  # 0 is whoever writes it (cgroup.procs of cgroups(7)).
  [ "$cgroup" = none ] || printf 0 >"$cgroup/cgroup.procs" || exit 8
  # Of the limits only these two: memory, processes and time of all processes together are no rlimit's business.
  # They are sampled by the keeper.
  ulimit -c 0 || exit 6
  [ "$blocks" = unlimited ] || ulimit -f "$blocks" || exit 6
  {
    {
      umask 027
      [ "$inner" = 0 ] || exec "$@"
      # Before the program runs, by the process that becomes it: there is no moment in which it runs unrecorded.
      who && printf '%-126s.\n' "$wrapper program $number $born" 1<>"$control/claim" || exit 6
      # Whoever started us may be gone, and that must not end the program.
      trap '' PIPE
      printf . >&3
      trap - PIPE
      exec "$@" 3>&-
    } >"$control/stdout" 2>"$control/stderr" || exit 5
  } <"$input" || exit 4
)
code=$?
exit 0
