import { orAborted } from '../../engine/index.ts'
import type { Kernel } from './client/kernel.ts'

/** Starts a kernel of a name. */
export type StartKernel = (name: string, signal: AbortSignal) => Promise<Kernel>

/** The kernels of one executor: one for each name, and spare ones of the name that is used most. */
export class KernelStock {
  readonly #start: StartKernel
  readonly #spareName: string
  readonly #spareCount: number
  readonly #kernels = new Map<string, Kernel>()
  readonly #spares = new Set<Promise<Kernel | undefined>>()
  /** What still has to end. */
  readonly #ending = new Set<Promise<void>>()
  readonly #stopped = new AbortController()

  constructor(start: StartKernel, spareName: string, spareCount: number) {
    this.#start = start
    this.#spareName = spareName
    this.#spareCount = spareCount
  }

  /** Makes the kernel of a name ready: one that died is replaced. */
  async ready(name: string, signal: AbortSignal): Promise<void> {
    const known = this.#kernels.get(name)
    if (known?.isAlive) return
    const killed = known?.kill().catch(() => {}) ?? Promise.resolve()
    if (known) this.#end(known)
    this.#kernels.delete(name)
    const kernel = (await this.#takeSpare(name, signal)) ?? (await this.#start(name, signal))
    this.#kernels.set(name, kernel)
    this.#fill()
    // What a program left that cannot be ended takes its whole place with it: that is to be known before the next one begins.
    await orAborted(killed, signal)
  }

  /** @throws Error for a kernel that was not made ready */
  get(name: string): Kernel {
    const kernel = this.#kernels.get(name)
    if (kernel) return kernel
    throw new Error(`the kernel ${name} is not ready`)
  }

  /** Ends every kernel that was used. */
  async replaceAll(): Promise<void> {
    const kernels = [...this.#kernels.values()]
    this.#kernels.clear()
    await Promise.all(kernels.map((kernel) => kernel.kill()))
    for (const kernel of kernels) this.#end(kernel)
  }

  /** Ends all of them, spare ones included. */
  async end(): Promise<void> {
    this.#stopped.abort(new Error('the executor stops'))
    const spares = await Promise.all(this.#spares)
    const kernels = [...this.#kernels.values(), ...spares.filter((spare) => spare !== undefined)]
    this.#kernels.clear()
    this.#spares.clear()
    const ends = await Promise.allSettled([...kernels.map((kernel) => kernel.end()), ...this.#ending])
    const failed = ends.find((end) => end.status === 'rejected')
    if (failed) throw failed.reason
  }

  async #takeSpare(name: string, signal: AbortSignal): Promise<Kernel | undefined> {
    if (name !== this.#spareName) return undefined
    for (const spare of this.#spares) {
      this.#spares.delete(spare)
      const kernel = await orAborted(spare, signal)
      if (kernel?.isAlive) return kernel
      if (kernel) this.#end(kernel)
    }
    return undefined
  }

  /** Starts what is missing of the spare kernels. One that does not start is tried again when the next is taken. */
  #fill(): void {
    while (this.#spares.size < this.#spareCount && !this.#stopped.signal.aborted) {
      this.#spares.add(this.#start(this.#spareName, this.#stopped.signal).catch(() => undefined))
    }
  }

  #end(kernel: Kernel): void {
    const ending = kernel.end().catch(() => {}) // a server that is lost cannot be asked to forget it
    this.#ending.add(ending)
    void ending.then(() => this.#ending.delete(ending))
  }
}
