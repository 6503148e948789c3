import type { DockerClient } from './client.ts'
import { engineError } from './engine-errors.ts'

/** What an engine tells of itself. What one does not tell is absent. */
export interface EngineFacts {
  /** `'Docker'` or `'Podman'`. */
  readonly product: string
  readonly version: string
  /** The version of the interface that it speaks. */
  readonly apiVersion: string
  /** The version of runc, where containers are started by it. */
  readonly runc?: string
  /** The names of the runtimes that `runtime` may be; of Podman those that its configuration has, installed or not. */
  readonly runtimes: readonly string[]
  /** The one that is taken when none is named, or `''`. */
  readonly defaultRuntime: string
  /** 1 or 2. An engine that does not tell knows the first one only. */
  readonly cgroupVersion: string
  /** Whether the engine itself has no rights of root. */
  readonly rootless: boolean
  /** Whether root in a container is somebody else outside. */
  readonly mapsUsers: boolean
  /** Whether it can hold a limit, by what `GET /info` calls it. */
  readonly limits: Readonly<Record<EngineLimit, boolean>>
}

const LIMITS = ['MemoryLimit', 'SwapLimit', 'CpuCfsQuota', 'PidsLimit'] as const
/** A limit of which an engine tells whether it can be held. */
export type EngineLimit = (typeof LIMITS)[number]

/** Asks an engine what it is. @throws see `engineError` */
export async function readEngineFacts(client: DockerClient): Promise<EngineFacts> {
  try {
    const [version, answer] = await Promise.all([client.version(), client.info()])
    const info = readRecord(answer)
    const parts = (version.Components ?? []).map(({ Name, Version }) => ({ name: Name, version: Version }))
    const options = readTexts(info['SecurityOptions'])
    const rootless = info['Rootless'] === true || options.some((option) => option.startsWith('name=rootless'))
    const runc = runcVersion(parts)
    return {
      product: parts.some(({ name }) => name.startsWith('Podman')) ? 'Podman' : 'Docker',
      version: version.Version,
      apiVersion: version.ApiVersion,
      runtimes: Object.keys(readRecord(info['Runtimes'])).toSorted(),
      cgroupVersion: textOr('1', info['CgroupVersion']),
      rootless,
      mapsUsers: rootless || options.some((option) => option.startsWith('name=userns')),
      limits: Object.fromEntries(LIMITS.map((name) => [name, info[name] === true])) as Record<EngineLimit, boolean>,
      ...(runc !== undefined && { runc }),
      defaultRuntime: textOr('', info['DefaultRuntime']),
    }
  } catch (cause) {
    throw engineError(cause, 'asking the engine what it is')
  }
}

/** Docker has a row `runc`; Podman one `OCI Runtime (runc)`, with a text of several lines. */
function runcVersion(parts: readonly { readonly name: string; readonly version: string }[]): string | undefined {
  const row = parts.find(({ name }) => /\brunc\b/.test(name))
  return /\d+\.\d+\S*/.exec(row?.version ?? '')?.[0]
}

function textOr(otherwise: string, value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : otherwise
}

function readRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}

function readTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}
