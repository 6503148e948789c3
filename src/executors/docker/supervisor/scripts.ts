// What runs in a container besides the programs, next to its holder: two small POSIX shells. Nothing in them needs a program
// of the image, except `env`, `rm` and `setsid` where it has them.
//
// The runner and the killer run as the programs' user, since only such a process may signal programs. They are started
// from a copy of the shell that this user may execute and not read, which makes the kernel close their memory and their
// descriptors to every process of that user (PR_SET_DUMPABLE in prctl(2), "nondumpable"): a program can kill them, which
// is noticed, but never speak in their name.

import { KEEP_ENVIRONMENT, RESTORE_ENVIRONMENT, SAY_SIGNALS } from '../../../engine/index.ts'
import { ANSWERS, HOLDER_DIRECTORY, ORDERS, SEALED_SHELL, WAITING_FILE } from './holder-script.ts'

/**
 * Kills everything but the kept processes and waits until it is gone: one by one first, then all that may be signaled at
 * once. In a container that others use too, a group that no process can leave says what is ours.
 */
const SWEEP = `
status_says() {
  while read -r fact value rest; do
    [ "$fact" = "$2" ] || continue
    [ "$value" = "$3" ]
    return
  done 2>/dev/null <"/proc/$1/status"
  return 1
}
is_ours() {
  case " 1 $holders $keep " in *" $1 "*) return 1 ;; esac
  [ -z "$group" ] || status_says "$1" Gid: "$group"
}
# What the runner starts when its program has ended is not the program's; a killer would end one after the other of these.
is_runners() { [ -n "$runner" ] && status_says "$1" PPid: "$runner"; }
sweep() {
  rounds=0; born=0; before=
  while :; do
    p1=' '; p2=; p3=; p4=; p5=
    for entry in /proc/[0-9]*; do
      process=\${entry#/proc/}
      is_ours "$process" || continue
      case $before in '' | *" $process "*) ;; *) is_runners "$process" && continue; born=$((born + 1)) ;; esac
      # They are listed as text. A parent has the lower number for the most part, and would tell of a child that died before it.
      case $process in
        ?) p1="$p1$process " ;; ??) p2="$p2$process " ;; ???) p3="$p3$process " ;; ????) p4="$p4$process " ;; *) p5="$p5$process " ;;
      esac
    done
    now="$p1$p2$p3$p4$p5"
    [ "$now" = ' ' ] && return 0
    kill -9 $now 2>/dev/null
    before=$now
    rounds=$((rounds + 1))
    # What forks faster than it is found cannot be caught one by one; this reaches every process in one moment.
    [ "$born" -gt 50 ] && [ -z "$group" ] && { kill -9 -1 2>/dev/null; keep=$$; born=0; }
    [ "$rounds" -lt 20000 ] || return 1
  done
}
`

/**
 * Reads what the kernel counted for the container: processes killed for memory, and forks refused. Where it counts nothing,
 * `most` is how many processes there are when a program has as many as it may, and `refused` is whether there are more now.
 */
export const countsIn = (root: string): string => `
look_for_more() {
  [ -n "$most" ] || return 0
  set -- /proc/[0-9]*
  [ $# -le "$most" ] || more=1
}
memory_events=; pids_events=
for file in ${root}/memory.events ${root}/memory/memory.oom_control; do [ -r "$file" ] && memory_events=$file; done
for file in ${root}/pids.events ${root}/pids/pids.events; do [ -r "$file" ] && pids_events=$file; done
counts() {
  kills=0; refused=0
  [ -n "$memory_events" ] && while read -r event value; do [ "$event" = oom_kill ] && kills=$value; done <"$memory_events"
  [ -n "$pids_events" ] && while read -r event value; do [ "$event" = max ] && refused=$value; done <"$pids_events"
  [ -z "$most" ] || { look_for_more; refused=$more; more=0; }
}
`

const COUNTS = countsIn('/sys/fs/cgroup')

/**
 * Kills everything but the processes to keep, as long as they are still the same: a program may have ended one and given its
 * number to a process of its own. So their directories below /proc are held open, since such a one is empty when its process is
 * gone, whoever has the number then. Some kernels, gVisor's for one, may not do this; there a number has to do.
 */
