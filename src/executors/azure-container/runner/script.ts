// What runs in a container of Azure besides the programs: one POSIX shell script, which needs a shell, base64 and the small
// programs that come with it (dd, head, sleep, wc), and a way to become another user.
//
// It runs as root and programs do not: they have a user of their own without rights, and each run a group that none of its
// processes can leave. So a program can neither end nor read the runner, and what belongs to a run is known by its group.
// A program's output are pipes; the runner alone writes to the container's log or to the terminal of an exec session. Each
// of its lines begins with a secret, which no program sees: not in its environment, in no file that it can read, in no
// arguments. Frames are these lines:
//
//     <secret> s <boot id>                       the container has begun; a second one with another id was a restart
//     <secret> p <compile|run>                   a phase begins
//     <secret> o|e <offset> <base64>             output, and where in the stream it belongs
//     <secret> x missing                         the place has the programs of no way to run it
//     <secret> x refused <base64>                it could not begin
//     <secret> x ended <status> <signaled> <memory kills> <timed out> <gone> <output bytes> <error bytes>
//
// An offset that is higher than expected says how many bytes are missing; a lower one was seen before.

import { KEEP_ENVIRONMENT, RESTORE_ENVIRONMENT, SAY_SIGNALS } from '../../../engine/index.ts'

/** The user of programs. */
export const PROGRAM_USER = 10_001
/** The group of the first run of a container; runs at the same time have the next ones. */
export const FIRST_GROUP = 10_100
/** Raw bytes in one frame: 16 lines of base64 as every version of that program writes them. */
const FRAME_BYTES = 912
/** Bytes that are read at once: as many as a pipe holds, in whole frames, so that few are short. */
const READ_BYTES = 72 * FRAME_BYTES

