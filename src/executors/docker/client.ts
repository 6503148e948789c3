import type { RegistryLogin } from './images/registry-login.ts'

/**
 * The members of a dockerode client that this executor uses. A client of dockerode 5 fits; so does anything else that
 * speaks the Docker Engine API through these (https://docs.docker.com/reference/api/engine/).
 */
export interface DockerClient {
  version(): Promise<EngineVersion>
  info(): Promise<unknown>
  createContainer(request: ContainerRequest): Promise<DockerContainer>
  getContainer(id: string): DockerContainer
  listContainers(options: { readonly all: boolean; readonly filters: { readonly label: string[] } }): Promise<ContainerSummary[]>
  createVolume(options: {
    Name: string
    Driver: string
    DriverOpts: Record<string, string>
    Labels: Record<string, string>
  }): Promise<unknown>
  getVolume(name: string): { remove(options?: { force?: boolean }): Promise<unknown> }
  listVolumes(options: { filters: { label: string[] } }): Promise<{ readonly Volumes: readonly VolumeSummary[] | null }>
  getEvents(options: { since: number; until: number; filters: { container: string[]; event: string[] } }): Promise<NodeJS.ReadableStream>
  getImage(name: string): { inspect(): Promise<ImageFacts> }
  listImages(options: { filters: { label: string[] } }): Promise<readonly ImageSummary[]>
  pull(image: string, options: { platform?: string; abortSignal?: AbortSignal; authconfig?: RegistryLogin }): Promise<NodeJS.ReadableStream>
  buildImage(context: NodeJS.ReadableStream, options: BuildOptions): Promise<NodeJS.ReadableStream>
}

/** What `GET /version` tells, as far as it is read. */
export interface EngineVersion {
  readonly Version: string
  readonly ApiVersion: string
  readonly Components?: readonly { readonly Name: string; readonly Version: string }[] | null | undefined
}

/** A container of the engine. */
export interface DockerContainer {
  readonly id: string
  attach(options: StreamOptions & { readonly stream: true; readonly stdout: true; readonly stderr: true }): Promise<NodeJS.ReadWriteStream>
  start(): Promise<unknown>
  exec(options: ExecConfig): Promise<DockerExec>
  inspect(): Promise<ContainerFacts>
  wait(options?: { condition?: 'not-running' | 'next-exit' | 'removed' }): Promise<{ readonly StatusCode: number }>
  kill(): Promise<unknown>
  remove(options?: { force?: boolean; v?: boolean }): Promise<unknown>
  putArchive(archive: NodeJS.ReadableStream | Buffer, options: { path: string }): Promise<unknown>
  getArchive(options: { path: string }): Promise<NodeJS.ReadableStream>
}

/** A process that the engine starts in a running container. */
export interface DockerExec {
  start(options: StreamOptions): Promise<NodeJS.ReadWriteStream>
  inspect(): Promise<{ readonly Running: boolean; readonly ExitCode: number | null }>
}

/** How a stream of the engine is opened. */
interface StreamOptions {
  readonly hijack: true
  readonly stdin: boolean
}

/** What a process in a container is started as. */
export interface ExecConfig {
  Cmd: string[]
  User?: string
  Env?: string[]
  WorkingDir?: string
  AttachStdin?: boolean
  AttachStdout: boolean
  AttachStderr: boolean
}

/**
 * `POST /containers/create`. dockerode would put all of the body into the URL as well, where engines and what is before them
 * write the environment into their logs, and refuse more than a megabyte.
 */
export interface ContainerRequest {
  readonly _query: { readonly name?: string; readonly platform?: string }
  readonly _body: Omit<ContainerConfig, 'name' | 'platform'>
  /** Nobody sets it: a member that the types of dockerode have, too. */
  readonly abortSignal?: AbortSignal
}

