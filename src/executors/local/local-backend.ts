import { randomBytes } from 'node:crypto'
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { CodeExecutorError, type Capability } from '../../core/index.ts'
import { messageOf, type Command, type CommandBackend, type CommandExit, type CommandIo } from '../../engine/index.ts'
import { HostDirectory, isErrno, MAX_SOURCE_BYTES } from '../../workspace/index.ts'
import { isVisible, readSandboxExit, sandbox, SANDBOX_PROCESSES, type SandboxLayout } from './bubblewrap.ts'
import { CgroupScope, sweepCgroups } from './cgroup-scope.ts'
import { capabilitiesOf, explainMissing } from './capabilities.ts'
import { diskUsage } from './disk-usage.ts'
import { findOnPath } from './environment.ts'
import type { LocalHost } from './host.ts'
import { MarkerScope } from './marker-scope.ts'
import type { LocalSettings } from './options.ts'
import { PipeStock } from './output-pipes.ts'
import { PreparedShell, type ProcessExit } from './prepared-shell.ts'
import { PrivateDirectory, sweepPrivateDirectories } from './private-directory.ts'
import type { ProcessScope } from './process-scope.ts'
import { runInShell } from './run-in-shell.ts'
import { ShellStock } from './shell-stock.ts'
import type { Check } from './watchdog.ts'

/** What exists between open and close. */
interface Open {
  readonly private: PrivateDirectory
  readonly workDir: HostDirectory
  readonly sandbox: SandboxLayout
  readonly pipes: PipeStock
  readonly shells: ShellStock
  /** Shells that wait or run; what they hold is ended with us. */
  readonly live: Set<PreparedShell>
  readonly onProcessExit: () => void
}

const FILE_SIZE_UNIT_BYTES = 512

/** Runs commands on this machine. */
export class LocalBackend implements CommandBackend {
  readonly name = 'local'
  readonly capabilities: ReadonlySet<Capability>
  readonly #settings: LocalSettings
  readonly #host: LocalHost
  #opened: Open | undefined

  constructor(settings: LocalSettings, host: LocalHost) {
    this.#settings = settings
    this.#host = host
    this.capabilities = capabilitiesOf(host, settings)
  }

