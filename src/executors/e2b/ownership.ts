import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { isOwnerDead, ownedName, ownerOf } from '../../engine/index.ts'
import { randomName } from '../../workspace/index.ts'
import type { E2BConnection, E2BSandboxClass, FoundSandbox } from './client.ts'

/** Whose a sandbox is: a process, by number, start time and namespace. */
const OWNER = 'polyrun.owner'
/** The boot of the machine on which that process runs; process numbers mean nothing beyond it. */
const BOOT = 'polyrun.boot'

/** Metadata of one sandbox that this process makes. */
export function ownerMetadata(): Record<string, string> {
  return { [OWNER]: ownedName(randomName(4)), [BOOT]: bootId() }
}

/** Ends the sandboxes of this machine whose owner is known to be dead. @throws what the package throws */
export async function sweep(sandboxes: E2BSandboxClass, connection: E2BConnection): Promise<void> {
  await killThose(sandboxes, connection, { [BOOT]: bootId() }, (metadata) => {
    const owner = ownerOf(metadata[OWNER] ?? '')
    return owner !== undefined && isOwnerDead(owner)
  })
}

/** Ends a sandbox of which only the metadata is known: its creation failed on the way back. */
export async function killUnanswered(
  sandboxes: E2BSandboxClass,
  connection: E2BConnection,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  await killThose(sandboxes, connection, { [OWNER]: metadata[OWNER] ?? '' }, () => true)
}

/** How many sandboxes processes of this machine have. @throws what the package throws */
export async function countOwn(sandboxes: E2BSandboxClass, connection: E2BConnection): Promise<number> {
  return (await find(sandboxes, connection, { [BOOT]: bootId() })).length
}

async function killThose(
  sandboxes: E2BSandboxClass,
  connection: E2BConnection,
  metadata: Record<string, string>,
  isWanted: (metadata: Readonly<Record<string, string>>) => boolean,
): Promise<void> {
  const found = await find(sandboxes, connection, metadata)
  await Promise.all(found.filter((each) => isWanted(each.metadata)).map(({ sandboxId }) => sandboxes.kill(sandboxId, connection)))
}

async function find(sandboxes: E2BSandboxClass, connection: E2BConnection, metadata: Record<string, string>): Promise<FoundSandbox[]> {
  const found: FoundSandbox[] = []
  const pages = sandboxes.list({ ...connection, query: { metadata } })
  while (pages.hasNext) found.push(...(await pages.nextItems()))
  // What answers may know no filter.
  return found.filter((each) => Object.entries(metadata).every(([name, value]) => each.metadata[name] === value))
}

/** What names one boot of one machine; a container on the same kernel has the same, and another process namespace. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return hostname()
  }
}
