import { setTimeout as delay } from 'node:timers/promises'
import { OWNER_LABEL } from '../../src/executors/docker/ownership.ts'
import { ownerOf } from '../../src/engine/index.ts'
import type { BenchEngine } from './docker-engine.ts'
import { rawContainer } from './docker-raw.ts'
import { countHoldings } from './leftovers.ts'

/** What this process holds, here and on the engine. */
export interface EngineHoldings {
  readonly descriptors: number
  readonly containers: number
  readonly volumes: number
  /** Commands that the engine runs beside the containers' own processes. */
  readonly execs: number
  /** Processes in all containers together, those included that keep an executor's places. */
  readonly processes: number
  /** What the containers' groups of processes use, less files that the kernel may drop. */
  readonly memoryBytes: number
}

/** How much more memory the containers together may use: caches of the kernel come and go. */
const MEMORY_SLACK_BYTES = 10e6
/** Longer than a connection to the engine is kept for the next request. */
const PATIENCE_MS = 10_000
const LOOK_MS = 200

/** Counts what this process holds. */
async function countEngineHoldings(engine: BenchEngine): Promise<EngineHoldings> {
  const { descriptors } = countHoldings()
  const filters = { label: [OWNER_LABEL] }
  const containers = (await engine.client.listContainers({ all: true, filters })).filter(({ Labels }) => isOurs(Labels))
  const { Volumes } = await engine.client.listVolumes({ filters })
  const facts = await Promise.all(containers.map(({ Id }) => inspectContainer(engine, Id)))
  return {
    descriptors,
    containers: containers.length,
    volumes: (Volumes ?? []).filter(({ Labels }) => isOurs(Labels ?? {})).length,
    execs: sum(facts.map((each) => each.execs)),
    processes: sum(facts.map((each) => each.processes)),
    memoryBytes: sum(facts.map((each) => each.memoryBytes)),
  }
}

/** Counts until two counts in a row are the same: what a run leaves to be done is done, and counting has its connections. */
export async function countWhenQuiet(engine: BenchEngine): Promise<EngineHoldings> {
  const deadline = performance.now() + PATIENCE_MS
  for (let before = await countEngineHoldings(engine); ;) {
    await delay(LOOK_MS)
    const now = await countEngineHoldings(engine)
    if ((grownIn(before, now).length === 0 && grownIn(now, before).length === 0) || performance.now() > deadline) return now
    before = now
  }
}

/** Waits until nothing more is held than that, at most for a moment, and counts again. */
export async function untilEngineBackTo(engine: BenchEngine, wanted: EngineHoldings): Promise<EngineHoldings> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const now = await countEngineHoldings(engine)
    if (grownIn(wanted, now).length === 0 || performance.now() > deadline) return now
    await delay(LOOK_MS)
  }
}

/** Of what more is held than then, in words. */
export function grownIn(then: EngineHoldings, now: EngineHoldings): readonly string[] {
  const names = ['descriptors', 'containers', 'volumes', 'execs', 'processes'] as const
  return [...names.filter((name) => now[name] > then[name]), ...(now.memoryBytes > then.memoryBytes + MEMORY_SLACK_BYTES ? ['memory'] : [])]
}

/** The counts in words. */
export function describeEngineHoldings({ descriptors, containers, volumes, execs, processes, memoryBytes }: EngineHoldings): string {
  const inThem = `${execs} execs, ${processes} processes and ${(memoryBytes / 1e6).toFixed(1)} MB in them`
  return `${descriptors} descriptors, ${containers} containers, ${inThem}, ${volumes} volumes with a name`
}

async function inspectContainer(engine: BenchEngine, id: string): Promise<Pick<EngineHoldings, 'execs' | 'processes' | 'memoryBytes'>> {
  const container = rawContainer(engine, id)
  const [{ ExecIDs }, { Processes }, { memory_stats }] = await Promise.all([
    container.inspect(),
    container.top(),
    container.stats({ stream: false, 'one-shot': true }),
  ])
  const { usage = 0, stats = {} } = memory_stats
  // Version 1 of cgroups counts the files of descendants apart.
  const droppable = stats['total_inactive_file'] ?? stats['inactive_file'] ?? 0
  return { execs: ExecIDs?.length ?? 0, processes: Processes?.length ?? 0, memoryBytes: usage - droppable }
}

function isOurs(labels: Readonly<Record<string, string>>): boolean {
  return ownerOf(labels[OWNER_LABEL] ?? '')?.pid === process.pid
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
