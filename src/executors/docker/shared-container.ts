import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { CodeExecutorError } from '../../core/index.ts'
import type { ContainerConfig, ContainerFacts, DockerClient } from './client.ts'
import { LivingContainer } from './container.ts'
import { engineError, httpStatusOf, isGone } from './engine-errors.ts'
import { OWNER_LABEL } from './ownership.ts'

/** What a container that stays was made with; one with other options is another container. */
const REUSE_LABEL = 'polyrun.reusable'
/** What a container is while somebody else starts it, or while it goes. */
const IN_BETWEEN: readonly string[] = ['created', 'exited', 'removing', 'dead']
/** How long it may be so, and how often it is looked at. */
const PATIENCE_MS = 5_000
const INTERVAL_MS = 25

/**
 * Joins the container of that name, or makes it. It belongs to nobody and is removed when it was idle, so it has no owner.
 *
 * @throws `BACKEND_REJECTED` when a container of that name is none of ours, was made with other options or does not run
 */
export async function joinOrStart(client: DockerClient, config: ContainerConfig, signal: AbortSignal): Promise<LivingContainer> {
  const { [OWNER_LABEL]: _, ...labels } = config.Labels
  const wanted = fingerprint({ ...config, Labels: {} })
  const shared = { ...config, Labels: { ...labels, [REUSE_LABEL]: wanted } }
  const name = config.name ?? ''
  for (const patience = Date.now() + PATIENCE_MS; ;) {
    signal.throwIfAborted()
    const facts = await find(client, name)
    if (facts && IN_BETWEEN.includes(facts.State.Status) && Date.now() < patience) {
      await delay(INTERVAL_MS)
      continue
    }
    if (facts) {
      assertFits(facts, name, wanted)
      return LivingContainer.join(client, client.getContainer(facts.Id))
    }
    try {
      return await LivingContainer.start(client, shared, signal)
    } catch (error) {
      // Somebody else was faster.
      if (!(error instanceof CodeExecutorError) || httpStatusOf(error.cause) !== 409) throw error
    }
  }
}

async function find(client: DockerClient, name: string): Promise<ContainerFacts | undefined> {
  try {
    return await client.getContainer(name).inspect()
  } catch (cause) {
    if (isGone(cause)) return undefined
    throw engineError(cause, 'looking for a container')
  }
}

function assertFits({ State, Config }: ContainerFacts, name: string, wanted: string): void {
  const made = Config.Labels?.[REUSE_LABEL]
  const reason =
    made === undefined
      ? `a container ${name} is there that is not meant to be shared`
      : made !== wanted
        ? `the container ${name} was made with other options`
        : !State.Running || State.Paused
          ? `the container ${name} is ${State.Status}`
          : undefined
  if (reason === undefined) return
  throw new CodeExecutorError(
    'BACKEND_REJECTED',
    `The docker executor cannot join: ${reason}. Choose another containerName, or remove it.`,
    {
      executor: 'docker',
      reason,
    },
  )
}

function fingerprint(config: ContainerConfig): string {
  return createHash('sha256').update(JSON.stringify(config)).digest('hex').slice(0, 32)
}
