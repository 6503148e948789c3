import { CodeExecutorError, type Capability } from '../../core/index.ts'
import type { Command, CommandBackend, CommandExit, CommandIo, ProgramRun } from '../../engine/index.ts'
import { MAX_SOURCE_BYTES } from '../../workspace/index.ts'
import { inGroups, packFiles } from './archive.ts'
import { capabilitiesOf, explainMissing } from './capabilities.ts'
import type { E2BSandboxClass } from './client.ts'
import { loadSandboxClass } from './connect.ts'
import { LivingSandbox, SandboxGone } from './living-sandbox.ts'
import { sweep } from './ownership.ts'
import type { E2BSettings } from './settings.ts'

/** Prints a file that is no link; `head` ends one that never ends. */
const READ = '[ -f "$1" ] && [ ! -L "$1" ] || exit 66; exec head -c "$2" -- "$1"'
const NO_FILE = 66
/** Prints where a program is. Some shells take a directory for one. */
const FIND = 'found=$(command -v -- "$1") && [ -f "$found" ] && [ -x "$found" ] && printf %s "$found"'

/** Runs commands in one sandbox of E2B, and in a fresh one when that is lost. */
export class E2BBackend implements CommandBackend {
  readonly name = 'e2b'
  readonly capabilities: ReadonlySet<Capability>
  readonly environment: Readonly<Record<string, string>>
  readonly #settings: E2BSettings
  #sandboxes: E2BSandboxClass | undefined
  #current: Promise<LivingSandbox> | undefined
  /** Whether a sandbox was replaced and no run has heard of it yet. */
  #hasLostState = false

  constructor(settings: E2BSettings) {
    this.#settings = settings
    this.capabilities = capabilitiesOf(settings)
    this.environment = settings.env
  }

  explainMissing(capability: Capability): string {
    return explainMissing(capability)
  }

