import { CodeExecutorError } from '../../core/index.ts'
import { quoteLiterally, type Command } from '../../engine/index.ts'
import { INIT, INNER, MIDDLE, OUTER } from './scripts.ts'

/** MAX_ARG_STRLEN of Linux: the longest single argument or variable, with the NUL at its end. */
const LONGEST_WORD_BYTES = 128 * 1024
/** Half of the 2 MiB that the usual stack limit leaves for all words; a new program's words are there twice for a moment. */
const ALL_WORDS_BYTES = 1024 ** 2
/** The longest archive that goes along as a word, in bytes: its text has a third more. */
const INLINE_BYTES = 90_000
const NOTHING = '/dev/null'

/** Whose processes programs are, and what they find. */
export interface ProgramUser {
  readonly id: string
  readonly group: string
  /** All of its groups, with commas. */
  readonly groups: string
  readonly env: Readonly<Record<string, string>>
  /** Whether env(1) can give signals their defaults back, which a shell takes away from what it starts in the background. */
  readonly resetsSignals: boolean
}

/** What one launch is made of. */
export interface Launch {
  readonly command: Command
  readonly secret: string
  readonly workDir: string
  readonly user: ProgramUser
  /** A directory of root's. */
  readonly privateDir: string
  readonly openFiles: number | undefined
  /** What is removed afterwards. */
  readonly temporary: readonly string[]
  /** An archive that is unpacked before: its bytes, or the path of a file that has them. */
  readonly archive: Uint8Array | string | undefined
  /** The directories of its files. */
  readonly directories: readonly string[]
  /** The path of a file with the input. */
  readonly input: string | undefined
}

/** Whether an archive may go along as a word. */
export function fitsInWord(archive: Uint8Array): boolean {
  return archive.byteLength <= INLINE_BYTES
}

/** The arguments of `/bin/sh` that run a command. @throws `BACKEND_REJECTED` for words that are too long for any process */
export function launchArguments({
  command,
  secret,
  workDir,
  user,
  privateDir,
  openFiles,
  temporary,
  archive,
  directories,
  input,
}: Launch): string[] {
  const file = typeof archive === 'string' ? archive : NOTHING
  const words = [
    ...['-c', OUTER, 'polyrun', secret, privateDir, input ?? NOTHING, file, MIDDLE],
    INIT,
    ...[workDir, user.id, user.group, user.groups, openFiles?.toString() ?? ''],
    shellWords(temporary),
    INNER,
    archiveWord(archive),
    shellWords(directories),
    ...programWords(command, user),
  ]
  assertFit(words)
  return words
}

/** Paths as a shell reads them. */
function shellWords(paths: readonly string[]): string {
  return paths.map((path) => quoteLiterally(`./${path}`)).join(' ')
}

function archiveWord(archive: Launch['archive']): string {
  if (archive === undefined) return ''
  return typeof archive === 'string' ? '-' : Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength).toString('base64')
}

/** The program, started by env(1): a shell would drop variables whose names it cannot hold. */
function programWords({ argv, env }: Command, user: ProgramUser): string[] {
  const variables = Object.entries({ ...user.env, ...env }).map(([name, value]) => `${name}=${value}`)
  const signals = user.resetsSignals ? ['--default-signal=INT,QUIT'] : []
  // env takes what has a `=` for one more variable.
  const program = argv[0].includes('=') ? ['/bin/sh', '-c', 'exec "$@"', 'sh', ...argv] : argv
  return ['/usr/bin/env', '-i', ...signals, '--', ...variables, ...program]
}

function assertFit(words: readonly string[]): void {
  const lengths = words.map((word) => Buffer.byteLength(word) + 1)
  if (lengths.every((bytes) => bytes <= LONGEST_WORD_BYTES) && lengths.reduce((sum, bytes) => sum + bytes, 0) <= ALL_WORDS_BYTES) return
  const reason = `arguments and variables may have ${LONGEST_WORD_BYTES} bytes each and ${ALL_WORDS_BYTES} together`
  throw new CodeExecutorError('BACKEND_REJECTED', `The command is too long: ${reason}. Hand it on in a file or as standard input.`, {
    executor: 'e2b',
    reason,
  })
}