/** Everything that both ways of use have. Wants `secret`, `group` and `dir` set, and the log at descriptor 5. */
const LIBRARY = `
umask 077
uid=${PROGRAM_USER}
tell() { printf '%s %s\\n' "$secret" "$*" >&5; }
refuse() { tell x refused "$(printf '%s' "$1" | base64 | while read -r part; do printf '%s' "$part"; done)"; }

# Becomes the user of programs, in the group of this run, and then a command.
become() {
  case $way in
    setpriv) set -- $session setpriv --reuid="$uid" --regid="$group" --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all -- "$@" ;;
    setpriv-plain) set -- $session setpriv --reuid="$uid" --regid="$group" --clear-groups --no-new-privs -- "$@" ;;
    chroot) set -- $session chroot --userspec="$uid:$group" --groups= / "$@" ;;
    python3) set -- $session python3 -I -c 'import os,sys
g,u=int(sys.argv[1]),int(sys.argv[2])
os.setgroups([]);os.setgid(g);os.setuid(u);os.execvp(sys.argv[3],sys.argv[3:])' "$group" "$uid" "$@" ;;
    perl) set -- $session perl -e 'my ($g,$u)=(shift,shift);$)="$g $g";$(=$g;$<=$u;$>=$u;exec {$ARGV[0]} @ARGV' "$group" "$uid" "$@" ;;
    su)
      grep -q "^polyrun$group:" /etc/passwd 2>/dev/null || printf 'polyrun%s:x:%s:%s::/tmp:/bin/sh\\n' "$group" "$uid" "$group" >>/etc/passwd
      set -- $session su -s /bin/sh "polyrun$group" -c 'exec "$0" "$@"' "$@" ;;
    *) exit 125 ;; # never as root
  esac
  ${RESTORE_ENVIRONMENT}
  exec "$@"
}
who='while read -r fact real effective saved rest; do case $fact in Uid:|Gid:) printf "%s " "$real" "$effective" "$saved" ;; esac; done </proc/self/status'
find_way() {
  session=$(command -v setsid)
  for way in setpriv setpriv-plain chroot python3 perl su; do
    command -v "\${way%-plain}" >/dev/null 2>&1 || continue
    [ "$( (become /bin/sh -c "$who") 2>/dev/null </dev/null)" = "$uid $uid $uid $group $group $group " ] && return 0
  done
  return 1
}
needs() {
  for need in base64 dd head tail sleep wc cat rm mkdir chmod; do
    command -v "$need" >/dev/null 2>&1 || { refuse "the image has no $need"; return 1; }
  done
  while read -r fact real rest; do [ "$fact" = Uid: ] && [ "$real" != 0 ] && not_root=1; done </proc/self/status
  [ -z "$not_root" ] || { refuse 'the image has a user that is not root, so that nothing would keep a program from speaking for the runner'; return 1; }
  find_way || { refuse 'the image has no way to take the rights of root from a program: it needs one of setpriv, chroot (of GNU), python3, perl, su'; return 1; }
}

# Kills what is of this run's group, until nothing is left.
ours() {
  state=
  while read -r fact value rest; do
    case $fact in
      State:) [ "$value" != Z ] || return 1 ;;
      Gid:) [ "$value" = "$group" ]; return ;;
    esac
  done 2>/dev/null <"/proc/$1/status"
  return 1
}
sweep() {
  rounds=0
  while :; do
    found=
    for entry in /proc/[0-9]*; do
      ours "\${entry#/proc/}" 2>/dev/null || continue
      found=1
      kill -9 "\${entry#/proc/}" 2>/dev/null
    done
    [ -n "$found" ] || return 0
    rounds=$((rounds + 1))
    [ "$rounds" -lt 5000 ] || return 1
  done
}
# Ends a run whatever it is at: what is not a program yet becomes one, and is found then.
end_run() { : >"$dir/$1"; while [ -d "$dir" ] && [ ! -e "$dir/over" ]; do sweep; sleep 0.05 2>/dev/null || sleep 1; done; }
pause() { sleep "$1" 2>/dev/null || sleep "$((\${1%.*} + 1))"; }

memory_events=
for file in /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control; do [ -r "$file" ] && memory_events=$file; done
memory_kills() {
  kills=0
  [ -z "$memory_events" ] || while read -r event value; do [ "$event" = oom_kill ] && kills=$value; done <"$memory_events"
}

# Says base64 in frames. Advances \`at\`.
frame() {
  printf '%s %s %s %s\\n' "$secret" "$1" "$at" "$buffer"
  case $buffer in *==) pad=2 ;; *=) pad=1 ;; *) pad=0 ;; esac
  at=$((at + \${#buffer} / 4 * 3 - pad))
  buffer=; lines=0
}
frames() {
  buffer=; lines=0
  for line in $2; do
    buffer=$buffer$line
    lines=$((lines + 1))
    [ "$lines" -lt 16 ] || frame "$1"
  done
  [ -z "$buffer" ] || frame "$1"
}
# A stream as frames while there is room for it, the rest into files, of which the last two are kept.
encode() {
  at=0; other=0; case $1 in o) beside=e ;; *) beside=o ;; esac
  while [ "$at" -lt "$live" ] && [ $((at + other)) -lt "$live_both" ]; do
    chunk=$(dd bs=${READ_BYTES} count=1 2>/dev/null | base64)
    [ -n "$chunk" ] || break
    frames "$1" "$chunk"
    echo "$at" >"$dir/$1.at"
    read -r other 2>/dev/null <"$dir/$beside.at"; other=\${other:-0}
  done
  sent=$at; part=0
  if [ -n "$chunk" ] || [ "$at" = 0 ]; then
    while head -c "$segment" >"$dir/$1.$part" && [ -s "$dir/$1.$part" ]; do
      at=$((at + $(wc -c <"$dir/$1.$part")))
      part=$((part + 1))
      rm -f "$dir/$1.$((part - 3))"
    done
  fi
  echo "$sent $at $part" >"$dir/$1.end"
}
# The last bytes of what was put into files.
encode_rest() {
  [ "$2" -gt 0 ] || return 0
  at=$(($3 - $2))
  { [ "$4" -lt 2 ] || cat "$dir/$1.$(($4 - 2))"; cat "$dir/$1.$(($4 - 1))"; } | tail -c "$2" | {
    while chunk=$(dd bs=${READ_BYTES} count=1 2>/dev/null | base64) && [ -n "$chunk" ]; do frames "$1" "$chunk"; done
  }
}
least() { [ "$1" -lt "$2" ] && echo "$1" || echo "$2"; }

# What a plan says: whether programs are there, and what to do.
has() {
  for name do
    found=$(command -v -- "$name") || return 1
    case $found in
      /*) ;;
      # A shell that is many programs itself tells only the name.
      *) found=; rest=$PATH:; while [ -z "$found" ] && [ -n "$rest" ]; do [ ! -x "\${rest%%:*}/$name" ] || found=\${rest%%:*}/$name; rest=\${rest#*:}; done ;;
    esac
    [ -f "$found" ] && [ -x "$found" ] || return 1
  done
}
phase() { tell p "$1"; }
missing() { echo missing >"$dir/exit"; return 1; }
# Runs one step: a script that becomes a program. Its status is in \`status\`.
step() {
  [ ! -e "$dir/timeout" ] && [ ! -e "$dir/killed" ] || return 1
  printf '%s' "$1" >"$dir/step"
  : >"$dir/said"; : >"$dir/told"
  { (exec 2>&4 3<"$2" 9>"$dir/said"; exec 4>&- 5>&- 6>&-; become /bin/sh); status=$?; } 4>&2 2>"$dir/told" <"$dir/step"
  sweep && gone=1 || gone=0
  said=; read -r said <"$dir/said"
  signaled=0
  [ "$status" -gt 128 ] && [ -s "$dir/told" ] && signaled=1
  case $said in
    begun) echo "ended $status $signaled $gone" >"$dir/exit" ;;
    *) echo "refused \${said:-it did not begin}" >"$dir/exit"; return 1 ;;
  esac
  [ "$status" = 0 ]
}
# Runs a script after everything else, whose end is nobody's business.
clean() { printf '%s' "$1" >"$dir/step"; (exec 3</dev/null 4>&- 5>&- 6>&- 9>/dev/null; become /bin/sh) >/dev/null 2>&1 <"$dir/step"; }
# Does what a plan says, with this run's output as frames.
run_plan() {
  memory_kills; kills_before=$kills
  : >"$dir/o.at"; : >"$dir/e.at"; : >"$dir/exit"
  [ "$limit" = 0 ] || (pause "$limit"; [ -e "$dir/over" ] || end_run timeout) >/dev/null 2>&1 </dev/null 5>&- &
  timer=$!
  {
    { { . "$dir/plan"; sweep; : >"$dir/over"; } 2>&1 >&6 6>&- | encode e >&5; } 6>&1 | encode o >&5
  } </dev/null
  [ "$limit" = 0 ] || kill "$timer" 2>/dev/null
  read -r o_sent o_all o_parts <"$dir/o.end"; read -r e_sent e_all e_parts <"$dir/e.end"
  room=$((most - o_sent - e_sent)); half=$((room / 2))
  o_rest=$((o_all - o_sent)); e_rest=$((e_all - e_sent))
  o_keep=$(least "$o_rest" "$segment"); e_keep=$(least "$e_rest" "$segment")
  if [ $((o_keep + e_keep)) -gt "$room" ]; then
    if [ "$o_keep" -le "$half" ]; then e_keep=$((room - o_keep))
    elif [ "$e_keep" -le "$half" ]; then o_keep=$((room - e_keep))
    else o_keep=$half; e_keep=$half; fi
  fi
  encode_rest o "$o_keep" "$o_all" "$o_parts" >&5
  encode_rest e "$e_keep" "$e_all" "$e_parts" >&5
  memory_kills
  timed=0; [ ! -e "$dir/timeout" ] || timed=1
  read -r what rest <"$dir/exit"
  case $what in
    missing) tell x missing ;;
    refused) [ "$timed" = 1 ] || [ -e "$dir/killed" ] || { refuse "$rest"; return; }
      tell x ended 137 1 0 "$timed" 1 "$o_all" "$e_all" ;;
    ended) set -- $rest; tell x ended "$1" "$2" "$((kills - kills_before))" "$timed" "$3" "$o_all" "$e_all" ;;
    *) [ "$timed" = 1 ] || [ -e "$dir/killed" ] || { refuse 'the runner could not keep its notes; the disk of the container may be full'; return; }
      tell x ended 137 1 0 "$timed" 1 "$o_all" "$e_all" ;;
  esac
}
`

