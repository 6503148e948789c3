import { CodeExecutorError } from '../../../core/index.ts'
import type { DockerClient } from '../client.ts'
import { containerConfig, type ContainerPlan } from '../container-config.ts'
import { LivingContainer } from '../container.ts'
import { isMissingExecutable } from '../engine-errors.ts'
import { CANDIDATES, CANDIDATE_NAMES, type Tools } from './interpreter.ts'

/**
 * Starts a container of an image that has no `/bin/sh`, with the first interpreter that it has.
 *
 * @throws `BACKEND_REJECTED` when it has none, or the container is to be shared; else as `LivingContainer.start`
 */
export async function startShellless(
  client: DockerClient,
  plan: ContainerPlan,
  cause: unknown,
  signal: AbortSignal,
): Promise<{ readonly living: LivingContainer; readonly tools: Tools }> {
  if (plan.settings.reuseContainer) throw refused('reuseContainer needs an image with /bin/sh', cause)
  for (const tools of CANDIDATES) {
    try {
      return { living: await LivingContainer.start(client, containerConfig({ ...plan, tools }), signal), tools }
    } catch (error) {
      if (!isMissingExecutable(error)) throw error
    }
  }
  throw refused(`the image has neither /bin/sh nor an interpreter that could do its work (${CANDIDATE_NAMES})`, cause)
}

function refused(reason: string, cause: unknown): CodeExecutorError<'BACKEND_REJECTED'> {
  const message = `No program can be run in the container: ${reason}. Take an image that has one.`
  return new CodeExecutorError('BACKEND_REJECTED', message, { executor: 'docker', reason }, { cause })
}
