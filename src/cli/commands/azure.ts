import { sweepContainerGroups, type SweptGroup } from '../../executors/azure-container/index.ts'
import { azureFromEnvironment } from '../executors/azure-container.ts'
import { paint, type CliIo } from '../io.ts'
import { alignColumns } from '../text-table.ts'

/** The flags of `polyrun azure sweep`. */
export interface AzureSweepFlags {
  readonly dryRun?: boolean
  readonly json?: boolean
}

const OUTCOMES = { kept: 'dim', expired: 'yellow', deleted: 'green', failed: 'red' } as const satisfies Record<
  SweptGroup['outcome'],
  string
>

/** Deletes the container groups whose time is over, or shows them. Fails when one could not be deleted. */
export async function sweepAzure({ dryRun = false, json }: AzureSweepFlags, io: CliIo): Promise<number> {
  const groups = await sweepContainerGroups({ dryRun, signal: io.signal, ...azureFromEnvironment(io.env as NodeJS.ProcessEnv) })
  if (json === true) io.stdout.write(`${JSON.stringify(groups, null, 2)}\n`)
  else if (groups.length === 0) io.stdout.write('no container groups of polyrun are there\n')
  else io.stdout.write(alignColumns(groups.map((group) => asCells(group, io))))
  return groups.some(({ outcome }) => outcome === 'failed') ? 1 : 0
}

function asCells({ name, location, expiresAt, outcome }: SweptGroup, { stdout }: CliIo): readonly string[] {
  return [paint(stdout, 'bold', name), location, `until ${expiresAt.toISOString()}`, paint(stdout, OUTCOMES[outcome], outcome)]
}
