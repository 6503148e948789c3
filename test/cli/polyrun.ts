import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The command line as it is in the sources; Node itself reads the TypeScript. */
export const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** What a command left behind. */
export interface Outcome {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** How to start it. */
export interface StartOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** What comes on standard input; `'open'` is a pipe that nobody writes to. Default: end of file at once. */
  readonly input?: string | { readonly open: true }
}

/** A command that runs. */
export interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<Outcome>
  /** What it printed until now. */
  readonly soFar: { stdout: string; stderr: string }
  /** Resolves when standard output or error has this text. */
  seen(text: string): Promise<void>
}

/** Starts `polyrun` with these words, without the variables that change how things look. */
export function start(words: readonly string[], options: StartOptions = {}): Started {
  return startProgram(process.execPath, [MAIN, ...words], options)
}

/** Runs `polyrun` with these words to its end. */
export function polyrun(words: readonly string[], options: StartOptions = {}): Promise<Outcome> {
  return start(words, options).ended
}

/** Runs a line of shell in which `polyrun` is the command under test. */
export function shell(line: string, options: StartOptions = {}): Promise<Outcome> {
  return startProgram('bash', ['-c', `polyrun() { "$NODE" "$MAIN" "$@"; }\n${line}`], options).ended
}

function startProgram(program: string, args: readonly string[], { cwd, env = {}, input }: StartOptions): Started {
  const { PATH = '', HOME = '/' } = process.env
  const child = spawn(program, args, {
    cwd,
    env: { PATH, HOME, NODE: process.execPath, MAIN, ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  if (typeof input === 'string') child.stdin?.end(input)
  const soFar = { stdout: '', stderr: '' }
  const waiting = new Set<() => void>()
  const collect = (name: 'stdout' | 'stderr'): void => {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      soFar[name] += text
      for (const look of waiting) look()
    })
  }
  collect('stdout')
  collect('stderr')
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, ...soFar }))
  })
  const seen = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!(soFar.stdout + soFar.stderr).includes(text)) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
      void ended.then(() => reject(new Error(`it ended before it printed ${text}: ${JSON.stringify(soFar)}`)))
    })
  return { child, ended, soFar, seen }
}

/** A directory with files, gone when disposed of. */
export function makeDirectory(files: Readonly<Record<string, string>> = {}): Disposable & { readonly path: string } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'polyrun-cli-test-')))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content)
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
