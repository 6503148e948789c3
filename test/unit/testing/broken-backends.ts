import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ChildProcessBackend } from '../../../docs/examples/custom-backend.ts'
import type { Command, CommandExit, CommandIo } from '../../../src/engine/index.ts'

/** A variable in the environment of everything that a broken backend starts, so that a test can end what the backend did not. */
const LEFTOVER = 'POLYRUN_BROKEN_BACKEND'

/** Backends whose places were opened and may still be there. */
const opened = new Set<ChildProcessBackend>()

/** The example backend, with what a test needs to clean up after changes to it. */
export class Changed extends ChildProcessBackend {
  override async open(): Promise<void> {
    opened.add(this)
    await super.open()
  }

  override async runCommand(command: Command, io: CommandIo): Promise<CommandExit> {
    return super.runCommand({ ...command, env: { ...command.env, [LEFTOVER]: String(process.pid) } }, io)
  }

  /** Where the commands run. */
  async directory(): Promise<string> {
    let output = ''
    const onOutput = (chunk: Uint8Array): void => void (output += Buffer.from(chunk).toString('utf8'))
    await super.runCommand({ argv: ['pwd'], env: {} }, { onOutput, onError: () => {}, signal: new AbortController().signal })
    return output.trim()
  }
}

/** How a {@link Spawning} backend ends a command and when it takes it for over. */
export interface Ending {
  end(child: ChildProcess): void
  readonly over: 'exit' | 'close' | 'signal'
}

/** A backend that ends programs in a way of its own. */
export class Spawning extends Changed {
  readonly #ending: Ending
  readonly #rememberDirectory: boolean
  #remembered: string | undefined

  constructor(ending: Ending, rememberDirectory = false) {
    super()
    this.#ending = ending
    this.#rememberDirectory = rememberDirectory
  }

  override async runCommand({ argv: [program, ...args], env, stdin }: Command, io: CommandIo): Promise<CommandExit> {
    const own = { PATH: process.env['PATH'], [LEFTOVER]: String(process.pid) }
    const cwd = this.#rememberDirectory ? (this.#remembered ??= await this.directory()) : await this.directory()
    const child = spawn(program, args, { cwd, env: { ...own, ...env }, detached: true })
    child.stdout.on('data', (chunk: Buffer) => io.onOutput(chunk))
    child.stderr.on('data', (chunk: Buffer) => io.onError(chunk))
    child.stdin.on('error', () => {}).end(stdin)
    const aborted = new Promise<void>((resolve) => {
      const onAbort = (): void => {
        this.#ending.end(child)
        resolve()
      }
      if (io.signal.aborted) onAbort()
      io.signal.addEventListener('abort', onAbort)
    })
    const closed = once(child, this.#ending.over === 'close' ? 'close' : 'exit').then(
      ([exitCode, signal]) => ({ exitCode, signal }) as Exit,
    )
    const exit = await (this.#ending.over === 'signal' ? Promise.race([closed, aborted]) : closed)
    if (!exit) return { kind: 'signaled', signal: 'SIGKILL' }
    // The pipe may hold what came just before the end.
    await delay(20)
    return exit.signal === null ? { kind: 'exited', exitCode: exit.exitCode ?? 0 } : { kind: 'signaled', signal: exit.signal }
  }
}

interface Exit {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

/** Sends a signal to the child, or to its process group. */
export function send(child: ChildProcess, signal: NodeJS.Signals, to: 'child' | 'group'): void {
  if (child.pid === undefined) return
  try {
    process.kill(to === 'group' ? -child.pid : child.pid, signal)
  } catch {
    // It was over already.
  }
}

/** Writes files through whatever links are there. */
export class LinkFollowing extends Changed {
  override async writeFile(path: string, content: Uint8Array): Promise<void> {
    const target = join(await this.directory(), path)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, content)
  }
}

/** Begins every program in an empty directory. */
export class Forgetting extends Changed {
  override async writeFile(path: string, content: Uint8Array): Promise<void> {
    if (/^(main|only|other)/.test(path)) {
      const directory = await this.directory()
      for (const name of await readdir(directory)) await rm(join(directory, name), { recursive: true })
    }
    await super.writeFile(path, content)
  }
}

/** Ends what broken backends of this process left running, and closes what they left open. */
export async function cleanUp(): Promise<void> {
  await endLeftovers()
  // All of them each time: a broken one may have gone on after it was closed.
  for (const backend of opened) await ChildProcessBackend.prototype.close.call(backend)
}

/** Ends what broken backends of this process left running. */
export async function endLeftovers(): Promise<void> {
  const mark = `${LEFTOVER}=${process.pid}\0`
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
    if (!environment.includes(mark)) continue
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It was faster.
    }
  }
}
