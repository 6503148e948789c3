import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import type { OutputListener } from '../../src/executors/docker/exec-channel.ts'
import { ForkServer, type ForkServerSetup, type ServerChannel } from '../../src/executors/docker/preload/fork-server.ts'
import type { WaitStatus } from '../../src/executors/docker/wait-status.ts'

/** The system's own interpreter: what version managers put on the path are scripts that take longer than Python. */
export const PYTHON = process.env['TRY_PYTHON'] ?? '/usr/bin/python3'
export const HAS_PYTHON = process.platform === 'linux' && existsSync(PYTHON)

/** A program and what it is started with. */
export interface PythonRun {
  readonly argv: readonly [string, ...string[]]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly stdin?: Uint8Array
}

/** Everything that is seen of a run from outside. */
export interface PythonEnd {
  readonly output: string
  readonly error: string
  readonly status: WaitStatus | undefined
}

/** Takes what a process prints. */
export class Heard implements OutputListener {
  #output: Buffer[] = []
  #error: Buffer[] = []

  readonly onOutput = (chunk: Buffer): void => void this.#output.push(Buffer.from(chunk))
  readonly onError = (chunk: Buffer): void => void this.#error.push(Buffer.from(chunk))

  get output(): string {
    return Buffer.concat(this.#output).toString('latin1')
  }

  get error(): string {
    return Buffer.concat(this.#error).toString('latin1')
  }
}

/** How a server is started over pipes of this machine. */
export interface Opening {
  readonly cwd?: string
  readonly uid?: number
}

/** A server of this machine, and what ends it. */
export interface OpenServer extends AsyncDisposable {
  readonly server: ForkServer
}

/** Starts a fork server over pipes. */
export async function openServer(setup: Partial<ForkServerSetup>, opening: Opening = {}): Promise<OpenServer> {
  const whole = { python: PYTHON, modules: ['json'], env: {}, ...setup }
  const processes = new AsyncDisposableStack()
  try {
    const server = await ForkServer.start(whole, async ([program, ...args], listener) => {
      const child = spawn(program, args, { env: { ...whole.env }, stdio: 'pipe', detached: true, ...opening }) // its group is its own
      const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
      child.once('error', () => {}) // `close` follows
      child.stdin.on('error', () => {}) // it is gone, which `closed` says
      child.stdout.on('data', (chunk: Buffer) => listener.onOutput(chunk))
      child.stderr.on('data', (chunk: Buffer) => listener.onError(chunk))
      processes.defer(async () => {
        child.kill('SIGKILL')
        await closed
      })
      return { write: (bytes) => child.stdin.write(bytes), end: () => child.stdin.end(), closed } satisfies ServerChannel
    })
    return { server, [Symbol.asyncDispose]: () => processes.disposeAsync() }
  } catch (error) {
    await processes.disposeAsync()
    throw error
  }
}

/** A fork server that is gone after the test. */
export async function startServer(setup: Partial<ForkServerSetup> = {}, opening: Opening = {}): Promise<ForkServer> {
  const open = await openServer(setup, opening)
  onTestFinished(() => open[Symbol.asyncDispose]())
  return open.server
}

/** A run as a fork. */
export async function runForked(server: ForkServer, run: PythonRun): Promise<PythonEnd> {
  const heard = new Heard()
  const status = (await server.run(run, heard))?.outcome
  return { output: heard.output, error: heard.error, status }
}

/** The same run as a process of its own. */
export async function runFresh({ argv: [program, ...args], cwd, env, stdin }: PythonRun): Promise<PythonEnd> {
  const heard = new Heard()
  const stdio = [stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'] as const
  const child: ChildProcess = spawn(program, args, { cwd, env: { ...env }, detached: true, stdio: [...stdio] })
  child.stdout?.on('data', heard.onOutput)
  child.stderr?.on('data', heard.onError)
  child.stdin?.on('error', () => {}) // a program need not read its input
  child.stdin?.end(stdin)
  const status = await new Promise<WaitStatus>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode, signal) => resolve(signal === null ? { exitCode: exitCode ?? -1 } : { signal }))
  })
  return { output: heard.output, error: heard.error, status }
}
