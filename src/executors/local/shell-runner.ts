import { mkdirSync } from 'node:fs'
import { unlink } from 'node:fs/promises'
import type { ResolvedLimits } from '../../core/index.ts'
import type { Command, CommandExit, CommandIo } from '../../engine/index.ts'
import { randomName } from '../../workspace/index.ts'
import { readSandboxExit, sandbox, SANDBOX_PROCESSES, type SandboxLayout } from './bubblewrap.ts'
import { CgroupScope } from '../../engine/host/cgroup-scope.ts'
import { assertFits, assertRunnable } from './command-checks.ts'
import type { CommandRunner, RunnerPlace } from './command-runner.ts'
import type { LocalHost } from './host.ts'
import { limitCommands, LimitWatch } from './limit-watch.ts'
import { MarkerScope } from '../../engine/host/marker-scope.ts'
import { PipeStock } from './output-pipes.ts'
import { PreparedShell } from './prepared-shell.ts'
import type { ProcessScope } from '../../engine/host/process-scope.ts'
import { runInShell } from './run-in-shell.ts'
import { ShellStock } from './shell-stock.ts'
import { writeStdin } from './stdin-file.ts'

/** What a {@link ShellRunner} needs to know beyond where it works. */
export interface ShellRunnerSettings {
  readonly limits: ResolvedLimits
  readonly keepBackground: boolean
  /** What programs see of this machine; all of it when absent. */
  readonly sandbox: SandboxLayout | undefined
  /** A directory for the names of pipes. */
  readonly pipeDir: string
  /** Directories whose size the disk limit is about. */
  readonly measured: readonly string[]
}

/** The runner for POSIX systems: each command is a prepared shell that becomes the program. */
export class ShellRunner implements CommandRunner {
  readonly #place: RunnerPlace
  readonly #settings: ShellRunnerSettings
  readonly #host: LocalHost
  readonly #pipes: PipeStock
  readonly #shells: ShellStock
  /** Shells that wait, run, or are kept for their background. */
  readonly #live = new Set<PreparedShell>()
  readonly #releasing = new Set<Promise<void>>()

  constructor(place: RunnerPlace, settings: ShellRunnerSettings, host: LocalHost) {
    this.#place = place
    this.#settings = settings
    this.#host = host
    this.#pipes = new PipeStock(settings.pipeDir)
    this.#shells = new ShellStock({
      make: () => this.#makeShell(),
      isUsable: (shell) => !shell.leader.reaped && shell.isIn(place.workDir),
      discard: (shell) => this.#retire(shell, false),
    })
  }

  async start(): Promise<void> {
    this.#shells.prepare()
    await this.#shells.ready()
  }

  async run(command: Command, io: CommandIo): Promise<CommandExit> {
    assertFits({ ...command, env: { ...this.#place.env, ...command.env } })
    assertRunnable(command.argv[0], this.#place.workDir)
    const stdinPath = command.stdin && writeStdin(this.#place.stdinDir, command.stdin)
    try {
      return await this.#runInShell(command, stdinPath, io)
    } finally {
      if (stdinPath !== undefined) await unlink(stdinPath).catch(() => {})
    }
  }

  async #runInShell(command: Command, stdinPath: string | undefined, io: CommandIo): Promise<CommandExit> {
    const { keepBackground, sandbox: layout } = this.#settings
    const shell = await this.#shells.take()
    setImmediate(() => this.#shells.prepare())
    let left: 'unknown' | 'nothing' | 'background' = 'unknown'
    try {
      const watch = new LimitWatch(this.#settings.limits, shell, this.#settings.measured)
      const launch = { argv: command.argv, env: command.env, ...(stdinPath !== undefined && { stdinPath }) }
      const { exit, broken, background } = await runInShell(shell, launch, io, { checks: watch.checks, keepBackground })
      left = background ? 'background' : 'nothing'
      const seen = layout ? readSandboxExit(exit, await shell.report()) : { exit, temporaryFull: false }
      return broken ?? (await watch.classify(seen.exit, seen.temporaryFull))
    } finally {
      if (left === 'background') shell.leaveInBackground()
      else await this.#retire(shell, left === 'nothing')
    }
  }

  async stop(): Promise<void> {
    await this.#shells.close()
    await Promise.all([...this.#live].map((shell) => this.#retire(shell, false)))
    await Promise.all(this.#releasing)
    await this.#pipes.settled()
  }

  stopSync(): void {
    for (const shell of this.#live) shell.scope.killSync(shell.leader)
  }

  async #makeShell(): Promise<PreparedShell> {
    const { workDir, env } = this.#place
    const { sandbox: layout, limits } = this.#settings
    mkdirSync(workDir, { recursive: true }) // a program may have removed it
    await this.#pipes.ready() // before there is a scope, which would be left where no pipe can be made
    const shell = await PreparedShell.start({
      scope: this.#makeScope(),
      cwd: workDir,
      env,
      limitCommands: limitCommands(limits),
      pipes: this.#pipes,
      sandbox: layout && sandbox(this.#host.bubblewrap ?? 'bwrap', layout),
    })
    this.#live.add(shell)
    return shell
  }

  #makeScope(): ProcessScope {
    const id = randomName(6)
    const { limits, sandbox: layout } = this.#settings
    if (!this.#host.cgroups) return new MarkerScope(id)
    const own = layout ? SANDBOX_PROCESSES : 0
    return new CgroupScope(this.#host.cgroups, id, { ...limits, pids: limits.pids === undefined ? undefined : limits.pids + own })
  }

  /** A result need not wait until the kernel lets go of a cgroup; `stop` does. */
  #releaseLater(shell: PreparedShell): void {
    const releasing = shell.release().finally(() => this.#releasing.delete(releasing))
    this.#releasing.add(releasing)
  }

  async #retire(shell: PreparedShell, isOver: boolean): Promise<void> {
    try {
      if (isOver) this.#releaseLater(shell)
      else await shell.dispose()
    } finally {
      this.#live.delete(shell)
    }
  }
}
