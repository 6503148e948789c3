import { mkdirSync } from 'node:fs'
import { CodeExecutorError, type Capability } from '../../core/index.ts'
import { messageOf, type Command, type CommandBackend, type CommandExit, type CommandIo } from '../../engine/index.ts'
import { HostStore } from '../../files/index.ts'
import { HostDirectory, isErrno, MAX_SOURCE_BYTES } from '../../workspace/index.ts'
import { isVisible, type SandboxLayout } from './bubblewrap.ts'
import { capabilitiesOf, explainMissing } from './capabilities.ts'
import { sweepCgroups } from '../../engine/host/cgroup-scope.ts'
import type { CommandRunner } from './command-runner.ts'
import { findOnPath } from '../../engine/host/environment.ts'
import { onProcessExit } from '../../engine/host/exit-listeners.ts'
import type { LocalHost } from './host.ts'
import { sweepMarked } from '../../engine/host/marker-scope.ts'
import type { LocalSettings } from './options.ts'
import { PrivateDirectory, sweepPrivateDirectories } from '../../engine/host/private-directory.ts'

/** What exists between open and close. */
interface Open {
  readonly directory: PrivateDirectory
  readonly workDir: HostDirectory
  readonly sandbox: SandboxLayout | undefined
  readonly runner: CommandRunner
  readonly onProcessExit: () => void
}

/** Runs commands on this machine: the directories, and a runner for the system at hand. */
export class LocalBackend implements CommandBackend {
  readonly name = 'local'
  readonly sameNames = 'together'
  readonly capabilities: ReadonlySet<Capability>
  readonly environment: Readonly<Record<string, string>>
  readonly fileStore = new HostStore('local', () => this.#open.workDir.root)
  readonly #settings: LocalSettings
  readonly #host: LocalHost
  #opened: Open | undefined

  constructor(settings: LocalSettings, host: LocalHost) {
    this.#settings = settings
    this.#host = host
    this.capabilities = capabilitiesOf(host, settings)
    this.environment = settings.env
  }

  explainMissing(capability: Capability): string {
    return explainMissing(capability, this.#host)
  }

  async open({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    await sweepPrivateDirectories()
    if (this.#host.cgroups) await sweepCgroups(this.#host.cgroups)
    else sweepMarked()
    const directory = new PrivateDirectory()
    try {
      const open = await this.#lay(directory)
      this.#opened = open
      onProcessExit.add(open.onProcessExit)
      await open.runner.start()
      signal.throwIfAborted()
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
    onProcessExit.delete(open.onProcessExit)
    await open.runner.stop()
    await open.directory.remove()
  }

  runCommand(command: Command, io: CommandIo): Promise<CommandExit> {
    return this.#open.runner.run(command, io)
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
    return findOnPath(name, this.#settings.env['PATH'] ?? '', workDir.root, sandbox && ((file) => isVisible(file, sandbox)))
  }

  get #open(): Open {
    if (this.#opened) return this.#opened
    throw new Error('it is not open')
  }

  async #lay(directory: PrivateDirectory): Promise<Open> {
    const { env, isolation, keepBackground, limits, network, readOnlyPaths } = this.#settings
    const workDir = this.#settings.workDir === undefined ? new HostDirectory(directory.make('work')) : makeWorkDir(this.#settings.workDir)
    const place = { workDir: workDir.root, env, stdinDir: directory.make('stdin') }
    const homeDir = directory.make('home')
    const sandbox: SandboxLayout | undefined =
      isolation === 'none'
        ? undefined
        : { ...place, homeDir, homePath: env['HOME'] ?? '/root', readOnlyPaths, network, temporaryBytes: limits.disk }
    // Loaded late, so that the import of the package is short.
    const runner =
      this.#host.platform === 'win32'
        ? new (await import('./direct-runner.ts')).DirectRunner(place)
        : new (await import('./shell-runner.ts')).ShellRunner(
            place,
            { limits, keepBackground, sandbox, pipeDir: directory.make('pipes'), measured: [workDir.root, homeDir] },
            this.#host,
          )
    const endWithProcess = (): void => {
      runner.stopSync()
      directory.removeSync()
    }
    return { directory, workDir, sandbox, runner, onProcessExit: endWithProcess }
  }
}

function makeWorkDir(path: string): HostDirectory {
  try {
    mkdirSync(path, { recursive: true })
    return new HostDirectory(path)
  } catch (cause) {
    if (!isErrno(cause, 'EEXIST', 'ENOENT', 'ENOTDIR', 'EACCES', 'EROFS', 'ELOOP', 'ENAMETOOLONG')) throw cause
    throw new CodeExecutorError(
      'INVALID_ARGUMENT',
      `workDir ${path} cannot be used: ${messageOf(cause)}.`,
      { argument: 'workDir', value: path },
      { cause },
    )
  }
}
