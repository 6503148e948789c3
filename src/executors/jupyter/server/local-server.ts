import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { createConnection, Socket } from 'node:net'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { CodeExecutorError, type Capability, type ResolvedLimits } from '../../../core/index.ts'
import {
  CgroupScope,
  findOnPath,
  MarkerScope,
  onProcessExit,
  ownedName,
  PrivateDirectory,
  sweepCgroups,
  sweepMarked,
  sweepPrivateDirectories,
  type CgroupHost,
  type ProcessScope,
} from '../../../engine/index.ts'
import { isErrno, randomName, removeTree } from '../../../workspace/index.ts'
import type { JupyterAddress, JupyterServer, KernelWatch } from '../jupyter-server.ts'
import { explainMissing, holdsOf } from './holds.ts'
import { writeKernelSpec, type KernelSpecFile } from './kernel-spec-file.ts'
import { launchScript } from './launch-script.ts'
import { LocalKernels } from './local-kernels.ts'
import { LogTail, saidSince } from './log-tail.ts'
import { serverConfig } from './server-config.ts'

/** What a server of our own is made with. */
export interface LocalServerSettings {
  /** The command, before its flags; the first that exists is taken. */
  readonly commands: readonly (readonly string[])[]
  /** The environment of the server and its kernels. */
  readonly env: Readonly<Record<string, string>>
  readonly workDir: string | undefined
  readonly kernelSpec: KernelSpecFile | undefined
  readonly limits: ResolvedLimits
}

interface Running {
  readonly directory: PrivateDirectory
  readonly workDir: string
  readonly child: ChildProcess
  /** The pipe whose end says that this process is gone. */
  readonly held: Socket
  readonly scope: ProcessScope
  readonly kernels: LocalKernels
  readonly onProcessExit: () => void
}

/** The longest path that a socket can have, on every system (sun_path of unix(7) less its end). */
const LONGEST_SOCKET_PATH = 103
const POLL_MS = 15
/** Which of the server's descriptors the held pipe is. */
const HELD = 3
/** The server itself has none: its kernels do, each by itself. */
const NO_LIMITS = { memory: undefined, memorySwap: undefined, cpus: undefined, pids: undefined }

/** A Jupyter server of this machine that is there for one executor and listens on a Unix socket. */
export class LocalJupyterServer implements JupyterServer {
  readonly name = 'jupyter'
  readonly isOwn = true
  readonly capabilities: ReadonlySet<Capability>
  readonly #settings: LocalServerSettings
  readonly #cgroups: CgroupHost | undefined
  readonly #log = new LogTail()
  #running: Running | undefined

  constructor(settings: LocalServerSettings, cgroups: CgroupHost | undefined) {
    this.#settings = settings
    this.#cgroups = cgroups
    this.capabilities = holdsOf(cgroups)
  }

