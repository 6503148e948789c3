import type { LivingContainer } from '../docker/container.ts'
import type { DockerSettings } from '../docker/settings.ts'
import { signalName } from '../docker/wait-status.ts'
import type { KernelDeath, KernelWatch } from '../jupyter/jupyter-server.ts'
import type { KernelExit, Launcher } from './launcher/launcher.ts'

/** What the system counted before a kernel died; what is more has to do with it. */
export interface CountsBefore {
  memoryKills: number
  refusedForks: number
}

/** One kernel's processes in the container. */
export class ContainerKernel implements KernelWatch {
  readonly died: Promise<KernelDeath>
  readonly #id: string
  readonly #launcher: Launcher
  readonly #living: LivingContainer

  constructor(id: string, launcher: Launcher, living: LivingContainer, limits: DockerSettings['limits']) {
    this.#id = id
    this.#launcher = launcher
    this.#living = living
    this.died = Promise.race([
      launcher.deathOf(id).then((exit) => readDeath(exit, launcher.counts, limits)),
      launcher.closed.then(() => deathOfContainer(living, limits)),
    ])
  }

  /** What cannot be killed inside ends with the container. */
  async kill(): Promise<void> {
    if (this.#living.isOver) return
    if (!(await this.#launcher.endKernel(this.#id))) this.#living.abandon()
  }

  async release(): Promise<void> {
    await this.kill()
    this.#launcher.forget(this.#id)
  }
}

function readDeath(
  { exitCode, signal, memoryKills, refusedForks }: KernelExit,
  before: CountsBefore,
  limits: DockerSettings['limits'],
): KernelDeath {
  const isMemory = memoryKills > before.memoryKills
  const isForks = refusedForks > before.refusedForks
  Object.assign(before, { memoryKills, refusedForks })
  if (exitCode === 0) return { kind: 'exited', exitCode }
  if (isMemory) return { kind: 'out-of-memory', limitBytes: limits.memory }
  if (isForks) return { kind: 'too-many-processes', limit: limits.pids }
  if (signal !== undefined) return { kind: 'signaled', signal: signalName(signal) }
  return exitCode === undefined ? { kind: 'unknown' } : { kind: 'exited', exitCode }
}

/** The server went, and its kernels with it. */
async function deathOfContainer(living: LivingContainer, limits: DockerSettings['limits']): Promise<KernelDeath> {
  if (!living.isOver) return { kind: 'unknown' }
  const { outOfMemory } = await living.end()
  return outOfMemory ? { kind: 'out-of-memory', limitBytes: limits.memory } : { kind: 'unknown' }
}
