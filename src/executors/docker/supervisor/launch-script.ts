import { CodeExecutorError } from '../../../core/index.ts'
import type { PlainTask } from '../shellless/plain-task.ts'
import { isShellName, linkChecks, printfWords, scriptPath, scriptWord, type Command } from '../../../engine/index.ts'
import { OWN_PREFIX, randomName } from '../../../workspace/index.ts'
import { ALL_WORDS_BYTES, areStartable, LONGEST_WORD_BYTES } from '../word-limits.ts'

/** Larger contents go beside the script and not in it: a shell reads its script slowly. */
const INLINE_BYTES = 64 * 1024
/** Files that one `mv` moves. */
const MOVED_AT_ONCE = 200

/**
 * What a prepared shell reads. Until it prints `begun` on its output everything there is its own: `need` asks for the next
 * of the feeds, `refused <why>` says that it gave up.
 */
export interface LaunchScript {
  readonly text: Buffer
  readonly feeds: readonly Uint8Array[]
  /** The same for a place without a shell. */
  readonly plain: PlainTask
}

/** What a script is made for. */
export interface ScriptPlace {
  readonly workDir: string
  /** Whether what is in it is somebody else's: a file that has the content already is left alone, and none is lost. */
  readonly isVolume: boolean
  /** Variables that a shell cannot hold, for every program. */
  readonly odd: Readonly<Record<string, string>>
}

/** What a script may be told of its files. */
export interface ScriptFiles {
  /** The same for a place without a shell. */
  readonly plain?: PlainTask
  /** Names that nobody else has; what has another name may be read by a program beside this one while it is written. */
  readonly unshared?: Iterable<string>
}

/** The program's environment may have any name that does not begin as ours do. */
const HEAD = `
umask 022
no() { echo "refused $1"; exit 121; }
enter() { cd -- "$1" 2>/dev/null && [ -w . ] || { chmod u+rwx -- "$1" 2>/dev/null; cd -- "$1"; } || no 'enter the working directory'; }
not_a_pipe() { [ ! -p "$1" ] || rm -f -- "$1"; } # opening one waits for somebody who reads it
put() { not_a_pipe "$3"; printf "$1" "$2" 2>/dev/null >"$3" || { rm -rf -- "$3" && printf "$1" "$2" >"$3"; } || no "write $3"; }
clear_way() { [ ! -d "$1" ] || [ -L "$1" ] || rm -rf -- "$1"; }
swap() { # whoever reads it meanwhile sees all of it, as it was or as it is
  polyrun_new=\${3%/*}/$polyrun_fresh
  printf "$1" "$2" 2>/dev/null >"$polyrun_new" && clear_way "$3" && mv -f -- "$polyrun_new" "$3" 2>/dev/null || { rm -f -- "$polyrun_new"; put "$@"; }
}
`

/** The same where files are somebody else's: the directory stays as closed as it is, and a new content takes the place of the old one when it is whole. */
const CAREFUL_PUT = `
enter() { cd -- "$1" || no 'enter the working directory'; }
put() {
  not_a_pipe "$3"; polyrun_new=\${3%/*}/$polyrun_fresh
  printf "$1" "$2" | cmp -s - "$3" 2>/dev/null && return
  printf "$1" "$2" >"$polyrun_new" && mv -f -- "$polyrun_new" "$3" || { rm -f -- "$polyrun_new"; no "write $3"; }
}
swap() { put "$@"; }
take() { cmp -s "$1/$2" "$2" 2>/dev/null || mv -f -- "$1/$2" "$2" || no "write $2"; }
`

/** Becomes a command, after some files were written. @throws `BACKEND_REJECTED` for words that are too long for any process */
export function commandScript(
  place: ScriptPlace,
  command: Command,
  files: ReadonlyMap<string, Uint8Array>,
  { plain = { kind: 'command', command, files }, unshared = [] }: ScriptFiles = {},
): LaunchScript {
  assertFits(command)
  const all = { ...place.odd, ...command.env }
  const forShell = Object.entries(all).filter(([name]) => isShellName(name))
  const forProgram = Object.entries(all).filter(([name]) => !isShellName(name))
  const words = [...(forProgram.length > 0 ? ['env', '--', ...forProgram.map(([name, value]) => `${name}=${value}`)] : []), ...command.argv]
  const stdin = command.stdin ?? new Uint8Array()
  const fed = stdin.byteLength > INLINE_BYTES
  const lines = [
    ...head(place),
    ...linkChecks(files.keys()),
    ...writes(files, new Set(unshared)),
    ...(stdin.byteLength === 0 ? [] : readInput(stdin, fed)),
    ...forShell.map(([name, value]) => `export ${name}=${scriptWord(value)}`),
    ...(command.isOwnScript ? scriptArguments(command.argv) : []),
    'echo begun',
    `${command.isOwnScript ? OWN_SCRIPT : `exec ${words.map(scriptWord).join(' ')}`} ${stdin.byteLength === 0 ? '</dev/null' : '<&3 3<&-'}`,
  ]
  return { text: encode(lines), feeds: fed ? [stdin] : [], plain }
}

/**
 * Becomes an interpreter that waits for a program. Its options are given in a variable, which is not to be there before; its
 * input is what comes after this script.
 */
export function waitingScript(
  place: ScriptPlace,
  { argv, env, options }: Command & { readonly options: readonly [string, string] },
): Buffer {
  const [name, value] = options
  return encode([
    ...head(place),
    `[ -z "$${name}" ] || no 'wait: the container has a variable ${name}'`,
    ...Object.entries({ ...env, [name]: value }).map(([key, text]) => `export ${key}=${scriptWord(text)}`),
    `exec ${argv.map(scriptWord).join(' ')}`,
  ])
}

