import type { CommandLine } from '../../languages/index.ts'
import type { Command } from '../command-backend.ts'
import { isShellName } from '../shell-words.ts'
import { NotStarted } from './not-started.ts'
import type { CommandCall } from './read-command.ts'

/** The shell of the place, which every place has. */
export const PLACE_SHELL = '/bin/sh'
/** When a shell could not run what it was told to. */
const CANNOT_RUN = 126

/**
 * Enters a directory below the working directory and becomes a command. No link on the way is followed: the directory that
 * was entered has to have the path that was asked for. It sets no variable, since that would change one of the command's.
 */
const ENTER = `
cd -P . && set -- "$PWD" "$@"
case $2 in
  /*) case $2/ in "$1"/*) cd -P -- "$2" 2>/dev/null && [ "$PWD" = "$2" ] ;; *) false ;; esac ;;
  *) cd -P -- "./$2" 2>/dev/null && [ "$PWD" = "$1/$2" ] ;;
esac || { echo "cannot enter the directory $2" >&2; exit ${CANNOT_RUN}; }
shift 2
exec "$@"
`

/** The command of a call as a place runs it. `words` are what is run in the directory. */
export function launchCommand({ cwd, env, stdin }: CommandCall, words: CommandLine): Command {
  const input = stdin && { stdin }
  if (cwd === '.') return { argv: words, env, ...input }
  const entries = Object.entries(env)
  const odd = entries.filter(([name]) => !isShellName(name)).map(([name, value]) => `${name}=${value}`)
  // Shells drop, or change, variables of such names on their way to the command.
  const last = odd.length === 0 ? words : ['env', '--', ...odd, ...words]
  const plain = Object.fromEntries(entries.filter(([name]) => isShellName(name)))
  return { argv: [PLACE_SHELL, '-c', ENTER, 'enter', cwd, ...last], env: plain, ...input }
}

/** A text as the words of a shell that reads it. A shell takes one that begins like an option for one. @throws {@link NotStarted} */
export function throughShell(shell: string, text: string): CommandLine {
  if (text.trim() === '') throw new NotStarted('invalid_argument', 'The command is empty.')
  return [shell, '-c', /^[-+]/.test(text) ? ` ${text}` : text]
}
