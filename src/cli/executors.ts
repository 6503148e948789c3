import type { Capability, CodeExecutor, ResourceLimits } from '../core/index.ts'
import type { LanguageStatus } from '../engine/index.ts'
import { invalid } from './errors.ts'

/** What the flags ask of an executor. Those in {@link PLACE_FLAGS} only some have. */
export interface ExecutorSettings {
  readonly workDir?: string
  readonly timeoutMs?: number
  readonly limits?: ResourceLimits
  readonly isolation?: IsolationName
  readonly network?: string
  readonly image?: string
  readonly pull?: PullName
  readonly runtime?: string
  readonly user?: string
  readonly volume?: readonly Volume[]
  readonly server?: string
  readonly kernel?: string
  readonly location?: string
}

/** Flags about the place where a program runs: each executor has some of them. */
export const PLACE_FLAGS = [
  'isolation',
  'network',
  'image',
  'pull',
  'runtime',
  'user',
  'volume',
  'server',
  'kernel',
  'location',
] as const satisfies readonly (keyof ExecutorSettings)[]
/** One of {@link PLACE_FLAGS}. */
export type PlaceFlag = (typeof PLACE_FLAGS)[number]
/** The flags of {@link PLACE_FLAGS} that a command line has. */
export type PlaceSettings = Pick<ExecutorSettings, PlaceFlag>

/** Values of `--isolation`. */
export const ISOLATION_NAMES = ['none', 'bubblewrap', 'auto'] as const
/** One of {@link ISOLATION_NAMES}. */
export type IsolationName = (typeof ISOLATION_NAMES)[number]

/** Values of `--pull`. */
export const PULL_NAMES = ['missing', 'always', 'never'] as const
/** One of {@link PULL_NAMES}. */
export type PullName = (typeof PULL_NAMES)[number]

/** What `--volume` asks for: a directory of the machine where the containers run, and where programs see it. */
export interface Volume {
  readonly source: string
  readonly target: string
  readonly mode: 'ro' | 'rw'
}

/** Something that takes a while before a program runs. */
export interface Wait {
  /** What is done, the same text for as long as it is the same thing. */
  readonly task: string
  /** How far it is. */
  readonly state: string
}

/** Who hears of what comes before a program runs. */
export interface Listener {
  /** Takes what the user should know. */
  readonly warn: (message: string) => void
  /** Takes what takes so long. */
  readonly wait: (wait: Wait) => void
}

/** An executor that can also say which languages it has. */
export type InspectableExecutor = CodeExecutor & { inspectLanguages(): Promise<readonly LanguageStatus[]> }

/** What `doctor` says about an executor: that it works and how well, or why it does not. */
export type ExecutorReport =
  | { readonly status: 'available'; readonly facts: readonly Fact[]; readonly holds: readonly HoldReport[] }
  | { readonly status: 'unavailable'; readonly reason: string }

/** Something worth knowing about an executor on this machine. */
export interface Fact {
  readonly name: string
  readonly value: string
  /** Why it is so, or what would change it. */
  readonly because?: string
  /** Whether the user should change it. @defaultValue false */
  readonly isWarning?: boolean
}

/** How strongly a limit is held, and through what. */
export interface HoldReport {
  readonly capability: Capability
  readonly strength: 'kernel' | 'best effort' | 'not here'
  readonly through: string
}

/** What the command line needs to know of one executor; the only place where it is more than a `CodeExecutor`. */
export interface ExecutorAdapter {
  /** Makes one. @throws `INVALID_ARGUMENT`, `CAPABILITY_UNSUPPORTED` */
  create(settings: ExecutorSettings, listener: Listener): InspectableExecutor
  /** Tries it on this machine. */
  examine(options?: { readonly image?: string | undefined }): Promise<ExecutorReport>
}

