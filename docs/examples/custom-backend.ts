import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command, CommandBackend, CommandExit, CommandIo } from '../../src/index.ts'
import { HostDirectory } from '../../src/workspace/index.ts'

/** Runs commands on this Linux machine: ends what they started, isolates nothing. `new CommandExecutor(new ChildProcessBackend())` */
export class ChildProcessBackend implements CommandBackend {
  readonly name = 'child-process'
  readonly capabilities = new Set(['stdin'] as const)
  #directory: HostDirectory | undefined

  async open(): Promise<void> {
    this.#directory = new HostDirectory(await mkdtemp(join(tmpdir(), 'child-process-')))
  }

  async close(): Promise<void> {
    await rm(this.#opened.root, { recursive: true, force: true })
  }

  async readFile(path: string): Promise<Uint8Array> {
    return this.#opened.readFile(path, 256 * 1024 ** 2)
  }

  async writeFile(path: string, content: Uint8Array): Promise<void> {
    this.#opened.writeFile(path, content)
  }

  async runCommand({ argv: [program, ...args], env, stdin }: Command, io: CommandIo): Promise<CommandExit> {
    const mark = `RUN_ID=${randomUUID()}` // in the environment of every process of this run
    const own = { PATH: process.env['PATH'], RUN_ID: mark.slice('RUN_ID='.length) }
    mkdirSync(this.#opened.root, { recursive: true }) // the program before may have removed it
    const child = spawn(program, args, { cwd: this.#opened.root, env: { ...own, ...env }, detached: true })
    const closed = new Promise((resolve) => child.once('close', resolve))
    child.stdout.on('data', io.onOutput)
    child.stderr.on('data', io.onError)
    child.stdin.on('error', () => {}).end(stdin) // a program need not read what it is given
    const onAbort = (): void => void killAll(mark)
    io.signal.addEventListener('abort', onAbort)
    try {
      const [exitCode, signal] = (await once(child, 'exit')) as [number, null] | [null, NodeJS.Signals]
      await killAll(mark) // what it left in the background would keep its output open
      await closed
      return signal === null ? { kind: 'exited', exitCode } : { kind: 'signaled', signal }
    } finally {
      io.signal.removeEventListener('abort', onAbort)
    }
  }

  get #opened(): HostDirectory {
    if (this.#directory === undefined) throw new Error('it is not open')
    return this.#directory
  }
}

/** Kills the processes that have the mark, and those they start meanwhile, until there are none. */
async function killAll(mark: string): Promise<void> {
  for (let found = true; found; ) {
    found = false
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      if (!(await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')).includes(mark)) continue
      found = true
      try { process.kill(Number(pid), 'SIGKILL') } catch {} // it was faster
    }
  }
}
