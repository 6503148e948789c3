import { setTimeout as delay } from 'node:timers/promises'
import { CodeExecutorError, type Capability } from '../../core/index.ts'
import type { Cell, CellEnd, CellIo, KernelBackend } from '../../engine/index.ts'
import type { Language, LanguageRegistry } from '../../languages/index.ts'
import { chooseKernel, languageOf, type KernelChoice } from './choose-kernel.ts'
import type { Kernel } from './client/kernel.ts'
import { JupyterSession } from './client/session.ts'
import type { JupyterServer } from './jupyter-server.ts'
import { KernelStock } from './kernel-stock.ts'

/** What the kernels of an executor are to be like. */
export interface KernelSettings extends KernelChoice {
  /** How many kernels of {@link KernelChoice.kernelName} wait to take the place of one. */
  readonly spareKernels: number
  /** How long an interrupted cell may take to end before its kernel is killed. */
  readonly interruptGraceMs: number
  /** How long a kernel may take to start that is not there from the beginning. */
  readonly startupTimeoutMs: number
}

/** How often a kernel is made ready on a server that is lost meanwhile. */
const MOST_TRIES = 2

/** How long the news that a server ended may take. */
const NEWS_MS = 500

/** Hears what nobody is to hear. */
const NOBODY = {
  onOutput: () => {},
  onError: () => {},
  onDisplay: () => {},
  onRaised: () => {},
  onClear: () => {},
  onCount: () => {},
  onStateLost: () => {},
}

/** Feeds the kernels of a Jupyter server, wherever that runs. */
export class JupyterBackend implements KernelBackend {
  readonly name: string
  readonly capabilities: ReadonlySet<Capability>
  readonly #server: JupyterServer
  readonly #settings: KernelSettings
  readonly #languages: LanguageRegistry
  #session: JupyterSession | undefined
  #stock: KernelStock | undefined
  #opening: Promise<unknown> = Promise.resolve()

  constructor(server: JupyterServer, settings: KernelSettings, languages: LanguageRegistry) {
    this.name = server.name
    this.capabilities = new Set<Capability>(['stdin', 'persistent-state', 'display', ...(server.capabilities ?? [])])
    this.#server = server
    this.#settings = settings
    this.#languages = languages
  }

  explainMissing(capability: Capability): string {
    return this.#server.explainMissing?.(capability) ?? 'nobody here can hold kernels to it'
  }