/**
 * Arguments: `execution`, the directory of the plan, the working directory, seconds that a run may take and seconds that the
 * container may live, seconds that it waits for its reader in the end, bytes of each stream and of both that are told at once,
 * bytes of a part and bytes that the log takes. Or `hold` and seconds: lives that long. Or `session`, the working directory and the
 * most open files or nothing: takes runs from its input, a terminal.
 */
export const RUNNER_SCRIPT = `
unset polyrun_secret polyrun_files
polyrun_secret=$POLYRUN_SECRET polyrun_files=$POLYRUN_FILES
unset POLYRUN_SECRET POLYRUN_FILES
${KEEP_ENVIRONMENT}; unset secret
${SAY_SIGNALS}
exec 5>&1
${LIBRARY}
make_work() { mkdir -p "$work" && chown "$uid" "$work" 2>/dev/null || chmod 777 "$work"; [ -z "$open_files" ] || ulimit -n "$open_files"; }
execution() {
  secret=$polyrun_secret open_files=$polyrun_files group=${FIRST_GROUP}
  from=$1 work=$2 limit=$3 lifetime=$4 linger=$5 live=$6 live_both=$7 segment=$8 most=$9
  read -r boot </proc/sys/kernel/random/uuid
  tell s "$boot"
  dir=/.polyrun-run
  trap 'exit 0' 15
  (pause "$lifetime"; end_run killed; kill -15 1) >/dev/null 2>&1 </dev/null 5>&- &
  if needs && { mkdir "$dir" && make_work || { refuse 'the file system of the container cannot be written to'; false; }; }; then
    { while read -r part; do
      case $part in plan) cat "$from/plan" >"$dir/plan" ;; *) cp "$from/$part" "$dir/$part" 2>/dev/null || cat "$from/$part" >"$dir/$part" ;; esac
    done; } <"$from/parts"
    run_plan
  fi
  sleep "$linger" & wait "$!"
  exit 0
}
hold() {
  trap 'exit 0' 15
  sleep "$1" & wait "$!"
  exit 0
}
session() {
  work=$1 open_files=$2
  stty raw -echo 2>/dev/null || exit 0
  trap : 1 2 3 13 15
  printf 'polyrun-%s\\n' ready >&5
  IFS=' ' read -r secret group || exit 0
  base=/.polyrun-$group-$$ turn=0
  needs || exit 0
  [ -n "$session" ] || { refuse 'the image has no setsid, so that a program could type into the terminal of the runner'; exit 0; }
  # What a run left whose session was cut.
  sweep
  make_work
  tell s "$$"
  dir=
  while IFS=' ' read -r command one two three four five six; do
    case $command in
      new) [ -z "$dir" ] || rm -rf "$dir"; turn=$((turn + 1)); dir=$base.$turn; mkdir "$dir" ;;
      part) head -c "$two" | base64 -d >"$dir/$one" ;;
      run)
        secret=$one limit=$two live=$three segment=$four most=$five live_both=$five
        head -c "$six" | base64 -d >"$dir/plan"
        (trap - 1 2 3 13 15; run_plan) & ;;
      kill) [ -z "$dir" ] || { (end_run killed) >/dev/null 2>&1 </dev/null & } ;;
    esac
  done
  [ -z "$dir" ] || end_run killed
  rm -rf "$base".*
  exit 0
}
"$@"
`
