// What runs in a sandbox besides the programs, one inside the other. All but the last have the rights of root and are in
// nobody's process namespace but the sandbox's own, where programs neither see nor signal them.
//
//   outer   opens the files it was given and removes their names
//   middle  starts the first process of a new namespace, ends it on SIGTERM, and dies as the program did
//   init    is that process: when it is over, by itself or killed, the kernel ends everything in its namespace first
//   inner   has the programs' user: unpacks files and becomes the program
//
// A refusal is told by the status {@link REFUSED} and a last line on the error output that begins with a secret.

/** The exit status of a launch that did not come to a program. Programs may have it too; the secret decides. */
export const REFUSED = 121

/** Arguments: secret, private directory, file of the input, file of the archive, middle script, then what that one takes. */
export const OUTER = `
secret=$1; private=$2; input=$3; archive=$4; middle=$5; shift 5
no() { printf '%s refused %s\\n' "$secret" "$1" >&2; exit ${REFUSED}; }
umask 077
[ -d "$private" ] || mkdir -p -- "$private" || no 'make a private directory'
told=$private/told-$$
{ : >"$told"; } 2>/dev/null || no 'write: no space is left'
exec 8>"$told" 7<"$told"; rm -f -- "$told"
[ -r "$input" ] && [ -r "$archive" ] || no 'open the files of the run'
exec 3<"$input" 5<"$archive"
[ "$input" = /dev/null ] || rm -f -- "$input"
[ "$archive" = /dev/null ] || rm -f -- "$archive"
exec unshare --pid -- /bin/sh -c "$middle" polyrun "$secret" "$@"
`

/**
 * Arguments: secret, init script, then what that one takes. Once init is over no process can be started in the namespace,
 * so that only what the shell itself can do is used.
 */
export const MIDDLE = `
secret=$1; init=$2; shift 2
exec 4>&2 2>/dev/null # a shell tells on its error output whom it has seen killed
no() { printf '%s refused %s\\n' "$secret" "$1" >&4; exit ${REFUSED}; }
process=; ended=
trap 'ended=1; [ -z "$process" ] || kill -9 "$process" 2>/dev/null' TERM
unshare --mount-proc -- /bin/sh -c "$init" polyrun "$@" <&3 2>&4 4>&- &
process=$!
[ -z "$ended" ] || kill -9 "$process" 2>/dev/null
wait "$process"; status=$?
while kill -0 "$process" 2>/dev/null; do wait "$process"; status=$?; done
fact=; value=
IFS=' ' read -r fact value <&7
trap - TERM
case $fact in
  refused) no "$value" ;;
  ended) [ "$value" = 0 ] || kill -"$((status - 128))" "$$" ;;
  *) [ "$status" = 137 ] || no 'start a process namespace'; kill -9 "$$" ;;
esac
exit "$status"
`

/**
 * Arguments: the working directory, user, group, groups, most open files or nothing, what is removed afterwards as words of
 * a shell, the inner script, then what that one takes.
 */
export const INIT = `
work=$1; user=$2; group=$3; groups=$4; files=$5; temporary=$6; inner=$7; shift 7
exec 3<&-
no() { echo "refused $1" >&8; exit ${REFUSED}; }
drop="setpriv --reuid=$user --regid=$group --groups=$groups"
cd -- "$work" 2>/dev/null || { mkdir -p -- "$work" && chown "$user:$group" -- "$work" && cd -- "$work"; } 2>/dev/null ||
  no "enter the working directory $work"
[ -z "$files" ] || ulimit -n "$files" 2>/dev/null || no 'limit open files'
# The shell tells on its own error output that a signal ended a program; the status alone does not.
{ (exec 2>&4 4>&- 7<&-; exec setsid $drop -- /bin/sh -c "$inner" polyrun "$@"); status=$?; } 4>&2 2>&8
signaled=0; refusal=
while IFS= read -r line <&7; do case $line in "refused "*) refusal=$line ;; *) signaled=1 ;; esac; done
[ "$status" -gt 128 ] || signaled=0
if [ -n "$temporary" ]; then
  kill -9 -1 2>/dev/null
  eval "$drop -- rm -rf -- $temporary" >/dev/null 2>&1 </dev/null 7<&- 8>&-
fi
[ -z "$refusal" ] || { echo "$refusal" >&8; exit ${REFUSED}; }
echo "ended $signaled" >&8
exit "$status"
`

/**
 * Arguments: an archive as text, `-` for the one that is open, or nothing; its directories as words of a shell; then the
 * program and its arguments. A directory that tar would put in the place of a file is refused.
 */
export const INNER = `
archive=$1; directories=$2; shift 2
umask 022
no() { echo "refused write files: $1" | tr '\\n' ' ' >&8; echo >&8; exit ${REFUSED}; }
[ -w . ] || chmod u+rwx . 2>/dev/null
look_for_files() { for at; do [ ! -e "$at" ] || [ -d "$at" ] || [ -L "$at" ] || no "$at is no directory"; done; }
eval "look_for_files $directories"
unpack() { tar -x -o -f -; }
case $archive in
  '') ;;
  -) why=$(unpack 2>&1 <&5 8>&-) || no "$why" ;;
  *) why=$(printf %s "$archive" | base64 -d | unpack 2>&1 8>&- 5<&-) || no "$why" ;;
esac
exec "$@" 8>&- 5<&-
`
