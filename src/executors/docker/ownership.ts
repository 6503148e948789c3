import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { isOwnerDead, ownedName, ownerOf } from '../../engine/index.ts'
import { randomName } from '../../workspace/index.ts'
import type { DockerClient } from './client.ts'
import { isGoneOrGoing, isInUse } from './engine-errors.ts'

/** Whose a container or a volume is: a process, by number, start time and namespace. */
export const OWNER_LABEL = 'polyrun.owner'
/** The boot of the machine on which that process runs; process numbers mean nothing beyond it. */
const BOOT_LABEL = 'polyrun.boot'

/** Labels of what this process makes on an engine. */
export function ownerLabels(): Record<string, string> {
  return { [OWNER_LABEL]: ownedName(randomName(4)), [BOOT_LABEL]: bootId() }
}

/** Removes containers and volumes whose owner is known to be dead: what a crash of an engine or of a machine left. */
export async function sweep(client: DockerClient): Promise<void> {
  const filters = { label: [OWNER_LABEL, `${BOOT_LABEL}=${bootId()}`] }
  const containers = await client.listContainers({ all: true, filters })
  await Promise.all(
    containers
      .filter(({ Labels }) => isAbandoned(Labels))
      .map(({ Id }) => removed(client.getContainer(Id).remove({ force: true, v: true }))),
  )
  const { Volumes } = await client.listVolumes({ filters })
  await Promise.all(
    (Volumes ?? [])
      .filter(({ Labels }) => isAbandoned(Labels ?? {}))
      .map(({ Name }) => removed(client.getVolume(Name).remove({ force: true })).catch(ignoreInUse)),
  )
}

/** Waits for a removal; that it is gone, or being removed by somebody else, is as good. */
export async function removed(removal: Promise<unknown>): Promise<void> {
  try {
    await removal
  } catch (error) {
    if (!isGoneOrGoing(error)) throw error
  }
}

/** The container that has it is going, and the next sweep finds the volume. */
function ignoreInUse(error: unknown): void {
  if (!isInUse(error)) throw error
}

function isAbandoned(labels: Readonly<Record<string, string>>): boolean {
  const owner = ownerOf(labels[OWNER_LABEL] ?? '')
  return owner !== undefined && isOwnerDead(owner)
}

/** What names one boot of one machine; a container on the same kernel has the same, and another process namespace. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return hostname()
  }
}
