import { CodeExecutorError } from '../../../core/index.ts'
import { isShellName, linkChecks, printfWords, scriptPath, scriptWord, type Command } from '../../../engine/index.ts'

/** MAX_ARG_STRLEN of Linux: the longest single argument or variable, with the NUL at its end. */
const LONGEST_WORD_BYTES = 128 * 1024
/** A quarter of the usual stack limit, which is what all arguments and variables may have together; see execve(2). */
const ALL_WORDS_BYTES = 2 * 1024 ** 2

const HEAD = `
umask 022
no() { printf '%s' "$1" >&9; exit 121; }
enter() { cd -- "$1" 2>/dev/null && [ -w . ] || { chmod u+rwx -- "$1" 2>/dev/null; cd -- "$1"; } || no 'the working directory cannot be entered'; }
put() { [ ! -p "$3" ] || rm -f -- "$3"; printf "$1" "$2" 2>/dev/null >"$3" || { rm -rf -- "$3" && printf "$1" "$2" >"$3"; } || no "write $3"; }
take() { [ ! -p "$2" ] || rm -f -- "$2"; cat <&"$1" 2>/dev/null >"$2" || { rm -rf -- "$2" && cat <&"$1" >"$2"; } || no "write $2"; }
`

/** What a script does before it becomes its command. */
export interface StepFiles {
  /** Files that are small enough to stand in the script. */
  readonly written: ReadonlyMap<string, Uint8Array>
  /** A directory that is made. */
  readonly directory: string | undefined
  /** Whether programs were there before, which may have left links: nothing is written through one. */
  readonly mayMeetLinks: boolean
}

/** No files. */
export const NO_FILES: StepFiles = { written: new Map(), directory: undefined, mayMeetLinks: false }

/**
 * A script that writes files and becomes a command, as text in which each character is one byte. It says `begun` on descriptor 9
 * when there is a command, or why not, and takes the command's input from descriptor 3.
 * @throws `BACKEND_REJECTED` for words that are too long for any process
 */
export function stepScript(workDir: string, command: Command, { written, directory, mayMeetLinks }: StepFiles): string {
  assertFits(command)
  const forShell = Object.entries(command.env).filter(([name]) => isShellName(name))
  const forProgram = Object.entries(command.env).filter(([name]) => !isShellName(name))
  const words = [...(forProgram.length > 0 ? ['env', '--', ...forProgram.map(([name, value]) => `${name}=${value}`)] : []), ...command.argv]
  const lines = [
    HEAD,
    `enter ${scriptWord(workDir)}`,
    ...(mayMeetLinks ? linkChecks(written.keys()) : []),
    ...makeDirectories(written.keys(), directory),
    ...[...written].map(([path, content]) => `put ${printfWords(content)} ${scriptPath(path)}`),
    `export HOME=${scriptWord(workDir)}`,
    ...forShell.map(([name, value]) => `export ${name}=${scriptWord(value)}`),
    `printf begun >&9; exec ${words.map(scriptWord).join(' ')} <&3 3<&- 9>&-`,
  ]
  return `${lines.join('\n')}\n`
}

/** A script that writes its input to a file, for content that is too large to stand in a script. */
export function takeScript(workDir: string, path: string): string {
  const lines = [
    HEAD,
    `enter ${scriptWord(workDir)}`,
    ...linkChecks([path]),
    ...makeDirectories([path], undefined),
    `take 3 ${scriptPath(path)}`,
  ]
  return `${lines.join('\n')}\nprintf begun >&9\n`
}

function makeDirectories(paths: Iterable<string>, directory: string | undefined): string[] {
  const parents = [...paths].filter((path) => path.includes('/')).map((path) => path.slice(0, path.lastIndexOf('/')))
  const directories = new Set([...parents, ...(directory === undefined ? [] : [directory])])
  return directories.size === 0 ? [] : [`mkdir -p -- ${[...directories].map(scriptPath).join(' ')} || no 'a directory cannot be made'`]
}

function assertFits({ argv, env }: Command): void {
  const words = [...argv, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)].map((text) => Buffer.byteLength(text) + 1)
  if (words.every((bytes) => bytes <= LONGEST_WORD_BYTES) && words.reduce((sum, bytes) => sum + bytes, 0) <= ALL_WORDS_BYTES) return
  const reason = `arguments and variables may have ${LONGEST_WORD_BYTES} bytes each and ${ALL_WORDS_BYTES} together`
  throw new CodeExecutorError('BACKEND_REJECTED', `The command is too long: ${reason}. Hand it on in a file or as standard input.`, {
    executor: 'azure-container',
    reason,
  })
}
