import type { DockerClient } from './client.ts'
import { containerConfig } from './container-config.ts'
import { LivingContainer } from './container.ts'
import { isMissingExecutable } from './engine-errors.ts'
import { ownerLabels } from './ownership.ts'
import { readSettings } from './settings.ts'
import { startShellless } from './shellless/start-shellless.ts'
import { SEALED_SHELL } from './supervisor/holder-script.ts'
import { startSupervisors } from './supervisor/start-supervisors.ts'

/**
 * What starts the programs in a container of an image: prepared shells that programs cannot read; such that they could read,
 * and disturb, which is noticed, and might speak in the name of; or, for want of a shell, the engine.
 */
export type ProgramStart = 'sealed shell' | 'plain shell' | 'exec'

/**
 * Tries what starts programs in a container of an image, which must be there.
 *
 * @throws see `engineError`, `BACKEND_REJECTED` when no program could be run
 */
export async function tryStart(client: DockerClient, image: string, signal: AbortSignal): Promise<ProgramStart> {
  const settings = readSettings({ image, pull: 'never', limits: { memory: '64m', pids: 16, disk: '1m' } })
  const plan = { settings, image, name: undefined, labels: ownerLabels(), sharesWith: undefined, workVolume: undefined }
  try {
    const living = await LivingContainer.start(client, containerConfig(plan), signal)
    try {
      if (!living.sealed) return 'plain shell'
      const { user, workDir } = settings
      const started = await startSupervisors(living, { shell: SEALED_SHELL, user, group: '', workDir, most: '', holders: living.holders })
      return started ? 'sealed shell' : 'plain shell'
    } finally {
      await living.remove()
    }
  } catch (error) {
    if (!isMissingExecutable(error)) throw error
    const { living } = await startShellless(client, plan, error, signal)
    await living.remove()
    return 'exec'
  }
}
