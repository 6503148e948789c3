// The holder is the container's own process, a small POSIX shell. It has a user of its own, so that programs can neither end
// nor read it, and the container lives as long as the holder's input does: when this process dies, the engine closes that
// input. It needs no program of the image, except `cp`, `mkfifo` and `rm` where it has them.

/** The holder's user, which no program may have. */
export const HOLDER_ID = 10_002
/** Where the holder puts the copy of the shell. */
export const HOLDER_DIRECTORY = '/run/polyrun'
/** The copy of the shell that can be executed and not read. */
export const SEALED_SHELL = `${HOLDER_DIRECTORY}/sh`

/** A file for an interpreter that waits, which programs can read and not change. */
export const WAITING_FILE = `${HOLDER_DIRECTORY}/wait.cjs`

/** Where a killer that was started with the first runner gets its commands from, and where it answers. */
const RELAY_DIRECTORY = `${HOLDER_DIRECTORY}/relay`
export const ORDERS = `${RELAY_DIRECTORY}/orders`
export const ANSWERS = `${RELAY_DIRECTORY}/answers`
/** Asks the holder for the state of a process, by its number, and begins its answer: a letter as in proc_pid_stat(5), or nothing. */
export const STATE_OF = 'state'
/** What the holder says when nobody is left who could answer. */
export const RELAY_OVER = 'over'

/** Writes the file, if there is a text for it. */
const WRITE_WAITING_FILE = `[ -z "$2" ] || (umask 022; printf %s "$2" >${WAITING_FILE}) 2>/dev/null`

/**
 * Says `ready`, its process id, whether it could make the sealed shell, and the process id of its relay if there is one; then
 * lives as long as its input. The second argument is the text of {@link WAITING_FILE}, if one is needed. With a first it makes a relay: two pipes with names, which are gone before the first line
 * goes through them, and so before any program is there. Each line of its input goes into one, what comes out of the other is
 * its output; but a question for the state of a process it answers itself, since no program can stop it.
 */
export const HOLDER = `
umask 066
sealed=1; relay=
cp /bin/sh ${SEALED_SHELL} 2>/dev/null || sealed=0
${WRITE_WAITING_FILE}
if [ -n "$1" ] && mkdir -m 711 ${RELAY_DIRECTORY} && mkfifo -m 666 ${ORDERS} ${ANSWERS}; then
  exec 3<>${ORDERS}
  { while IFS= read -r answer; do printf '%s\\n' "$answer"; done <${ANSWERS}; echo ${RELAY_OVER}; } 3<&- &
  relay=$!
fi 2>/dev/null
echo "ready $$ $sealed $relay"
IFS= read -r order || exit 0
[ -n "$relay" ] && rm -rf ${RELAY_DIRECTORY} || exit 1
printf '%s\\n' "$order" >&3
while IFS= read -r order; do
  case $order in
    "${STATE_OF} "*)
      state=
      read -r id name state rest <"/proc/\${order#* }/stat"
      echo "${STATE_OF} $state" ;;
    *) printf '%s\\n' "$order" >&3 ;;
  esac
done 2>/dev/null
`

/** The same without a relay for a container that outlives its owner: it ends when nobody used it for as many seconds as the first argument says. */
export const IDLE_HOLDER = `
umask 066
sealed=1
cp /bin/sh ${SEALED_SHELL} 2>/dev/null || sealed=0
${WRITE_WAITING_FILE}
echo "ready $$ $sealed"
idle=0
while [ "$idle" -lt "$1" ]; do
  sleep 1
  set -- "$1" /proc/[0-9]*
  # The init process, this one, and one that is a loop's own.
  if [ $# -gt 3 ]; then idle=0; else idle=$((idle + 1)); fi
done
`
