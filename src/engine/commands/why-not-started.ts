import { CodeExecutorError } from '../../core/index.ts'
import type { Command, CommandExit } from '../command-backend.ts'
import { PLACE_SHELL } from './launch.ts'
import { NotStarted } from './not-started.ts'
import type { CommandCall } from './read-command.ts'

/**
 * Says what is wrong with a directory and a program, if anything is. A shell tells a program that it could not start by an
 * exit code, 126 or 127, which a program may have as well; whether the program is there tells the two apart.
 */
const LOOK = `
cd -P . && set -- "$PWD" "$@"
case $2 in
  .) ;;
  /*)
    case $2/ in "$1"/*) ;; *) echo outside; exit ;; esac
    cd -P -- "$2" 2>/dev/null || { echo directory; exit; }
    [ "$PWD" = "$2" ] || { echo link; exit; } ;;
  *)
    cd -P -- "./$2" 2>/dev/null || { echo directory; exit; }
    [ "$PWD" = "$1/$2" ] || { echo link; exit; } ;;
esac
case $3 in
  */*) found=$3 ;;
  *) found=$(command -v -- "$3") ;;
esac
case $found in
  */*) ;;
  *) found= ;; # a builtin is no program
esac
[ -e "$found" ] || { echo missing; exit; }
[ -f "$found" ] && [ -x "$found" ] || { echo denied; exit; }
{ IFS= read -r line <"$found"; } 2>/dev/null
case $line in
  '#!'*)
    set -f
    set -- \${line#??}
    [ -e "$1" ] || { echo "interpreter $1"; exit; } ;;
esac
echo fine
`

/** What a shell exits with when it could not start a program. */
const COULD_NOT_START = [126, 127]
/** How a place fails when it could not start a program. */
const FAILURES = ['BACKEND_REJECTED', 'BACKEND_LOST'] as const

/** Whether an exit may mean that nothing was started. */
export function mayBeNotStarted(exit: CommandExit): boolean {
  return exit.kind === 'exited' && COULD_NOT_START.includes(exit.exitCode)
}

/** Whether an error of the place may mean the same. */
export function mayBeCannotStart(error: unknown): boolean {
  return FAILURES.some((code) => CodeExecutorError.is(error, code))
}

/** The command by which the place is asked why a program was not started. */
export function lookCommand({ cwd, env }: CommandCall, program: string): Command {
  return { argv: [PLACE_SHELL, '-c', LOOK, 'look', cwd, program], env }
}

/** What the place answered to it; `undefined` when nothing is wrong. */
export function readLook(said: string, { cwd }: CommandCall, program: string): NotStarted | undefined {
  const [what = '', interpreter] = said.trim().split(/ (.*)/s)
  switch (what) {
    case 'directory':
      return new NotStarted('directory_not_found', `There is no directory ${JSON.stringify(cwd)} in the working directory.`)
    case 'outside':
      return new NotStarted(
        'invalid_argument',
        `The directory ${JSON.stringify(cwd)} is not below the working directory. Leave cwd out for that itself.`,
      )
    case 'link':
      return new NotStarted('invalid_argument', `The directory ${JSON.stringify(cwd)} goes through a link. Name the one it leads to.`)
    case 'missing':
      return new NotStarted('not_found', `There is no program ${JSON.stringify(program)}.`)
    case 'denied':
      return new NotStarted('permission_denied', `${JSON.stringify(program)} cannot be run: it is no file, or not executable.`)
    case 'interpreter':
      return new NotStarted('not_found', `${JSON.stringify(program)} wants ${interpreter ?? 'an interpreter'}, which is not there.`)
    case 'fine':
      return undefined
    default:
      return new NotStarted('not_found', `There is no shell ${PLACE_SHELL}. Give the program and its arguments as a list, without cwd.`)
  }
}
