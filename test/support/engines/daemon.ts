import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Docker from 'dockerode'
import { lastLines, TOOL_ENV } from './tools.ts'

const READY_MS = 60_000
/** The containers were removed before, so that an engine has little to do when it ends. */
const STOP_MS = 20_000

/** A process that serves an engine's API on a socket, and says what it has to say in a file. */
export class Daemon {
  readonly #child: ChildProcess
  readonly #log: string
  readonly #ended: Promise<unknown>
  #failure: string | undefined

  constructor(command: string, args: readonly string[], log: string, env: NodeJS.ProcessEnv = {}) {
    const output = openSync(log, 'a')
    // Podman's monitor of a container writes files where it was started, such as one named oom.
    const cwd = dirname(log)
    this.#child = spawn(command, args, { cwd, stdio: ['ignore', output, output], env: { ...TOOL_ENV, ...env } })
    closeSync(output)
    this.#log = log
    this.#child.once('error', (error) => (this.#failure = error.message))
    this.#child.once('exit', (code, signal) => (this.#failure = `it ended with ${signal ?? `exit ${code}`}`))
    this.#ended = once(this.#child, 'exit').catch(() => {})
  }

  /** Waits until the engine answers. @throws an error with the end of the log when it ends before, or never does */
  async ready(socketPath: string): Promise<void> {
    const client = new Docker({ socketPath })
    for (const deadline = Date.now() + READY_MS; !(await answers(client)); await sleep(50)) {
      const failure = this.#failure ?? (Date.now() > deadline ? `it does not answer after ${READY_MS / 1000} s` : undefined)
      if (failure === undefined) continue
      throw new Error(`${this.#child.spawnfile} does not start here (${failure}): ${lastLines(readFileSync(this.#log, 'utf8'))}`)
    }
  }

  /** Resolves when the process is gone: it is asked first, and ended if it does not follow. */
  async stop(): Promise<void> {
    if (this.#failure !== undefined) return
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS)
    await this.#ended
    clearTimeout(timer)
  }
}

async function answers(client: Docker): Promise<boolean> {
  return client.ping().then(
    () => true,
    () => false,
  )
}