/** What a container is made as: the name and the platform, and the body of the request, as far as this executor fills it. */
export interface ContainerConfig {
  name?: string
  platform?: string
  Image: string
  User: string
  Entrypoint: string[]
  Cmd: string[]
  WorkingDir: string
  Env: string[]
  Labels: Record<string, string>
  ExposedPorts?: Record<string, object>
  OpenStdin: boolean
  StdinOnce: boolean
  AttachStdin: boolean
  AttachStdout: boolean
  AttachStderr: boolean
  HostConfig: HostConfig
}

/** `HostConfig` of {@link ContainerConfig}. */
export interface HostConfig {
  Init: boolean
  AutoRemove: boolean
  ReadonlyRootfs: boolean
  Privileged: boolean
  CapDrop: string[]
  CapAdd: string[]
  SecurityOpt: string[]
  NetworkMode: string
  PortBindings?: Record<string, { HostIp: string; HostPort: string }[]>
  PidMode: string
  IpcMode: string
  Dns: string[]
  ExtraHosts: string[]
  Tmpfs: Record<string, string>
  Mounts: MountConfig[]
  VolumesFrom: string[]
  Memory: number
  MemorySwap: number
  NanoCpus: number
  PidsLimit: number
  Ulimits: { Name: string; Soft: number; Hard: number }[]
  LogConfig: { Type: string; Config: Record<string, string> }
  Runtime?: string
  DeviceRequests?: { Driver: string; Count: number; DeviceIDs: string[]; Capabilities: string[][]; Options: Record<string, string> }[]
}

/** One entry of `HostConfig.Mounts`. */
export type MountConfig = VolumeMount | BindMount

/** A directory of the engine's machine. Unlike one in `Binds`, it is not made when it is missing. */
export interface BindMount {
  Type: 'bind'
  Source: string
  Target: string
  ReadOnly: boolean
}

/** A volume of the engine. */
export interface VolumeMount {
  Type: 'volume'
  Target: string
  Source: string
  VolumeOptions: {
    NoCopy: boolean
    Labels: Record<string, string>
    DriverConfig: { Name: string; Options: Record<string, string> }
  }
}

/** What `GET /containers/{id}/json` tells, as far as it is read. */
export interface ContainerFacts {
  readonly Id: string
  readonly Name: string
  readonly State: {
    readonly Status: string
    readonly Running: boolean
    readonly Paused: boolean
    readonly OOMKilled: boolean
    readonly ExitCode: number
    readonly Error: string
  }
  readonly Config: { readonly Labels?: Record<string, string> | null }
  readonly NetworkSettings?: {
    readonly Ports?: Readonly<Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>> | null | undefined
  }
}

/** One row of `GET /containers/json`. */
export interface ContainerSummary {
  readonly Id: string
  readonly Names: readonly string[]
  readonly State: string
  readonly Labels: Readonly<Record<string, string>>
}

/** One row of `GET /volumes`. */
export interface VolumeSummary {
  readonly Name: string
  readonly Labels: Readonly<Record<string, string>> | null | undefined
}

/** What `GET /images/{name}/json` tells, as far as it is read. */
export interface ImageFacts {
  readonly Id: string
  /** In ISO 8601, with up to nine digits of a second. */
  readonly Created?: string
  readonly Config?: { readonly Env?: readonly string[] | null; readonly Labels?: Readonly<Record<string, string>> | null }
}

/** One row of `GET /images/json`. */
export interface ImageSummary {
  readonly Id: string
  /** In seconds since 1970. */
  readonly Created: number
  readonly RepoTags?: readonly string[] | null | undefined
  readonly Labels?: Readonly<Record<string, string>> | null | undefined
}

/** The query of `POST /build`. */
export interface BuildOptions {
  t: string
  dockerfile?: string
  buildargs?: Record<string, string>
  target?: string
  platform?: string
  labels?: Record<string, string>
  rm: true
  forcerm: true
  registryconfig?: Record<string, RegistryLogin>
  abortSignal?: AbortSignal
}