interface ExecutorRow {
  readonly summary: string
  /** The flags about the place that it has. */
  readonly flags: readonly PlaceFlag[]
  /** Why one of the others makes no sense here, as the end of a sentence. */
  readonly because?: Readonly<Partial<Record<PlaceFlag, string>>>
  /** Whether programs can run where their files are; otherwise copies of them do. */
  readonly runsInPlace: boolean
  readonly load: () => Promise<{ readonly adapter: ExecutorAdapter }>
}

/** Every executor that `--executor` can name. To add one: a row here, and a file like the one it loads. */
export const EXECUTORS: Readonly<Record<string, ExecutorRow>> = {
  local: {
    summary: 'runs programs on this machine',
    flags: ['isolation', 'network'],
    runsInPlace: true,
    load: () => import('./executors/local.ts'),
  },
  docker: {
    summary: 'runs programs in containers of Docker or Podman',
    flags: ['network', 'image', 'pull', 'runtime', 'user', 'volume'],
    because: { isolation: 'a container is kept apart from this machine in any case' },
    runsInPlace: false,
    load: () => import('./executors/docker.ts'),
  },
  'docker-jupyter': {
    summary: 'runs programs in the kernels of a Jupyter server in a container',
    flags: ['network', 'image', 'pull', 'runtime', 'user', 'volume', 'kernel'],
    because: { isolation: 'a container is kept apart from this machine in any case' },
    runsInPlace: false,
    load: () => import('./executors/docker-jupyter.ts'),
  },
  jupyter: {
    summary: 'runs programs in the kernels of a Jupyter server',
    flags: ['server', 'kernel'],
    because: { isolation: 'a kernel of this machine has your rights, and one of a server those of the server' },
    runsInPlace: false,
    load: () => import('./executors/jupyter.ts'),
  },
  'azure-container': {
    summary: 'runs programs in Azure Container Instances',
    flags: ['image', 'location'],
    because: {
      isolation: 'each run has a container group of its own in any case',
      network: 'a group always reaches the internet, unless it is in a virtual network (option subnetIds)',
    },
    runsInPlace: false,
    load: () => import('./executors/azure-container.ts'),
  },
  e2b: {
    summary: 'runs programs in a sandbox of E2B (E2B_API_KEY); --image names the template',
    flags: ['image', 'network'],
    because: { isolation: 'a sandbox is a machine of its own in any case' },
    runsInPlace: false,
    load: () => import('./executors/e2b.ts'),
  },
}

/** The executor taken when none is named. */
export const DEFAULT_EXECUTOR = 'local'

/** @throws `INVALID_ARGUMENT` for a name that no row has */
export async function loadExecutor(name: string): Promise<ExecutorAdapter> {
  return (await rowOf(name).load()).adapter
}

/** Whether an executor runs programs where their files are. @throws `INVALID_ARGUMENT` */
export function runsInPlace(name: string): boolean {
  return rowOf(name).runsInPlace
}

/** The flags about the place out of all flags. @throws `INVALID_ARGUMENT` for one that this executor does not have */
export function placeSettings(name: string, given: PlaceSettings): PlaceSettings {
  const { flags, because = {} } = rowOf(name)
  const asked = PLACE_FLAGS.filter((flag) => given[flag] !== undefined)
  const [foreign] = asked.filter((flag) => !flags.includes(flag))
  if (foreign === undefined) return Object.fromEntries(asked.map((flag) => [flag, given[flag]]))
  const others = Object.keys(EXECUTORS).filter((other) => EXECUTORS[other]?.flags.includes(foreign))
  const reason = because[foreign] === undefined ? '' : `: ${because[foreign]}`
  const message = `--${foreign} is not for the ${name} executor${reason}. Leave it out, or take --executor ${others.join(' or ')}.`
  throw invalid(`--${foreign}`, given[foreign], message)
}

function rowOf(name: string): ExecutorRow {
  const row = Object.hasOwn(EXECUTORS, name) ? EXECUTORS[name] : undefined
  if (row !== undefined) return row
  throw invalid('--executor', name, `There is no executor ${name}. Known: ${Object.keys(EXECUTORS).join(', ')}.`)
}