export const SWEEP_ALL = `
held='5 6 9'; remembered=; tells=
hold() { eval "command exec $1<$2"; } 2>/dev/null
is_there() { [ -e "/proc/self/fd/$1/comm" ]; }
hold 5 "/proc/$$" && is_there 5 && tells=1
remember() {
  [ "$keep" != "$remembered" ] || return 0
  remembered=$keep
  exec 5<&- 6<&- 9<&-
  set -- $keep
  for descriptor in $held; do
    [ $# -eq 0 ] || { hold "$descriptor" "/proc/$1"; shift; }
  done
}
keep_the_same() {
  [ -n "$tells" ] || return 0
  same=; all=0
  set -- $held
  for process in $keep; do
    if [ $# -eq 0 ] || is_there "$1"; then same="$same $process"; else all=1; remembered=; fi
    [ $# -eq 0 ] || shift
  done
  keep=$same
  return $all
}
sweep_all() {
  kept=$keep; keep="$kept $$"
  sweep || return 1
  keep=$kept
  keep_the_same || { keep="$keep $$"; sweep; }
}
`

/** A program may signal everything it can see; a handler, unlike ignoring, is not handed on to programs. */
export const SIGNALS = '1 2 3 10 12 13 14 15'
export const OUTLIVE_SIGNALS = `trap : ${SIGNALS}`

/**
 * Runs one program after the other. Arguments: the shell, the working directory, the group of its processes in a shared
 * container, how many processes there may be where the kernel counts none, the processes that are the container's own, and
 * what a killer at the holder's relay is to do, which it starts before anything else. Its input: a secret, a name for files,
 * and before each program a line with the processes to keep, after the secret; then the program's script, which a shell in a
 * session of its own reads and becomes. What is left of a script when that shell was ended is skipped. A program's end is told
 * on both outputs, after the secret, when everything it started is gone:
 *
 *     <secret> runner <process id>
 *     <secret> end <status> <signaled> <memory kills> <refused forks> <disk full> <everything gone>
 *     <secret> ready <temporary files gone>
 *
 * A line that begins with `own` is for work of the supervisor's: it leaves no processes, and others may be starting meanwhile.
 * A line that begins with `rm` in the place of the one before a program removes files; the answer is `<secret> removed`.
 */
