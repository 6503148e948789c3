import { setTimeout as delay } from 'node:timers/promises'
import type { ResolvedLimits } from '../../../core/index.ts'
import { argumentsOf, CgroupScope, listProcesses, MarkerScope, type CgroupHost, type ProcessEntry } from '../../../engine/index.ts'
import { randomName } from '../../../workspace/index.ts'
import type { KernelWatch } from '../jupyter-server.ts'
import { LocalKernelWatch } from './kernel-watch.ts'

/** How long the process of a kernel may take to be seen. */
const PATIENCE_MS = 1_000

/** The kernels of a server of this machine, each held together with all that it starts. */
export class LocalKernels {
  readonly #serverPid: number
  readonly #cgroups: CgroupHost | undefined
  readonly #limits: ResolvedLimits
  readonly #watches = new Set<LocalKernelWatch>()

  constructor(serverPid: number, cgroups: CgroupHost | undefined, limits: ResolvedLimits) {
    this.#serverPid = serverPid
    this.#cgroups = cgroups
    this.#limits = limits
  }

  /**
   * Looks after a kernel from now on; `undefined` when its process is not to be found.
   * @throws Error when it is to have limits and is not found
   */
  async watch(kernelId: string): Promise<KernelWatch | undefined> {
    const found = await this.#find(kernelId)
    const { memory, memorySwap, cpus, pids } = this.#limits
    if (found === undefined) {
      if ([memory, memorySwap, cpus, pids].every((limit) => limit === undefined)) return undefined
      throw new Error('the process of the kernel was not found, so its limits cannot be held: its command line must name {connection_file}')
    }
    const scope = this.#cgroups
      ? new CgroupScope(this.#cgroups, randomName(4), { memory, memorySwap, cpus, pids })
      : new MarkerScope(randomName(4))
    if (scope instanceof CgroupScope) scope.adopt(found.pid)
    const watch = new LocalKernelWatch(found, scope, memory)
    this.#watches.add(watch)
    return {
      died: watch.died,
      kill: () => watch.kill(),
      release: async () => {
        this.#watches.delete(watch)
        await watch.release()
      },
    }
  }

  async releaseAll(): Promise<void> {
    const watches = [...this.#watches]
    this.#watches.clear()
    await Promise.all(watches.map((watch) => watch.release()))
  }

  killSync(): void {
    for (const watch of this.#watches) watch.killSync()
  }

  /** The child of the server with the kernel's id, which is part of the name of its connection file, among its arguments. */
  async #find(kernelId: string): Promise<ProcessEntry | undefined> {
    const deadline = performance.now() + PATIENCE_MS
    for (;;) {
      const found = listProcesses().find((entry) => entry.parent === this.#serverPid && argumentsOf(entry.pid).includes(kernelId))
      if (found || performance.now() > deadline) return found
      await delay(10)
    }
  }
}