  explainMissing(capability: Capability): string {
    return explainMissing(capability, this.#host)
  }

  async open(): Promise<void> {
    await sweepPrivateDirectories()
    if (this.#host.cgroups) sweepCgroups(this.#host.cgroups)
    const directory = new PrivateDirectory()
    try {
      const open = this.#lay(directory)
      this.#opened = open
      open.shells.prepare()
      await open.shells.ready()
      process.on('exit', open.onProcessExit)
    } catch (cause) {
      await this.close()
      await directory.remove()
      throw cause
    }
  }

  async close(): Promise<void> {
    const open = this.#opened
    if (!open) return
    this.#opened = undefined
    process.off('exit', open.onProcessExit)
    await open.shells.close()
    await Promise.all([...open.live].map((shell) => this.#retire(open, shell)))
    await open.private.remove()
  }

  async runCommand(command: Command, io: CommandIo): Promise<CommandExit> {
    const open = this.#open
    assertFits(command)
    const stdinPath = command.stdin && this.#writeStdin(open, command.stdin)
    const shell = await open.shells.take()
    setImmediate(() => open.shells.prepare())
    let left: 'unknown' | 'nothing' | 'background' = 'unknown'
    try {
      const launch = { argv: command.argv, env: command.env, ...(stdinPath !== undefined && { stdinPath }) }
      const { keepBackground } = this.#settings
      const { exit, broken } = await runInShell(shell, launch, io, { checks: this.#checks(open, shell.scope, shell), keepBackground })
      left = keepBackground && !io.signal.aborted && broken === undefined ? 'background' : 'nothing'
      const seen = this.#isSandboxed ? readSandboxExit(exit, await shell.report()) : { exit, temporaryFull: false }
      return broken ?? (await this.#classify(open, seen.exit, shell.scope, seen.temporaryFull))
    } finally {
      if (left === 'background') leaveInBackground(shell)
      else await this.#retire(open, shell, left === 'nothing')
      if (stdinPath !== undefined) await unlink(stdinPath).catch(() => {})
    }
  }

  async readFile(path: string): Promise<Uint8Array> {
    return this.#open.workDir.readFile(path, MAX_SOURCE_BYTES)
  }

  async writeFile(path: string, content: Uint8Array): Promise<void> {
    this.#open.workDir.writeFile(path, content)
  }

  async writeFiles(files: ReadonlyMap<string, Uint8Array>): Promise<void> {
    await this.#open.workDir.writeFiles(files)
  }

  async remove(paths: readonly string[]): Promise<void> {
    await this.#open.workDir.remove(paths)
  }

  async makeDirectory(path: string): Promise<void> {
    this.#open.workDir.makeDirectory(path)
  }

  async findProgram(name: string): Promise<string | undefined> {
    const { workDir, sandbox } = this.#open
    const accept = this.#isSandboxed ? (file: string) => isVisible(file, sandbox) : undefined
    return findOnPath(name, this.#settings.env['PATH'] ?? '', workDir.root, accept)
  }

  get #isSandboxed(): boolean {
    return this.#settings.isolation === 'bubblewrap'
  }

  get #open(): Open {
    if (this.#opened) return this.#opened
    throw new Error('it is not open')
  }

  #lay(directory: PrivateDirectory): Open {
    const { settings, live } = { settings: this.#settings, live: new Set<PreparedShell>() }
    if (settings.workDir !== undefined) makeWorkDir(settings.workDir)
    const workDir = new HostDirectory(settings.workDir ?? directory.make('work'))
    const pipes = new PipeStock(directory.make('pipes'))
    const sandbox: SandboxLayout = {
      workDir: workDir.root,
      homeDir: directory.make('home'),
      stdinDir: directory.make('stdin'),
      homePath: settings.env['HOME'] ?? '/root',
      readOnlyPaths: settings.readOnlyPaths,
      network: settings.network,
      temporaryBytes: settings.limits.disk,
    }
    const open: Open = {
      private: directory,
      workDir,
      sandbox,
      pipes,
      live,
      shells: new ShellStock({
        make: () => this.#makeShell(open),
        isUsable: (shell) => !shell.leader.reaped && shell.isIn(workDir.root),
        discard: (shell) => this.#retire(open, shell),
      }),
      onProcessExit: () => {
        for (const shell of live) shell.scope.killSync(shell.leader)
        directory.removeSync()
      },
    }
    return open
  }

  async #makeShell(open: Open): Promise<PreparedShell> {
    const { root } = open.workDir
    mkdirSync(root, { recursive: true }) // a program may have removed it
    const { limits, env } = this.#settings
    const shell = await PreparedShell.start({
      scope: this.#makeScope(),
      cwd: root,
      env,
      limitCommands: limitCommands(limits),
      pipes: open.pipes,
      sandbox: this.#isSandboxed ? sandbox(this.#host.bubblewrap ?? 'bwrap', open.sandbox) : undefined,
    })
    open.live.add(shell)
    return shell
  }

  #makeScope(): ProcessScope {
    const id = randomBytes(6).toString('hex')
    const { limits } = this.#settings
    if (!this.#host.cgroups) return new MarkerScope(id)
    const own = this.#isSandboxed ? SANDBOX_PROCESSES : 0
    return new CgroupScope(this.#host.cgroups, id, { ...limits, pids: limits.pids === undefined ? undefined : limits.pids + own })
  }

  async #retire(open: Open, shell: PreparedShell, isOver = false): Promise<void> {
    try {
      if (isOver) shell.release()
      else await shell.dispose()
    } finally {
      open.live.delete(shell)
    }
  }

  #writeStdin(open: Open, content: Uint8Array): string {
    // A file and not a pipe: a program that does not read it cannot block us, and one that opens /dev/stdin can.
    const path = join(open.sandbox.stdinDir, randomBytes(8).toString('hex'))
    writeFileSync(path, content, { mode: 0o600, flag: 'wx' })
    return path
  }

  /** Limits that somebody has to look after while the program runs. */
  #checks(open: Open, scope: ProcessScope, shell: PreparedShell): readonly Check[] {
    const { memory, pids, disk } = this.#settings.limits
    const checks: Check[] = []
    if (pids !== undefined) checks.push(() => (scope.evidence().refusedForks > 0 ? { kind: 'too-many-processes', limit: pids } : undefined))
    if (memory !== undefined && scope instanceof MarkerScope) {
      checks.push(() => (scope.memoryBytes(shell.leader, memory) > memory ? { kind: 'out-of-memory', limitBytes: memory } : undefined))
    }
    if (disk !== undefined)
      checks.push(async () => ((await this.#diskUsage(open)) > disk ? { kind: 'out-of-disk', limitBytes: disk } : undefined))
    return checks
  }

  async #classify(open: Open, { exitCode, signal }: ProcessExit, scope: ProcessScope, temporaryFull: boolean): Promise<CommandExit> {
    const { memory, pids, disk } = this.#settings.limits
    const { memoryKills, refusedForks } = scope.evidence()
    const failed = exitCode !== 0
    if (memory !== undefined && memoryKills > 0 && failed) return { kind: 'out-of-memory', limitBytes: memory }
    if (pids !== undefined && refusedForks > 0) return { kind: 'too-many-processes', limit: pids }
    if (disk !== undefined && failed && (temporaryFull || (await this.#diskUsage(open)) >= disk))
      return { kind: 'out-of-disk', limitBytes: disk }
    return signal === null ? { kind: 'exited', exitCode: exitCode ?? 0 } : { kind: 'signaled', signal }
  }

  #diskUsage(open: Open): Promise<number> {
    return diskUsage([open.workDir.root, open.sandbox.homeDir])
  }
}

/** Limits that the shell takes on itself, and its program inherits. */
function limitCommands({ openFiles, disk }: LocalSettings['limits']): readonly string[] {
  return [
    'ulimit -c 0', // no core files in the working directory
    // Above what the system allows, the system's limit is the lower one and holds.
    ...(openFiles === undefined ? [] : [`{ ulimit -n ${openFiles} 2>/dev/null || ulimit -n "$(ulimit -H -n)"; }`]),
    ...(disk === undefined ? [] : [`ulimit -f ${Math.ceil(disk / FILE_SIZE_UNIT_BYTES)}`]),
  ]
}

/** Its output goes nowhere from now on, and nothing of it keeps this process alive. */
function leaveInBackground(shell: PreparedShell): void {
  shell.output.discard()
  shell.error.discard()
}

function makeWorkDir(path: string): void {
  try {
    mkdirSync(path, { recursive: true })
    if (statSync(path).isDirectory()) return
  } catch (cause) {
    if (!isErrno(cause, 'EEXIST', 'ENOTDIR', 'EACCES', 'EROFS')) throw cause
    throw new CodeExecutorError(
      'INVALID_ARGUMENT',
      `workDir ${path} cannot be used: ${messageOf(cause)}.`,
      { argument: 'workDir', value: path },
      { cause },
    )
  }
}

/** What the kernel takes in one argument, and for a whole command line with its environment under the usual stack limit. */
const MAX_WORD_BYTES = 128 * 1024 - 1
const MAX_WORDS_BYTES = 2 * 1024 ** 2 - 64 * 1024

function assertFits({ argv, env }: Command): void {
  const sizes = [...argv, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)].map((word) => Buffer.byteLength(word) + 1)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  if (total <= MAX_WORDS_BYTES && sizes.every((size) => size <= MAX_WORD_BYTES)) return
  const reason = `arguments and environment have ${total} bytes; the system takes ${MAX_WORDS_BYTES} together and ${MAX_WORD_BYTES} in one`
  throw new CodeExecutorError(
    'BACKEND_REJECTED',
    `The system cannot start the program: ${reason}. Pass large data on standard input or in a file.`,
    {
      executor: 'local',
      reason,
    },
  )
}
