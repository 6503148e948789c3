import type { ContainerConfig } from '../docker/client.ts'
import { containerConfig } from '../docker/container-config.ts'
import type { DockerSettings } from '../docker/settings.ts'
import { SERVER_PORT, type Listening } from './server-arguments.ts'

/** Processes and threads of the server, and of kernels before they run any code: each has some twelve. */
const OWN_TASKS = 96
const MOST_FILES = 262_144

/** Where a published port may be: on this address of the engine's machine, in this range. */
export interface PublishedPort {
  readonly address: string
  /** The first and the last one. */
  readonly range: readonly [number, number]
}

/** A container for a server: what the docker executor would make for programs, with a working directory of its own. */
export function serverContainer(
  settings: DockerSettings,
  image: string,
  labels: Readonly<Record<string, string>>,
  port: PublishedPort | undefined,
): ContainerConfig {
  const base = containerConfig({ settings, image, name: settings.containerName, labels, sharesWith: undefined, workVolume: undefined })
  const { HostConfig } = base
  const [uid, gid] = settings.user.split(':')
  const work = `rw,exec,nosuid,nodev,size=${settings.limits.disk},nr_inodes=${MOST_FILES},uid=${uid},gid=${gid},mode=0777`
  return {
    ...base,
    Cmd: [], // without a relay, which would be for a killer
    ...(port && { ExposedPorts: { [`${SERVER_PORT}/tcp`]: {} } }),
    HostConfig: {
      ...HostConfig,
      // Nobody shares the working directory, so that it need not be a volume.
      Mounts: HostConfig.Mounts.filter(({ Type }) => Type === 'bind'),
      Tmpfs: { ...HostConfig.Tmpfs, ...(!settings.workDirIsVolume && { [settings.workDir]: work }) },
      PidsLimit: HostConfig.PidsLimit + OWN_TASKS,
      ...(port && { PortBindings: { [`${SERVER_PORT}/tcp`]: [{ HostIp: port.address, HostPort: port.range.join('-') }] } }),
    },
  }
}

/** How a server of these settings is reached. */
export function listeningOf(port: PublishedPort | undefined): Listening {
  return { kind: port === undefined ? 'socket' : 'port' }
}
