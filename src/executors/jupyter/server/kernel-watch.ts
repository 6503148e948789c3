import { constants } from 'node:os'
import { endOf, type CgroupScope, type MarkerScope, type Leader, type ProcessEntry } from '../../../engine/index.ts'
import type { KernelDeath, KernelWatch } from '../jupyter-server.ts'

const INTERVAL_MS = 50

/** Looks after the processes of one kernel of this machine. */
export class LocalKernelWatch implements KernelWatch {
  readonly died: Promise<KernelDeath>
  readonly #died = Promise.withResolvers<KernelDeath>()
  readonly #process: ProcessEntry
  readonly #scope: CgroupScope | MarkerScope
  readonly #memoryBytes: number | undefined
  readonly #timer: NodeJS.Timeout
  #isDead = false

  /** @param scope - holds the kernel's process already, or finds it by its session */
  constructor(process: ProcessEntry, scope: CgroupScope | MarkerScope, memoryBytes: number | undefined) {
    this.#process = process
    this.#scope = scope
    this.#memoryBytes = memoryBytes
    this.died = this.#died.promise
    this.#timer = setInterval(() => this.#look(), INTERVAL_MS).unref()
  }

  async kill(): Promise<void> {
    clearInterval(this.#timer)
    await this.#scope.kill(this.#leader)
  }

  async release(): Promise<void> {
    await this.kill()
    await this.#scope.release()
  }

  killSync(): void {
    clearInterval(this.#timer)
    this.#scope.killSync(this.#leader)
  }

  get #leader(): Leader {
    const isOurs = endOf(this.#process.pid, this.#process.startTicks) !== undefined
    return { pid: this.#process.pid, reaped: this.#isDead || !isOurs, supervises: false }
  }

  /** The server takes a second to wait for a kernel that died, and until then the system shows how it did. */
  #look(): void {
    const end = endOf(this.#process.pid, this.#process.startTicks)
    if (end === 'alive') return
    clearInterval(this.#timer)
    this.#isDead = true
    this.#died.resolve(this.#classify(end))
  }

  #classify(end: ReturnType<typeof endOf>): KernelDeath {
    if (typeof end !== 'object') return { kind: 'unknown' }
    if ('exitCode' in end) return { kind: 'exited', exitCode: end.exitCode }
    const wasOutOfMemory = end.signal === constants.signals.SIGKILL && this.#scope.evidence().memoryKills > 0
    if (wasOutOfMemory && this.#memoryBytes !== undefined) return { kind: 'out-of-memory', limitBytes: this.#memoryBytes }
    return { kind: 'signaled', signal: nameOf(end.signal) }
  }
}

function nameOf(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`
}