/** Runs a script in the prepared shell itself. The shell has read all of this when its input becomes the script's. */
const OWN_SCRIPT = '{ eval "$polyrun_script"; exit; }'

function scriptArguments([, , script = '', , ...args]: Command['argv']): string[] {
  return [`polyrun_script=${scriptWord(script)}`, `set -- ${args.map(scriptWord).join(' ')}`]
}

/** Unpacks an archive of files beside the working directory's, and then puts them there. */
export function unpackScript(place: ScriptPlace, files: ReadonlyMap<string, Uint8Array>, archive: Uint8Array): LaunchScript {
  const names = [...files.keys()]
  const unpack = [
    'mkdir "$polyrun_fresh" || no "make a directory"',
    'echo need',
    `${untar(archive)} -C "$polyrun_fresh" || { rm -rf "$polyrun_fresh"; no unpack; }`,
    ...makeDirectories(names),
    ...(place.isVolume ? names.map((path) => `take "$polyrun_fresh" ${scriptPath(path)}`) : moves(names)),
    'rm -rf "$polyrun_fresh"',
    'echo begun',
    'exit 0',
  ]
  return { text: encode([...head(place), ...linkChecks(names), ...unpack]), feeds: [archive], plain: { kind: 'write', files } }
}

/** The same where there is no space for what is there and what is to come: a program beside it may see half of a file. */
export function unpackInPlaceScript(place: ScriptPlace, files: ReadonlyMap<string, Uint8Array>, archive: Uint8Array): LaunchScript {
  const lines = [...head(place), ...linkChecks(files.keys()), 'echo need', 'echo begun', `${untar(archive)}; exit`]
  return { text: encode(lines), feeds: [archive], plain: { kind: 'write', files } }
}

/** Some tars, BusyBox's for one, read on behind the archive's end. */
function untar({ byteLength }: Uint8Array): string {
  return `head -c ${byteLength} | tar -x -o -f -`
}

/** One process for many files of a directory, each of which is there whole or not at all. */
function moves(paths: readonly string[]): string[] {
  const byDirectory = Map.groupBy(paths, (path) => path.slice(0, path.lastIndexOf('/') + 1))
  const lines: string[] = paths.map((path) => `clear_way ${scriptPath(path)}`)
  for (const [directory, all] of byDirectory) {
    for (let at = 0; at < all.length; at += MOVED_AT_ONCE) {
      const some = all.slice(at, at + MOVED_AT_ONCE).map((path) => `"$polyrun_fresh"/${scriptWord(path)}`)
      lines.push(`mv -f -- ${some.join(' ')} ${scriptPath(directory)} || { rm -rf "$polyrun_fresh"; no 'put files into their place'; }`)
    }
  }
  return lines
}

/** Removes files of the working directory by a shell that waits for a program there. */
export function removalScript(paths: readonly string[]): LaunchScript {
  const remove = `rm -rf -- ${paths.map(scriptPath).join(' ')}`
  const lines = [`{ ${remove} || { chmod u+rwx .; ${remove}; }; } 2>/dev/null`, 'echo begun', 'exit 0']
  return { text: encode(lines), feeds: [], plain: { kind: 'tool', args: ['remove', ...paths] } }
}

function head({ workDir, isVolume }: ScriptPlace): string[] {
  return [HEAD, ...(isVolume ? [CAREFUL_PUT] : []), `polyrun_fresh=${OWN_PREFIX}${randomName(6)}`, `enter ${scriptWord(workDir)}`]
}

/** Whether files are few and small enough to be written by a script. */
export function fitsInScript(files: ReadonlyMap<string, Uint8Array>): boolean {
  if (files.size > 32) return false
  let bytes = 0
  for (const content of files.values()) bytes += content.byteLength
  return bytes <= INLINE_BYTES
}

function writes(files: ReadonlyMap<string, Uint8Array>, unshared: ReadonlySet<string>): string[] {
  const way = (path: string): string => (unshared.has(path) ? 'put' : 'swap')
  return [
    ...makeDirectories([...files.keys()]),
    ...[...files].map(([path, content]) => `${way(path)} ${printfWords(content)} ${scriptPath(path)}`),
  ]
}

function makeDirectories(paths: readonly string[]): string[] {
  const directories = new Set(paths.filter((path) => path.includes('/')).map((path) => path.slice(0, path.lastIndexOf('/'))))
  return directories.size === 0 ? [] : [`mkdir -p -- ${[...directories].map(scriptWord).join(' ')} || no 'make a directory'`]
}

/** Standard input is a file without a name, so that a program may read it at any speed or not at all. */
function readInput(stdin: Uint8Array, fed: boolean): string[] {
  return [
    'polyrun_input="/tmp/.polyrun-input-$$"',
    // All of it is read even when there is no space: what stayed in the pipe would be the next script.
    fed
      ? `echo need; head -c ${stdin.byteLength} | { cat >"$polyrun_input" || { cat >/dev/null; rm -f "$polyrun_input"; exit 1; }; } || no 'write the input'`
      : `put ${printfWords(stdin)} "$polyrun_input"`,
    'exec 3<"$polyrun_input"; rm -f "$polyrun_input"',
  ]
}

/** One command, of which the shell has read all before it begins: what comes then is a feed. Each character is one byte. */
function encode(lines: readonly string[]): Buffer {
  return Buffer.from(`{\n${lines.join('\n')}\n}\n`, 'latin1')
}

function assertFits({ argv, env }: Command): void {
  if (areStartable(argv, env)) return
  const reason = `arguments and variables may have ${LONGEST_WORD_BYTES} bytes each and ${ALL_WORDS_BYTES} together`
  throw new CodeExecutorError('BACKEND_REJECTED', `The command is too long: ${reason}. Hand it on in a file or as standard input.`, {
    executor: 'docker',
    reason,
  })
}
