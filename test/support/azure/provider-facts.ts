import type { Answer } from './answers.ts'
import { ROUTES } from './routes.ts'

/** How much of a quota is used. */
export interface Usage {
  readonly groups: number
  readonly cores: number
}

/** What a region still has for the subscription. */
export function usageAnswer(used: Usage, limit: Usage): Answer {
  const row = (value: string, localizedValue: string, currentValue: number, most: number): object => {
    return { unit: 'Count', currentValue, limit: most, name: { value, localizedValue } }
  }
  const value = [
    row('ContainerGroups', 'Container Groups', used.groups, limit.groups),
    row('StandardCores', 'Standard Cores', used.cores, limit.cores),
  ]
  return { status: 200, body: { value } }
}

/** What a group in a region may be made of. */
export function capabilitiesAnswer(location: string): Answer {
  const what = { resourceType: 'containerGroups', osType: 'Linux', location, ipAddressType: 'Public', gpu: 'None' }
  return { status: 200, body: { value: [{ ...what, capabilities: { maxMemoryInGB: 240, maxCpu: 31, maxGpuCount: 0 } }] } }
}

/** The images that the hosts of a region have already. */
export function cachedImagesAnswer(images: readonly string[]): Answer {
  return { status: 200, body: { value: images.map((image) => ({ osType: 'Linux', image })) } }
}

/** The rights that the provider knows. */
export function operationsAnswer(): Answer {
  const rights = [...new Set(Object.values(ROUTES).map(({ right }) => right))]
  const display = { provider: 'Microsoft Container Instance', resource: 'Container Groups' }
  const value = rights.map((right) => {
    const name = `Microsoft.ContainerInstance/${right}`
    return { name, display: { ...display, operation: right, description: right }, origin: 'User' }
  })
  return { status: 200, body: { value } }
}
