import { CodeExecutorError } from '../../core/index.ts'
import { isShellName } from '../../engine/index.ts'

/** Variables that the runner keeps for itself. */
const OWN_VARIABLE = /^POLYRUN_/

/** @throws `INVALID_ARGUMENT` */
export function assertText(value: unknown, argument: string): string {
  if (typeof value === 'string' && value.trim() !== '' && !value.includes('\0')) return value
  throw invalid(argument, undefined, 'must be text that is not empty')
}

/** A subscription id. */
export function readSubscription(id: unknown): string {
  if (typeof id === 'string' && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return id
  throw invalid(
    'subscriptionId',
    id,
    'must be the id of a subscription; give it, or set AZURE_SUBSCRIPTION_ID (az account show --query id)',
  )
}

/** The name of a resource group. */
export function readGroupName(name: unknown): string {
  if (typeof name === 'string' && /^[-\w.()\p{L}\p{N}]{1,90}$/u.test(name) && !name.endsWith('.')) return name
  throw invalid('resourceGroup', name, 'must be the name of a resource group; give it, or set AZURE_RESOURCE_GROUP')
}

/** A region as Azure writes it: `West Europe` is `westeurope`. */
export function readRegion(region: unknown): string {
  const plain = typeof region === 'string' ? region.toLowerCase().replaceAll(' ', '') : ''
  if (/^[a-z][a-z0-9]{2,39}$/.test(plain)) return plain
  throw invalid('location', region, 'must be the name of a region, such as westeurope')
}

/** The whole id of a resource of a type. */
export function readResourceId(id: unknown, type: string, argument: string): string {
  const pattern = new RegExp(
    `^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/${type.replaceAll('.', '\\.')}/[^/]+(?:/subnets/[^/]+)?$`,
    'i',
  )
  if (typeof id === 'string' && pattern.test(id)) return id
  throw invalid(argument, id, `must be a whole resource id: /subscriptions/.../resourceGroups/.../providers/${type}/...`)
}

/** An absolute path of a container without colons. */
export function readPath(path: unknown, argument: string): string {
  if (typeof path === 'string' && /^\/[^:\0]+$/.test(path) && !path.split('/').includes('..')) return path
  throw invalid(argument, path, 'must be an absolute path without colons')
}

/** A number between two. */
export function readRange(value: number, least: number, most: number, argument: string): number {
  if (typeof value === 'number' && value >= least && value <= most) return value
  throw invalid(argument, value, `must be a number from ${least} to ${most}`)
}

/** An object of texts. */
export function readRecord(value: unknown, argument: string): Readonly<Record<string, string>> {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (isRecord && Object.values(value).every((each) => typeof each === 'string')) return value as Readonly<Record<string, string>>
  throw invalid(argument, value, 'must be an object of names and texts')
}

/** Variables that Azure can hold. */
export function readVariables(value: unknown, argument: string): Readonly<Record<string, string>> {
  const variables = readRecord(value, argument)
  for (const name of Object.keys(variables)) {
    if (!/^\w{1,63}$/.test(name) || !isShellName(name))
      throw invalid(
        argument,
        name,
        `has ${JSON.stringify(name)}, which is no name of a variable: letters, digits and _, 63 at most, no digit first`,
      )
    if (OWN_VARIABLE.test(name)) throw invalid(argument, name, `has ${name}; names with POLYRUN_ are the runner's`)
  }
  return variables
}

/** One of some texts. */
export function oneOf<T extends string>(value: T, allowed: readonly T[], argument: string): T {
  if (allowed.includes(value)) return value
  throw invalid(argument, value, `must be one of ${allowed.join(', ')}`)
}

/** The error for a value that makes no sense. */
export function invalid(argument: string, value: unknown, reason: string): CodeExecutorError<'INVALID_ARGUMENT'> {
  return new CodeExecutorError('INVALID_ARGUMENT', `${argument} ${reason}.`, { argument, value })
}