  explainMissing(capability: Capability): string {
    return explainMissing(capability, this.#cgroups)
  }

  async start({ signal }: { readonly signal: AbortSignal }): Promise<JupyterAddress> {
    await this.stop()
    await sweepPrivateDirectories()
    if (this.#cgroups) await sweepCgroups(this.#cgroups)
    sweepMarked()
    const command = this.#findCommand()
    const directory = new PrivateDirectory()
    try {
      return await this.#launch(command, directory, signal)
    } catch (cause) {
      await this.stop()
      await directory.remove()
      throw cause
    }
  }

  async stop(): Promise<void> {
    const running = this.#running
    if (!running) return
    this.#running = undefined
    onProcessExit.delete(running.onProcessExit)
    const { child, held, scope, kernels, directory } = running
    await kernels.releaseAll()
    await scope.kill(leaderOf(child))
    child.ref()
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    held.destroy()
    await scope.release()
    await directory.remove()
  }

  async whyLost(): Promise<string | undefined> {
    const { child } = this.#running ?? {}
    if (child === undefined) return 'the server does not run'
    if (child.exitCode === null && child.signalCode === null) return undefined
    const how = child.signalCode === null ? `exited with ${child.exitCode}` : `was ended by ${child.signalCode}`
    return `the server ${how}${this.#said()}`
  }

  recentLog(): string {
    return this.#log.text
  }

  watchKernel(kernelId: string): Promise<KernelWatch | undefined> {
    return this.#running?.kernels.watch(kernelId) ?? Promise.resolve(undefined)
  }

  async clearWorkDir(): Promise<void> {
    const { workDir } = this.#running ?? {}
    // A directory of the user's is left alone.
    if (workDir === undefined || this.#settings.workDir !== undefined) return
    for (const name of await readdir(workDir)) await removeTree(workDir, name)
  }

  #findCommand(): readonly string[] {
    const { commands, env } = this.#settings
    for (const [program = '', ...words] of commands) {
      const path = findOnPath(program, env['PATH'] ?? '', process.cwd())
      if (path !== undefined) return [path, ...words]
    }
    const tried = commands.map((words) => words.join(' ')).join(', ')
    const message = `No Jupyter server was found: looked for ${tried} on the PATH of programs. Install one: pip install jupyter-server ipykernel. Or name where it is with virtualEnv or jupyterCommand, or take a running one with serverUrl.`
    throw new CodeExecutorError('PEER_MISSING', message, { executor: this.name, peer: 'jupyter-server' })
  }

  async #launch(command: readonly string[], directory: PrivateDirectory, signal: AbortSignal): Promise<JupyterAddress> {
    const { limits, kernelSpec } = this.#settings
    const workDir = this.#settings.workDir ?? directory.make('work')
    if (this.#settings.workDir !== undefined) makeWorkDir(workDir)
    const socketPath = join(directory.path, 's')
    if (socketPath.length > LONGEST_SOCKET_PATH) throw tooLong(socketPath, this.name)
    const token = randomBytes(24).toString('hex')
    const [config, runtime, data, ipython] = ['config', 'r', 'data', 'ipython'].map((name) => directory.make(name))
    writeFileSync(join(config ?? '', 'jupyter_server_config.json'), JSON.stringify(serverConfig({ socketPath, workDir, token })), {
      mode: 0o600,
    })
    if (kernelSpec) writeKernelSpec(data ?? '', kernelSpec)
    const id = randomName(4)
    const marked = new MarkerScope(id)
    const scope = this.#cgroups ? new CgroupScope(this.#cgroups, id, NO_LIMITS) : marked
    const env = {
      JUPYTER_CONFIG_DIR: config ?? '',
      JUPYTER_RUNTIME_DIR: runtime ?? '',
      JUPYTER_DATA_DIR: data ?? '',
      // A kernel of IPython writes a history and a profile.
      IPYTHONDIR: ipython ?? '',
      PYTHONUNBUFFERED: '1',
      ...this.#settings.env,
      ...marked.env,
    }
    const parents = this.#cgroups ? [...new Set(this.#cgroups.parents.values())] : []
    const script = launchScript(scope.entry, limitCommands(limits), parents, ownedName(''))
    this.#log.forget()
    const child = spawn('/bin/sh', ['-c', script, 'sh', ...command], {
      cwd: workDir,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    })
    const held = child.stdio[HELD] as Socket
    held.on('error', () => {}) // it is only held
    this.#log.follow(child.stdout as Socket)
    unreference(child)
    const kernels = new LocalKernels(child.pid ?? 0, this.#cgroups, limits)
    const endWithProcess = (): void => {
      kernels.killSync()
      scope.killSync(leaderOf(child))
      directory.removeSync()
    }
    this.#running = { directory, workDir, child, held, scope, kernels, onProcessExit: endWithProcess }
    onProcessExit.add(endWithProcess)
    if (child.pid === undefined) await once(child, 'spawn')
    await this.#ready(child, socketPath, signal)
    return { baseUrl: 'http://localhost/', token, openStream: () => createConnection({ path: socketPath }) }
  }

  /** Waits until somebody answers at the socket. */
  async #ready(child: ChildProcess, socketPath: string, signal: AbortSignal): Promise<void> {
    while (!(existsSync(socketPath) && (await accepts(socketPath)))) {
      signal.throwIfAborted()
      if (child.exitCode !== null || child.signalCode !== null) {
        await delay(50) // its last words
        throw new Error(`${(await this.whyLost()) ?? 'the server ended'}`)
      }
      await delay(POLL_MS)
    }
  }

  #said(): string {
    const said = saidSince('', this.#log.text)
    return said === '' ? '' : `; the last it said: ${said}`
  }
}

/** A server that waits is not to keep this process alive: it ends with it. */
function unreference(child: ChildProcess): void {
  child.unref()
  for (const pipe of [child.stdout, child.stdio[HELD]]) if (pipe instanceof Socket) pipe.unref()
}

function leaderOf(child: ChildProcess): { pid: number; reaped: boolean; supervises: false } {
  return { pid: child.pid ?? 0, reaped: child.exitCode !== null || child.signalCode !== null, supervises: false }
}

function limitCommands({ openFiles }: ResolvedLimits): readonly string[] {
  return ['ulimit -c 0', ...(openFiles === undefined ? [] : [`{ ulimit -n ${openFiles} 2>/dev/null || ulimit -n "$(ulimit -H -n)"; }`])]
}

function accepts(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ path: socketPath })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

function makeWorkDir(path: string): void {
  try {
    mkdirSync(path, { recursive: true })
  } catch (cause) {
    if (!isErrno(cause, 'EEXIST', 'ENOENT', 'ENOTDIR', 'EACCES', 'EROFS', 'ELOOP', 'ENAMETOOLONG')) throw cause
    const message = `workDir ${path} cannot be used: it is no directory that can be made or written to.`
    throw new CodeExecutorError('INVALID_ARGUMENT', message, { argument: 'workDir', value: path }, { cause })
  }
}

function tooLong(path: string, executor: string): CodeExecutorError<'BACKEND_REJECTED'> {
  const message = `The path of the server's socket would be too long for this system (${basename(path)} in a directory of ${path.length} characters). Set TMPDIR to a shorter one.`
  return new CodeExecutorError('BACKEND_REJECTED', message, { executor, reason: 'ENAMETOOLONG' })
}