export const RUNNER = `
${KEEP_ENVIRONMENT}; unset secret
IFS= read -r secret && IFS= read -r name || exit 0
${OUTLIVE_SIGNALS}
shell=$1; work=$2; group=$3; most=$4; holders=$5; more=0; runner=
if [ -n "$6" ]; then # it has nothing of this one's, so that it can outlive it, and is no job of it
  exec 5<${ORDERS} 6>${ANSWERS}
  ("$shell" -c "$6" polyrun "$group" "$most" "$holders" <&5 >&6 2>/dev/null 5<&- 6>&- &)
  exec 5<&- 6>&-
fi
# Whatever this shell itself might say is nothing of the program's.
exec 4>&2 2>/dev/null
session=$(command -v setsid)
become_program() {
  # (A redirection of the program itself would be this shell's own as well, as long as the program runs.)
  exec <&3 2>&4 3<&- 4>&- 5<&- 6<&- 7<&- 8>&- 9<&-
  [ -z "$fresh" ] || exec >/proc/self/fd/1 2>/proc/self/fd/2
  set -- $defaults $session "$shell"
  ${RESTORE_ENVIRONMENT}; exec "$@"
}
# That a signal ended a program the shell tells on its own error output, or when it is asked for a job in the background; the
# status alone does not. Of SIGINT and SIGPIPE it tells only the second way. Such jobs start with SIGINT and SIGQUIT ignored,
# so where nothing in the image can undo that they are not used. A signal to this shell ends the wait before the program's end.
await_program() {
  [ -n "$defaults" ] || { (become_program); status=$?; return; }
  become_program &
  while wait "$!"; status=$?; [ "$status" -gt 128 ] && kill -0 "$!" 2>/dev/null; do :; done
  [ "$status" -le 128 ] || jobs >&8 2>/dev/null
}
${SWEEP}${SWEEP_ALL}${COUNTS}
is_full() {
  [ -w "$1" ] || return 1
  printf '%8192s' . >"$1/.$name" && written=1 || written=0
  rm -f "$1/.$name" || rm -f "$1/.$name" # the first may be killed with what the program left
  [ "$written" = 0 ]
}
ipc_is_left() {
  for table in /proc/sysvipc/shm /proc/sysvipc/msg /proc/sysvipc/sem; do
    { read -r head && read -r entry && return 0; } 2>/dev/null <"$table"
  done
  return 1
}
wipe() {
  [ -z "$group" ] || return 0 # the temporary files of others are there too
  ipc_is_left && { ipcrm -a; ipc_is_left && return 1; }
  for directory in /tmp /dev/shm /dev/mqueue ${HOLDER_DIRECTORY}; do
    for entry in "$directory"/* "$directory"/.[!.]* "$directory"/..?*; do
      [ -e "$entry" ] || [ -L "$entry" ] || continue
      remove=$directory # all at once, but for the holder's own, which stays and which some users may remove
      [ "$directory" != ${HOLDER_DIRECTORY} ] || remove=$entry
      case $entry in ${SEALED_SHELL} | ${WAITING_FILE}) continue ;; esac
      rm -rf "$remove"
      [ -e "$entry" ] || [ -L "$entry" ] || continue
      chmod -R u+rwX "$remove"
      rm -rf "$remove"
      [ -e "$entry" ] || [ -L "$entry" ] || continue
      return 1
    done
  done
}
# A program that ended the runner before this one has left its temporary files.
[ -n "$6" ] || wipe || exit 1
exec 8>"/tmp/.$name" 7<"/tmp/.$name" || exit 1
rm -f "/tmp/.$name"
# A program may make its outputs non-blocking for everybody who shares them: what is written to a full one is lost then. So
# each program opens them anew.
fresh=
{ : >/proc/self/fd/1 2>/proc/self/fd/4; } && fresh=1
printf '%s runner %s\\n' "$secret" "$$"
# Nobody waits for what comes before the first line: it is asked for when the killer is there, too.
defaults='env --default-signal=INT,QUIT'
$defaults >/dev/null || defaults=
${SAY_SIGNALS} && defaults= # bash forgets a job that was waited for
while IFS= read -r keep; do
  case $keep in "$secret "*) keep=\${keep#* } ;; *) continue ;; esac
  case $keep in "rm "*)
    eval "$keep" || { chmod u+rwx "$work"; eval "$keep"; }
    printf '%s removed\\n' "$secret"
    continue ;;
  esac
  own=; case $keep in "own "*) own=1; keep=\${keep#own } ;; esac
  [ -n "$own" ] || remember
  { await_program; } 3<&0 2>&8
  look_for_more
  [ -n "$own" ] || sweep_all && gone=1 || gone=0
  signaled=0
  [ "$status" -gt 128 ] && while IFS= read -r told <&7; do
    case $told in *Done*) ;; *) signaled=1 ;; esac
  done
  counts
  full=0
  [ "$status" = 0 ] || { is_full "$work" || is_full /tmp; } && [ "$status" != 0 ] && full=1
  printf '%s end %s %s %s %s %s %s\\n' "$secret" "$status" "$signaled" "$kills" "$refused" "$full" "$gone"
  printf '%s\\n' "$secret" >&4
  wipe && wiped=1 || wiped=0
  printf '%s ready %s\\n' "$secret" "$wiped"
done
`

/**
 * Ends programs, and looks at what the kernel counted while they run. Arguments: the group, the number of processes, and those
 * that are the container's own, as above. Its input: a secret, then commands with the other processes to keep, the runner
 * first; it answers after the secret.
 *
 *     <secret> killer <process id>
 *     <secret> counts <memory kills> <refused forks> <everything gone>
 */
export const KILLER = `
IFS= read -r secret || exit 0
# A signal ends the wait for a line as the end of the input does.
trap caught=1 ${SIGNALS}
group=$1; most=$2; holders=$3; more=0
${SWEEP}${COUNTS}
printf '%s killer %s\\n' "$secret" "$$"
while caught=; IFS=' ' read -r command keep || [ -n "$caught" ]; do
  gone=1; runner=
  keep="$keep $$"
  case $command in
    '') continue ;;
    terminate)
      if [ -z "$group" ]; then kill -15 -1 2>/dev/null; continue; fi
      for entry in /proc/[0-9]*; do is_ours "\${entry#/proc/}" && kill -15 "\${entry#/proc/}" 2>/dev/null; done
      continue ;;
    kill) runner=\${keep%% *}; sweep || gone=0 ;;
    kill-all)
      [ -n "$group" ] || kill -9 -1 2>/dev/null
      sweep || gone=0 ;;
  esac
  counts
  printf '%s counts %s %s %s\\n' "$secret" "$kills" "$refused" "$gone"
done
# Whoever we worked for is gone; in a container that stays, what it ran is not to stay.
keep=$$; runner=
sweep
`
