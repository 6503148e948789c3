import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
// #region custom-backend
import { HostDirectory, type Command, type CommandBackend, type CommandExit, type CommandIo } from 'polyrun'

/** Runs commands on this Linux machine: ends what they started, isolates nothing. `new CommandExecutor(new ChildProcessBackend())` */
export class ChildProcessBackend implements CommandBackend {
  readonly name = 'child-process'
  readonly capabilities = new Set(['stdin'] as const)
  readonly #root = join(tmpdir(), `child-process-${randomUUID()}`)

  async open(): Promise<void> {
    mkdirSync(this.#root, { mode: 0o700 })
  }

  async close(): Promise<void> {
    await rm(this.#root, { recursive: true, force: true })
  }

  async readFile(path: string): Promise<Uint8Array> {
    return new HostDirectory(this.#root).readFile(path, 256 * 1024 ** 2)
  }

  async writeFile(path: string, content: Uint8Array): Promise<void> {
    mkdirSync(this.#root, { recursive: true }) // a program may have removed it
    new HostDirectory(this.#root).writeFile(path, content) // follows no links that programs left
  }

  async runCommand({ argv: [program, ...args], env, stdin }: Command, io: CommandIo): Promise<CommandExit> {
    mkdirSync(this.#root, { recursive: true })
    const id = randomUUID() // in the environment of every process of this run
    const child = spawn(program, args, { cwd: this.#root, env: { PATH: process.env['PATH'], RUN_ID: id, ...env }, detached: true })
    const closed = new Promise((resolve) => child.once('close', resolve))
    child.stdout.on('data', (chunk: Buffer) => io.onOutput(chunk))
    child.stderr.on('data', (chunk: Buffer) => io.onError(chunk))
    child.stdin.on('error', () => {}).end(stdin) // a program need not read what it is given
    const onAbort = (): void => void killAll(child, id)
    io.signal.addEventListener('abort', onAbort)
    try {
      const [exitCode, signal] = (await once(child, 'exit')) as [number, null] | [null, NodeJS.Signals]
      await killAll(child, id) // what it left in the background would keep its output open
      await closed
      return signal === null ? { kind: 'exited', exitCode } : { kind: 'signaled', signal }
    } finally {
      io.signal.removeEventListener('abort', onAbort)
    }
  }
}

/** Kills the processes of a run, and those that they start meanwhile, until there are none. */
async function killAll({ pid: leader }: ChildProcess, id: string): Promise<void> {
  if (leader !== undefined) kill(-leader) // its group at one stroke: nobody in it can fork between two looks
  for (let isFound = true; isFound;) {
    isFound = false
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      if (!(await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')).includes(`RUN_ID=${id}`)) continue
      isFound = true
      kill(Number(pid))
    }
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {} // it was over by itself
}
// #endregion
