import type { ContainerConfig, HostConfig, MountConfig } from './client.ts'
import { isGvisor, processesOfUser } from './gvisor.ts'
import { WAITING_NODE } from './preload/waiting-node-script.ts'
import type { DockerSettings } from './settings.ts'
import type { Tools } from './shellless/interpreter.ts'
import { HOLDER, HOLDER_DIRECTORY, HOLDER_ID, IDLE_HOLDER } from './supervisor/holder-script.ts'

/** The user of the container's own process. Programs run as another one, who cannot end or read it. */
const HOLDER_USER = `${HOLDER_ID}:${HOLDER_ID}`
/** Processes of ours that live beside a program: init, holder and its relay, runner, killer, and a shell or a removal for a moment. */
const OWN_PROCESSES = 7
/** Modules that are imported ahead may start a thread for each processor. */
const PRELOADED_THREADS = 64
/** For the copy of a shell. */
const HOLDER_BYTES = 8 * 1024 ** 2
const PAGE_BYTES = 4096
const MOST_FILES = 262_144
/** Enough for every compiler, and less than any system refuses. */
const DEFAULT_OPEN_FILES = 4096
/** Of one user on the whole machine. */
const MOST_PROCESSES = 16_384

/** What one container of an executor is made with. */
export interface ContainerPlan {
  readonly settings: DockerSettings
  readonly image: string
  readonly name: string | undefined
  readonly labels: Readonly<Record<string, string>>
  /** A container whose working directory this one shares. */
  readonly sharesWith: string | undefined
  /** A volume for the working directory, where the engine cannot make an unnamed one in memory. */
  readonly workVolume: string | undefined
  /** What does a shell's work, in an image that has none. */
  readonly tools?: Tools | undefined
}

/** The body of the request that makes a container: hardened, unless the settings say otherwise by name. */
export function containerConfig(plan: ContainerPlan): ContainerConfig {
  const { settings, image, name, labels } = plan
  const lives = settings.reuseContainer
  const shell = ['/bin/sh', '-c', lives ? IDLE_HOLDER : HOLDER, 'polyrun']
  const how = lives ? String(Math.max(1, Math.round(settings.idleTimeoutMs / 1000))) : 'relay'
  return {
    ...(name !== undefined && { name }),
    ...(settings.platform !== undefined && { platform: settings.platform }),
    Image: image,
    User: HOLDER_USER,
    Entrypoint: plan.tools ? [...plan.tools, 'hold'] : shell,
    Cmd: plan.tools ? [] : [how, ...(settings.preload.javascript ? [WAITING_NODE] : [])],
    WorkingDir: settings.workDir,
    Env: ['HOME=/tmp', ...Object.entries(settings.environment).map(([key, value]) => `${key}=${value}`)],
    Labels: { ...settings.labels, ...labels },
    // The engine closes the input when the connection of whoever holds it breaks, in whatever way.
    OpenStdin: !lives,
    StdinOnce: !lives,
    AttachStdin: !lives,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: hostConfig(plan),
  }
}

function hostConfig({ settings, sharesWith, workVolume }: ContainerPlan): HostConfig {
  const { limits } = settings
  const preloaded = settings.preload.python.length > 0 ? PRELOADED_THREADS : 0
  return {
    Init: true,
    AutoRemove: settings.autoRemove,
    ReadonlyRootfs: settings.readOnly,
    Privileged: settings.privileged,
    CapDrop: ['ALL'],
    CapAdd: [...settings.capabilities],
    SecurityOpt: ['no-new-privileges', ...settings.securityOpt],
    NetworkMode: settings.network,
    PidMode: '',
    IpcMode: 'private',
    Dns: [...settings.dns],
    ExtraHosts: [...settings.extraHosts],
    Tmpfs: {
      '/tmp': `rw,exec,nosuid,nodev,size=${limits.disk},mode=1777`,
      // Podman would put a writable one there.
      ...(settings.readOnly && { '/var/tmp': 'ro,nosuid,nodev,noexec,size=4k' }),
      [HOLDER_DIRECTORY]: `rw,exec,nosuid,nodev,size=${HOLDER_BYTES},mode=1777`,
    },
    Mounts: [...settings.volumes.map(bindMount), ...(settings.workDirIsVolume || sharesWith ? [] : [workMount(settings, workVolume)])],
    VolumesFrom: sharesWith !== undefined && !settings.workDirIsVolume ? [sharesWith] : [],
    Memory: limits.memory,
    MemorySwap: limits.memorySwap ?? limits.memory,
    NanoCpus: limits.cpus === undefined ? 0 : Math.round(limits.cpus * 1e9),
    // gVisor's own threads would be counted, and it ends where it gets none.
    PidsLimit: isGvisor(settings.runtime) ? 0 : limits.pids + OWN_PROCESSES + preloaded,
    // Elsewhere the process limit is the cgroup's. Some engines would ask the system for more of this one than it gives.
    Ulimits: ulimits(limits.openFiles, isGvisor(settings.runtime) ? processesOfUser(limits, preloaded) : MOST_PROCESSES),
    LogConfig: { Type: 'none', Config: {} },
    ...(settings.runtime !== undefined && { Runtime: settings.runtime }),
    ...(settings.gpus !== undefined && { DeviceRequests: deviceRequests(settings.gpus) }),
  }
}

function bindMount({ source, target, writable }: DockerSettings['volumes'][number]): MountConfig {
  return { Type: 'bind', Source: source, Target: target, ReadOnly: !writable }
}

/** A working directory in memory, which several containers can share and which is gone with the last of them. */
export function workMount(settings: DockerSettings, name: string | undefined): MountConfig {
  return {
    Type: 'volume',
    Target: settings.workDir,
    Source: name ?? '',
    VolumeOptions: {
      NoCopy: true,
      Labels: {},
      DriverConfig: name === undefined ? { Name: 'local', Options: workVolumeOptions(settings) } : { Name: '', Options: {} },
    },
  }
}

/**
 * Options of the `local` volume driver: a file system in memory that belongs to the programs' user. Podman reads `size` as
 * a quota of the disk; a number of blocks says the same to the kernel.
 */
export function workVolumeOptions({ limits, user }: DockerSettings, unit: 'bytes' | 'blocks' = 'bytes'): Record<string, string> {
  const size = unit === 'bytes' ? `size=${limits.disk}` : `nr_blocks=${Math.ceil(limits.disk / PAGE_BYTES)}`
  const [uid, gid] = user.split(':')
  // Where the engine maps users, the owner is not who programs think they are; the mode lets them in all the same.
  return { type: 'tmpfs', device: 'tmpfs', o: `${size},nr_inodes=${MOST_FILES},uid=${uid},gid=${gid},mode=0777,nosuid,nodev` }
}

function ulimits(openFiles = DEFAULT_OPEN_FILES, processes: number): HostConfig['Ulimits'] {
  return [
    { Name: 'core', Soft: 0, Hard: 0 },
    { Name: 'nofile', Soft: openFiles, Hard: openFiles },
    { Name: 'nproc', Soft: processes, Hard: processes },
  ]
}

function deviceRequests(gpus: NonNullable<DockerSettings['gpus']>): NonNullable<HostConfig['DeviceRequests']> {
  const ids = typeof gpus === 'object' ? [...gpus] : []
  const count = gpus === 'all' ? -1 : typeof gpus === 'number' ? gpus : 0
  return [{ Driver: '', Count: count, DeviceIDs: ids, Capabilities: [['gpu']], Options: {} }]
}