  async open({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const opening = this.#open(signal)
    this.#opening = Promise.allSettled([opening])
    return opening
  }

  async #open(signal: AbortSignal): Promise<void> {
    const session = await JupyterSession.open(this.#server, signal)
    const { kernelName, spareKernels } = this.#settings
    this.#session = session
    this.#stock = new KernelStock((name, abort) => this.#startKernel(session, name, abort), kernelName, spareKernels)
    if (this.#isThere) await this.#stock.ready(kernelName, signal)
    else if (this.#settings.isRequired) throw this.#noSuchKernel(kernelName, session)
  }

  async close(): Promise<void> {
    // One that is given up heeds its signal, and what it has begun is to be gone, too.
    await this.#opening
    const [session, stock] = [this.#session, this.#stock]
    this.#session = undefined
    this.#stock = undefined
    try {
      await stock?.end()
    } finally {
      await session?.close()
    }
  }

  /** Fresh kernels and an empty directory on the same server; on a new one when that is gone. */
  async renew({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    if (await this.#isLost()) return this.#startOver(signal)
    try {
      await this.#stock?.replaceAll()
      await this.#session?.clearWorkDir()
    } catch (error) {
      if (!(await this.#isLost())) throw error
    }
    // What cannot be ended on a server ends with it.
    if (await this.#isLost()) return this.#startOver(signal)
    if (this.#isThere) await this.#stock?.ready(this.#settings.kernelName, signal)
  }

  findKernel(language: Language): string {
    const { session } = this.#opened
    const name = chooseKernel(language, session.specs, this.#settings, this.#languages)
    if (name !== undefined) return name
    throw this.#unavailable(language, session)
  }

  async readyKernel(language: Language, signal: AbortSignal): Promise<string> {
    for (let tries = MOST_TRIES; ; tries -= 1) {
      // A server that was killed takes everything with it, and another one is started for the next cell.
      if (await this.#isLost()) await this.#startOver(signal)
      const name = this.findKernel(language)
      try {
        await this.#ready(name, signal)
        if (tries === 1 || !(await this.#isLost())) return name
      } catch (error) {
        if (tries === 1 || signal.aborted || !(await this.#isLostSoon())) throw error
      }
    }
  }

  async #ready(name: string, signal: AbortSignal): Promise<void> {
    const { startupTimeoutMs } = this.#settings
    const limit = AbortSignal.timeout(startupTimeoutMs)
    try {
      await this.#opened.stock.ready(name, AbortSignal.any([signal, limit]))
    } catch (error) {
      if (!limit.aborted || signal.aborted) throw error
      const message = `The kernel ${name} was not ready within ${startupTimeoutMs} ms. Raise startupTimeoutMs, or see why it takes so long.`
      throw new CodeExecutorError('START_TIMEOUT', message, { executor: this.name, limitMs: startupTimeoutMs }, { cause: error })
    }
  }

  async writeFiles(files: ReadonlyMap<string, Uint8Array>, signal: AbortSignal): Promise<void> {
    const { session } = this.#opened
    const directories = new Set([...files.keys()].flatMap(parentsOf))
    for (const directory of [...directories].toSorted()) await session.rest.makeDirectory(session.pathOf(directory), signal)
    for (const [path, content] of files) await session.rest.writeFile(session.pathOf(path), content, signal)
  }

  async runCell(cell: Cell, io: CellIo): Promise<CellEnd> {
    return this.#opened.stock.get(cell.kernel).run(cell, io)
  }

  /** A kernel that was told what every kernel of its language is told first. */
  async #startKernel(session: JupyterSession, name: string, signal: AbortSignal): Promise<Kernel> {
    const kernel = await session.startKernel(name, this.#settings.interruptGraceMs, signal)
    const language = languageOf(
      session.specs.find((spec) => spec.name === name),
      this.#languages,
    )
    if (language?.inKernel?.setup === undefined) return kernel
    try {
      await kernel.run({ kernel: name, code: language.inKernel.setup, silent: true }, { ...NOBODY, signal })
      return kernel
    } catch (error) {
      await kernel.end()
      throw error
    }
  }

  async #startOver(signal: AbortSignal): Promise<void> {
    await this.close().catch(() => {}) // what is left of it cannot be asked any more
    await this.open({ signal })
  }

  async #isLost(): Promise<boolean> {
    return (await this.#server.whyLost?.()) !== undefined
  }

  /** The end of a server may be seen a moment after that of the connections to it. */
  async #isLostSoon(): Promise<boolean> {
    if (this.#server.whyLost === undefined) return false
    for (const until = performance.now() + NEWS_MS; !(await this.#isLost()); await delay(NEWS_MS / 20)) {
      if (performance.now() > until) return false
    }
    return true
  }

  /** Whether the server has the kernel that is to be there from the beginning. */
  get #isThere(): boolean {
    return this.#session?.specs.some(({ name }) => name === this.#settings.kernelName) ?? false
  }

  get #opened(): { readonly session: JupyterSession; readonly stock: KernelStock } {
    if (this.#session && this.#stock) return { session: this.#session, stock: this.#stock }
    throw new Error('it is not open')
  }

  #noSuchKernel(name: string, { specs }: JupyterSession): CodeExecutorError<'INVALID_ARGUMENT'> {
    const message = `kernelName ${JSON.stringify(name)} is none of the server's kernels: ${listOf(specs.map((spec) => spec.name))}. Take one of these, or install it there.`
    return new CodeExecutorError('INVALID_ARGUMENT', message, { argument: 'kernelName', value: name })
  }

  #unavailable(language: Language, { specs }: JupyterSession): CodeExecutorError<'LANGUAGE_UNAVAILABLE'> {
    const message = `The ${this.name} executor has no kernel for ${language.title}. The server has: ${listOf(specs.map(({ name, displayName }) => `${name} (${displayName})`))}. Install one there, or name the one to take with the kernels option.`
    const tried = specs.map(({ name }) => name)
    return new CodeExecutorError('LANGUAGE_UNAVAILABLE', message, { language: language.name, tried, packages: [] })
  }
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? 'none at all' : names.join(', ')
}

function parentsOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}
