import type { Capability } from '../../core/index.ts'
import type { E2BSettings } from './settings.ts'

/** What a sandbox can do. */
export function capabilitiesOf({ allowInternetAccess }: Pick<E2BSettings, 'allowInternetAccess'>): ReadonlySet<Capability> {
  return new Set<Capability>(['stdin', 'open-files-limit', ...(allowInternetAccess ? [] : (['network-isolation'] as const))])
}

const MISSING: Readonly<Partial<Record<Capability, string>>> = {
  'network-isolation': 'set allowInternetAccess: false',
  'file-isolation': 'a sandbox is a machine of its own, and programs may write all over it',
}

/** Why a sandbox cannot do something. */
export function explainMissing(capability: Capability): string {
  return (
    MISSING[capability] ??
    'memory, processors and disk belong to the template; build one with what you need and name it with the option template'
  )
}
