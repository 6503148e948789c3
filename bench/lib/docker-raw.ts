import type { ContainerConfig, DockerContainer } from '../../src/executors/docker/client.ts'
import { containerConfig } from '../../src/executors/docker/container-config.ts'
import { ownerLabels, removed } from '../../src/executors/docker/ownership.ts'
import { readSettings, type DockerSettings } from '../../src/executors/docker/settings.ts'
import { StreamFrames } from '../../src/executors/docker/stream-frames.ts'
import type { BenchEngine } from './docker-engine.ts'

/** A container as dockerode has it, with what executors do not use. */
export interface RawContainer extends DockerContainer {
  export(): Promise<NodeJS.ReadableStream>
  top(): Promise<{ readonly Processes: readonly (readonly string[])[] | null }>
  stats(options: { readonly stream: false; readonly 'one-shot': true }): Promise<RawStats>
  inspect(): ReturnType<DockerContainer['inspect']> & Promise<{ readonly ExecIDs?: readonly string[] | null }>
}

/** What `GET /containers/{id}/stats` tells, as far as it is read. */
export interface RawStats {
  readonly memory_stats: { readonly usage?: number; readonly stats?: Readonly<Record<string, number>> }
}

/** A command, and the variables it gets on top of the container's. */
export interface RawCommand {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** What a command did. */
export interface RawEnd {
  readonly output: string
  readonly error: string
  readonly exitCode: number | null
}

/** Waits for nothing but its own end, so that commands can be run beside it. */
const HOLD = ['/bin/sh', '-c', 'read -r end']

/** A container of the engine by its id. */
export function rawContainer(engine: BenchEngine, id: string): RawContainer {
  return engine.client.getContainer(id) as RawContainer
}

/**
 * Makes a container as hardened as an executor's: it is what an executor asks its engine for, with another process in it. Until
 * the caller changes that, the process only holds the place. A later executor removes what a bench that was killed left.
 */
export async function createRaw(engine: BenchEngine, change: Partial<ContainerConfig> = {}): Promise<RawContainer> {
  const config = containerConfig({ ...planOf(engine), labels: ownerLabels() })
  const container = await engine.client.createContainer({ _query: {}, _body: { ...config, Entrypoint: HOLD, Cmd: [], ...change } })
  return container as RawContainer
}

/** Makes one that runs a command as its only process, and stays when that ends. */
export function createRawRun(engine: BenchEngine, { argv, env }: RawCommand): Promise<RawContainer> {
  const { HostConfig, Env } = containerConfig({ ...planOf(engine), labels: {} })
  return createRaw(engine, {
    User: settingsOf(engine).user,
    Entrypoint: [...argv],
    Env: [...Env, ...variables(env)],
    OpenStdin: false,
    StdinOnce: false,
    AttachStdin: false,
    HostConfig: { ...HostConfig, AutoRemove: false },
  })
}

/** Works with a started container made by hand, and removes it. It ends with this process, whatever happens. */
export async function withRaw<T>(engine: BenchEngine, work: (container: RawContainer) => Promise<T>): Promise<T> {
  const container = await createRaw(engine)
  try {
    const input = await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true })
    input.on('error', () => {}) // it breaks when the container is removed
    await container.start()
    return await work(container)
  } finally {
    await removeRaw(container)
  }
}

/** Removes a container and its volumes, and waits until the engine has forgotten it. */
export async function removeRaw(container: DockerContainer): Promise<void> {
  await removed(container.remove({ force: true, v: true }))
  await removed(container.wait({ condition: 'removed' }))
}

/**
 * Runs a command beside a container's own process, in the working directory and as the user that an executor's programs have:
 * make, start, read until it ends, ask how it ended. The first and the last of these requests go over a connection that is kept.
 */
export async function execRaw(engine: BenchEngine, container: DockerContainer, { argv, env }: RawCommand): Promise<RawEnd> {
  const { user, workDir } = settingsOf(engine)
  const exec = await container.exec({
    Cmd: [...argv],
    User: user,
    Env: variables(env),
    WorkingDir: workDir,
    AttachStdout: true,
    AttachStderr: true,
  })
  const printed = { output: '', error: '' }
  const frames = new StreamFrames(
    (chunk) => (printed.output += chunk.toString('utf8')),
    (chunk) => (printed.error += chunk.toString('utf8')),
  )
  for await (const chunk of (await exec.start({ hijack: true, stdin: false })) as AsyncIterable<Buffer>) frames.push(chunk)
  const { ExitCode } = await exec.inspect()
  return { ...printed, exitCode: ExitCode }
}

/** The directory in which programs run. */
export function workDirOf(engine: BenchEngine): string {
  return settingsOf(engine).workDir
}

function settingsOf({ image }: BenchEngine): DockerSettings {
  return readSettings({ image })
}

function planOf(engine: BenchEngine): Omit<Parameters<typeof containerConfig>[0], 'labels'> {
  return { settings: settingsOf(engine), image: engine.image, name: undefined, sharesWith: undefined, workVolume: undefined }
}

function variables(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`)
}
