import { Refusal } from './answers.ts'
import type { ContainerBody, GroupBody } from './wire.ts'

const WORDS = {
  osType: ['Linux', 'Windows'],
  restartPolicy: ['Always', 'OnFailure', 'Never'],
  sku: ['NotSpecified', 'Standard', 'Dedicated', 'Confidential'],
  priority: ['Regular', 'Spot'],
} as const

const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
const VOLUME = /^(?!.*--)[a-z0-9]([a-z0-9-]{3,61})[a-z0-9]$/
const VARIABLE = /^[A-Za-z0-9_]{1,63}$/
const FILE = /^[-._a-zA-Z0-9]{1,253}$/
const MOST = { containers: 60, volumes: 20, cpu: 31, memoryInGB: 240 } as const

/**
 * What the service refuses although Microsoft's description of it allows it: unknown words, names out of the rules, sums over a
 * group's limits. @throws its refusal
 */
export function checkGroup(name: string, { properties }: GroupBody): void {
  const { containers = [], initContainers = [], volumes = [] } = properties
  for (const [key, words] of Object.entries(WORDS) as [keyof typeof WORDS, readonly string[]][]) {
    const value = properties[key]
    if (value !== undefined && !words.includes(value))
      refuse(`Invalid${capital(key)}`, `The ${key} '${value}' of container group '${name}' is invalid.`)
  }
  if (properties.osType === undefined) refuse('OsTypeNotSpecified', `The osType of container group '${name}' is not specified.`)
  if (containers.length === 0) refuse('MissingContainers', `The container group '${name}' has no container.`)
  if (containers.length + initContainers.length > MOST.containers) refuse('TooManyContainers', `More than ${MOST.containers} containers.`)
  if (volumes.length > MOST.volumes) refuse('TooManyVolumes', `More than ${MOST.volumes} volumes.`)
  const names = [name, ...containers.map((container) => container.name), ...initContainers.map((container) => container.name)]
  for (const one of names) if (!NAME.test(one)) refuse('InvalidContainerName', invalid('container name', one, NAME))
  for (const volume of volumes) {
    if (!VOLUME.test(volume.name)) refuse('InvalidVolumeName', invalid('volume name', volume.name, VOLUME))
    for (const [file, value] of Object.entries(volume.secret ?? {})) {
      if (!FILE.test(file) || file === '.' || file === '..') refuse('InvalidSecretKey', invalid('secret key', file, FILE))
      if (!isBase64(value))
        refuse('InvalidSecretValue', `The value of the secret '${file}' in volume '${volume.name}' is not valid base64.`)
    }
    if (volumes.filter((other) => other.name === volume.name).length > 1) refuse('DuplicateVolumeName', `Two volumes '${volume.name}'.`)
  }
  for (const { name: container, properties: own } of [...containers, ...initContainers]) {
    for (const variable of own.environmentVariables ?? [])
      if (!VARIABLE.test(variable.name)) refuse('InvalidEnvironmentVariable', invalid('environment variable', variable.name, VARIABLE))
    for (const mount of own.volumeMounts ?? []) {
      if (!volumes.some((volume) => volume.name === mount.name))
        refuse('VolumeMountNotFound', `The volume '${mount.name}' that container '${container}' mounts is not in the group.`)
      if (!mount.mountPath.startsWith('/') || mount.mountPath.includes(':'))
        refuse('InvalidVolumeMountPath', `The mount path '${mount.mountPath}' in container '${container}' is invalid.`)
    }
    if (own.securityContext?.privileged === true)
      refuse('PrivilegedContainerNotSupported', `Container '${container}' may not be privileged.`)
  }
  checkResources(name, containers)
}

function checkResources(name: string, containers: readonly ContainerBody[]): void {
  for (const what of ['cpu', 'memoryInGB'] as const) {
    const requested = containers.reduce((sum, { properties }) => sum + (properties.resources?.requests[what] ?? 0), 0)
    if (requested > MOST[what] || requested <= 0)
      refuse('InvalidResourceRequest', `The ${what} '${requested}' of container group '${name}' is out of range: at most ${MOST[what]}.`)
    for (const container of containers) {
      const limit = container.properties.resources?.limits?.[what]
      if (limit !== undefined && limit > requested) {
        const message = `The ${what} limit '${limit}' of container '${container.name}' is greater than the total request '${requested}' of the group.`
        refuse('ContainerLimitGreaterThanContainerGroupTotalRequest', message)
      }
    }
  }
}

function refuse(code: string, message: string): never {
  throw new Refusal(400, code, message, { 'x-ms-failure-cause': 'service' })
}

function invalid(what: string, value: string, rule: RegExp): string {
  return `The ${what} '${value}' is invalid. A valid one matches the regular expression '${rule.source}'.`
}

function isBase64(text: string): boolean {
  return Buffer.from(text, 'base64').toString('base64') === text
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
