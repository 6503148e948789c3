import { setTimeout as delay } from 'node:timers/promises'
import type { ContainerFacts, DockerClient, DockerContainer } from './client.ts'
import { isGvisor } from './gvisor.ts'
import { inTime } from './in-time.ts'

/** How a container ended. */
export interface ContainerEnd {
  readonly outOfMemory: boolean
  /** -1 where the engine had forgotten the container before it could be asked. */
  readonly exitCode: number
}

/** How long the engine may take to notice that a container ended, and to tell of its events. */
const PATIENCE_MS = 2_000
const INTERVAL_MS = 20
/** How much the clock of the engine may be ahead of ours, and the event behind the end: as long it is listened to. */
const CLOCKS_MS = 1_000
/** Of a container that SIGKILL ended. */
const KILLED = 137

/**
 * What the engine says of a container whose channel is closed. It removes such a container by itself; then its events still
 * tell of memory. Of them the last so many milliseconds before the end count: what an earlier program met is no evidence for a
 * later one. Never fails: what is not known is not evidence.
 */
export async function endOf(
  client: DockerClient,
  container: DockerContainer,
  runtime: string | undefined,
  lastMs: number,
): Promise<ContainerEnd> {
  const facts = await untilEnded(container)
  // The engine's own mark has no time.
  const isMarked = lastMs === Infinity && facts?.State.OOMKilled === true
  const outOfMemory = isMarked || tellsOfMemory(await eventsOf(client, container, lastMs), runtime)
  return { outOfMemory, exitCode: facts?.State.ExitCode ?? -1 }
}

/** Waits until the engine has seen the end of a container. Resolves to what it says of it, or to nothing when it forgot it, or is slow. */
export async function untilEnded(container: DockerContainer): Promise<ContainerFacts | undefined> {
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await delay(INTERVAL_MS)) {
    const looking = container.inspect().catch(() => undefined)
    const facts = await inTime(looking, PATIENCE_MS)
    if (facts?.State.Running !== true) return facts
  }
  return undefined
}

/** One event of a container, as far as it is read. */
interface ContainerEvent {
  readonly Action?: string
  readonly timeNano?: number
  readonly Actor?: { readonly Attributes?: { readonly exitCode?: string } }
}

/**
 * Whether events tell of the memory limit. The engine was seen to miss the kernel's word when all of gVisor's processes end at
 * once. Programs inside cannot kill gVisor, so when it was killed and nobody had asked the engine to, the kernel did.
 */
function tellsOfMemory(events: readonly ContainerEvent[], runtime: string | undefined): boolean {
  if (has(events, 'oom')) return true
  const wasKilled = events.some(({ Action, Actor }) => Action === 'die' && Actor?.Attributes?.exitCode === String(KILLED))
  return isGvisor(runtime) && wasKilled && !has(events, 'kill')
}

function has(events: readonly ContainerEvent[], action: string): boolean {
  return events.some(({ Action }) => Action === action)
}

/** Those that came so many milliseconds before the last one, by the engine's clock, or less. */
function lastOf(events: readonly ContainerEvent[], lastMs: number): readonly ContainerEvent[] {
  const end = Math.max(...events.map(({ timeNano = 0 }) => timeNano))
  return events.filter(({ timeNano = 0 }) => timeNano >= end - lastMs * 1e6)
}

/** The last events of a container; engines keep some for a while. */
async function eventsOf(client: DockerClient, { id }: DockerContainer, lastMs: number): Promise<readonly ContainerEvent[]> {
  const until = (Date.now() + CLOCKS_MS) / 1000
  const asking = client.getEvents({ since: 1, until, filters: { container: [id], event: ['oom', 'kill', 'die'] } })
  const stream = await inTime(
    asking.catch(() => undefined),
    PATIENCE_MS,
  )
  if (stream === undefined) return []
  const over = Promise.withResolvers<void>()
  let said = ''
  stream.on('data', (chunk: Uint8Array) => {
    said += Buffer.from(chunk).toString('utf8')
    const events = readEvents(said)
    // Before its end is among them it is not known which are the last.
    if (has(events, 'die') && has(lastOf(events, lastMs), 'oom')) over.resolve()
  })
  for (const end of ['end', 'close', 'error']) stream.on(end, () => over.resolve())
  await inTime(over.promise, PATIENCE_MS)
  if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy()
  return lastOf(readEvents(said), lastMs)
}

function readEvents(text: string): readonly ContainerEvent[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as ContainerEvent]
    } catch {
      return [] // the last line may be half there
    }
  })
}