  async open({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const sandboxes = await loadSandboxClass()
    signal.throwIfAborted()
    this.#sandboxes = sandboxes
    this.#hasLostState = false
    const opening = LivingSandbox.create(sandboxes, this.#settings)
    this.#current = opening
    // What a sweep does not reach ends by its time.
    await Promise.all([opening, sweep(sandboxes, this.#settings.connection).catch(() => {})])
    signal.throwIfAborted()
  }

  async close(): Promise<void> {
    const current = this.#current
    this.#current = undefined
    const living = await current?.catch(() => undefined)
    await living?.kill()
  }

  runCommand(command: Command, io: CommandIo): Promise<CommandExit> {
    // Files may have been written for it, which a fresh sandbox would not have.
    return this.#use((sandbox) => sandbox.run(this.#withEnvironment(command), io), io)
  }

  async runProgram({ files, command, temporary }: ProgramRun, io: CommandIo): Promise<CommandExit> {
    const packed = files.size === 0 ? undefined : await packFiles(files)
    const exit = await this.#again((sandbox) => sandbox.run(this.#withEnvironment(command), io, { packed, temporary }), io)
    if (io.signal.aborted) await this.#removeAfterAbort(temporary)
    return exit
  }

  async writeFiles(files: ReadonlyMap<string, Uint8Array>): Promise<void> {
    for (const group of inGroups(files)) {
      const packed = await packFiles(group)
      await this.#again((sandbox) => sandbox.run({ argv: ['true'], env: {} }, quiet(), { packed }))
    }
  }

  writeFile(path: string, content: Uint8Array): Promise<void> {
    return this.writeFiles(new Map([[path, content]]))
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#must(['mkdir', '-p', '--', path])
  }

  async remove(paths: readonly string[]): Promise<void> {
    await this.#must(['rm', '-rf', '--', ...paths])
  }

  async findProgram(name: string): Promise<string | undefined> {
    let found = ''
    const io = { ...quiet(), onOutput: (chunk: Uint8Array) => void (found += Buffer.from(chunk).toString('utf8')) }
    const command = this.#withEnvironment({ argv: ['/bin/sh', '-c', FIND, 'find', name], env: {} })
    const exit = await this.#again((sandbox) => sandbox.run(command, io))
    return exit.kind === 'exited' && exit.exitCode === 0 ? found.trim() : undefined
  }

  async readFile(path: string): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    const argv = ['/bin/sh', '-c', READ, 'read', `./${path}`, String(MAX_SOURCE_BYTES + 1)] as const
    const exit = await this.#again((sandbox) =>
      sandbox.run({ argv, env: {} }, { ...quiet(), onOutput: (chunk) => void chunks.push(Uint8Array.from(chunk)) }),
    )
    if (exit.kind === 'exited' && exit.exitCode === NO_FILE) {
      throw new CodeExecutorError('FILE_NOT_FOUND', `There is no file ${path} in the working directory.`, { path })
    }
    const content = Buffer.concat(chunks)
    if (content.byteLength <= MAX_SOURCE_BYTES) return content
    throw new CodeExecutorError('FILE_TOO_LARGE', `${path} has more than ${MAX_SOURCE_BYTES} bytes.`, {
      path,
      sizeBytes: content.byteLength,
      limitBytes: MAX_SOURCE_BYTES,
    })
  }

  #withEnvironment(command: Command): Command {
    return { ...command, env: { ...this.#settings.env, ...command.env } }
  }

  /** A program that was killed from outside had nobody who removes its files. */
  async #removeAfterAbort(temporary: readonly string[]): Promise<void> {
    const living = await this.#current
    if (living === undefined || living.isLost || temporary.length === 0) return
    await living.run({ argv: ['rm', '-rf', '--', ...temporary.map((path) => `./${path}`)], env: {} }, quiet())
  }

  async #must(argv: Command['argv']): Promise<void> {
    let said = ''
    const io = { ...quiet(), onError: (chunk: Uint8Array) => void (said += Buffer.from(chunk).toString('utf8')) }
    const exit = await this.#again((sandbox) => sandbox.run({ argv, env: {} }, io))
    if (exit.kind === 'exited' && exit.exitCode === 0) return
    const reason = said.trim() || exit.kind
    throw new CodeExecutorError('BACKEND_REJECTED', `The sandbox refused ${argv[0]}: ${reason}.`, { executor: this.name, reason })
  }

  /** Does something in the sandbox; in a fresh one when the sandbox was gone before. */
  async #again<T>(work: (sandbox: LivingSandbox) => Promise<T>, io?: CommandIo): Promise<T> {
    try {
      return await this.#use(work, io)
    } catch (error) {
      if (error instanceof SandboxGone) return this.#use(work, io)
      throw error
    }
  }

  async #use<T>(work: (sandbox: LivingSandbox) => Promise<T>, io?: CommandIo): Promise<T> {
    const sandbox = await this.#living()
    if (this.#hasLostState && io?.onStateLost !== undefined) {
      this.#hasLostState = false
      io.onStateLost()
    }
    return work(sandbox)
  }

  async #living(): Promise<LivingSandbox> {
    const current = this.#current
    if (current === undefined || this.#sandboxes === undefined) throw new Error('it is not open')
    const living = await current
    if (!living.isLost) return living
    if (this.#current === current) this.#current = this.#replace(this.#sandboxes, current)
    return this.#living()
  }

  async #replace(sandboxes: E2BSandboxClass, lost: Promise<LivingSandbox>): Promise<LivingSandbox> {
    try {
      const living = await LivingSandbox.create(sandboxes, this.#settings)
      this.#hasLostState = true
      return living
    } catch (error) {
      if (this.#current !== undefined) this.#current = lost // the next call tries again
      throw error
    }
  }
}

function quiet(): CommandIo {
  return { onOutput: () => {}, onError: () => {}, signal: new AbortController().signal }
}
