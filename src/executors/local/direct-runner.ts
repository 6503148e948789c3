import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { unlink } from 'node:fs/promises'
import type { Command, CommandExit, CommandIo } from '../../engine/index.ts'
import type { CommandRunner, RunnerPlace } from './command-runner.ts'
import { writeStdin } from './stdin-file.ts'

/**
 * The runner for Windows: a plain child process whose tree is ended by `taskkill`. What a program leaves behind when it
 * ends by itself is not found any more, and there are no limits but time and output.
 */
export class DirectRunner implements CommandRunner {
  readonly #place: RunnerPlace
  readonly #running = new Set<ChildProcess>()

  constructor(place: RunnerPlace) {
    this.#place = place
  }

  async start(): Promise<void> {}

  async run(command: Command, io: CommandIo): Promise<CommandExit> {
    const [program, ...args] = command.argv
    const stdinPath = command.stdin && writeStdin(this.#place.stdinDir, command.stdin)
    const stdin = stdinPath === undefined ? 'ignore' : openSync(stdinPath, 'r')
    try {
      const child = spawn(program, args, {
        cwd: this.#place.workDir,
        env: { ...this.#place.env, ...command.env },
        stdio: [stdin, 'pipe', 'pipe'],
        windowsHide: true,
      })
      this.#running.add(child)
      child.stdout?.on('data', (chunk: Uint8Array) => io.onOutput(chunk))
      child.stderr?.on('data', (chunk: Uint8Array) => io.onError(chunk))
      const end = (): void => killTree(child)
      io.signal.addEventListener('abort', end, { once: true })
      try {
        if (io.signal.aborted) end()
        const [exitCode, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
        return signal === null ? { kind: 'exited', exitCode: exitCode ?? 0 } : { kind: 'signaled', signal }
      } finally {
        io.signal.removeEventListener('abort', end)
        this.#running.delete(child)
      }
    } finally {
      if (typeof stdin === 'number') closeSync(stdin)
      if (stdinPath !== undefined) await unlink(stdinPath).catch(() => {})
    }
  }

  async stop(): Promise<void> {
    this.stopSync()
  }

  stopSync(): void {
    for (const child of this.#running) killTree(child)
  }
}

/** Ends a process and its descendants, as far as `taskkill` follows them. */
function killTree(child: ChildProcess): void {
  if (child.pid !== undefined) spawnSync('taskkill', ['/pid', String(child.pid), '/T', '/F'], { windowsHide: true })
  child.kill('SIGKILL')
}
