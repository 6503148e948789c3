import { connectDocker } from '../../src/executors/docker/connect.ts'
import type { DockerClient } from '../../src/executors/docker/client.ts'
import { DockerCodeExecutor, type DockerCodeExecutorOptions } from '../../src/executors/docker/index.ts'
import { findImage } from '../../src/executors/docker/images/find-image.ts'
import { resolveProjectImage } from '../../src/executors/docker/images/project-images.ts'
import { unavailable, type Measurement } from './row.ts'

/** An engine, and the image in which a row's programs run. */
export interface BenchEngine {
  /** For what is done by hand; executors have connections of their own. */
  readonly client: DockerClient
  /** The image's id, or the name that was asked for. */
  readonly image: string
  /** The variables that the image sets. */
  readonly environment: Readonly<Record<string, string>>
  /** What tells other programs where the engine is; nothing where the docker program finds it by itself. */
  readonly address: Readonly<Record<string, string>>
  /** An executor on this engine and image. */
  readonly executor: (options?: DockerCodeExecutorOptions) => DockerCodeExecutor
}

/** The project's image that a row needs. */
export type BenchImage = 'python' | 'node'

/** Where the engine is, when it is not where the docker program would find it. */
const socketPath = process.env['POLYRUN_DOCKER_SOCKET']
/** An image to take for every row in place of the project's own. */
const otherImage = process.env['POLYRUN_BENCH_IMAGE']

const PLACE = socketPath ? { docker: { socketPath } } : {}
const ADDRESS: Readonly<Record<string, string>> = socketPath ? { DOCKER_HOST: `unix://${socketPath}` } : {}

/** Measures on an engine; the project's image is built when it is not there yet. Where something is missing, says so instead. */
export async function withEngine(image: BenchImage, measure: (engine: BenchEngine) => Promise<Measurement>): Promise<Measurement> {
  const engine = await findEngine(image)
  return typeof engine === 'string' ? unavailable(engine) : measure(engine)
}

/** The engine's name and versions, or why none can be used. Never rejects. */
export async function describeEngine(): Promise<string> {
  try {
    const { Version, ApiVersion, Components } = await (await connectDocker(PLACE.docker)).version()
    const runtime = Components?.find(({ Name }) => Name === 'runc' || Name === 'crun')
    return `container engine ${Version} (API ${ApiVersion}${runtime ? `, ${runtime.Name} ${runtime.Version}` : ''})`
  } catch (error) {
    return `no container engine: ${reasonOf(error)}`
  }
}

async function findEngine(name: BenchImage): Promise<BenchEngine | string> {
  try {
    const client = await connectDocker(PLACE.docker)
    await client.version()
    const image = otherImage || (await resolveProjectImage(client, name))
    const found = await findImage(client, image, undefined)
    if (found === undefined) return `the engine has no image ${image}, which POLYRUN_BENCH_IMAGE names`
    const environment = Object.fromEntries((found.Config?.Env ?? []).map(splitVariable))
    const executor = (options?: DockerCodeExecutorOptions) => new DockerCodeExecutor({ ...PLACE, image, pull: 'never', ...options })
    return { client, image, environment, address: ADDRESS, executor }
  } catch (error) {
    return reasonOf(error)
  }
}

function splitVariable(text: string): readonly [name: string, value: string] {
  const at = text.indexOf('=')
  return [text.slice(0, at), text.slice(at + 1)]
}

/** What went wrong, in one line. */
function reasonOf(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  return line
}
