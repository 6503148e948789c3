import { assertKnownKeys, CodeExecutorError } from '../../core/index.ts'
import { randomName } from '../../workspace/index.ts'
import type { DockerCodeExecutorOptions } from '../docker/options.ts'
import { readSettings as readContainerSettings, type DockerSettings } from '../docker/settings.ts'
import { KERNEL_OPTION_NAMES } from '../jupyter/options.ts'
import { CONTAINER_OPTIONS, type ContainerOptions, type DockerJupyterCodeExecutorOptions } from './options.ts'
import type { PublishedPort } from './server-container.ts'

/** {@link DockerJupyterCodeExecutorOptions} after checking, as far as they are about the server. */
export interface ServerSettings {
  readonly container: DockerSettings
  readonly port: PublishedPort | undefined
  readonly token: string
  readonly jupyterArgs: readonly string[]
}

const OPTION_NAMES = [
  ...CONTAINER_OPTIONS,
  ...KERNEL_OPTION_NAMES,
  ...(['portRange', 'token', 'jupyterArgs'] as const),
] satisfies readonly (keyof DockerJupyterCodeExecutorOptions)[]
true satisfies [keyof DockerJupyterCodeExecutorOptions] extends [(typeof OPTION_NAMES)[number]] ? true : false

const LOOPBACK = '127.0.0.1'
const TOKEN_BYTES = 24
const MOST_PORT = 65_535
/** Ports below belong to the system. */
const FIRST_PORT = 1024
/** Short ones can be guessed. */
const LEAST_TOKEN = 16
/** Arguments that would take the server from where it is looked for, or let everybody in. */
const OURS =
  /^--?(?:(?:ServerApp|NotebookApp|LabApp)\.)?(?:sock|sock_mode|ip|port|port_retries|root_dir|notebook_dir|base_url|certfile|keyfile|token|password|open_browser)\b|^--?IdentityProvider\./i

/** @throws `INVALID_ARGUMENT` */
export function readSettings(options: DockerJupyterCodeExecutorOptions): ServerSettings {
  assertKnownKeys(options, OPTION_NAMES, 'options')
  const container = readContainerSettings(containerOptions(options))
  return {
    container,
    port: readPort(options.portRange, container.network),
    token: readToken(options.token),
    jupyterArgs: readArgs(options.jupyterArgs ?? []),
  }
}

function containerOptions(options: DockerJupyterCodeExecutorOptions): DockerCodeExecutorOptions {
  const given = CONTAINER_OPTIONS.filter((name) => options[name] !== undefined).map((name) => [name, options[name]])
  return Object.fromEntries(given) as ContainerOptions
}

function readPort(range: unknown, network: string): PublishedPort | undefined {
  if (range === undefined) return undefined
  const isPort = (port: unknown): port is number =>
    typeof port === 'number' && Number.isInteger(port) && port >= FIRST_PORT && port <= MOST_PORT
  const [first, last, ...more]: readonly unknown[] = Array.isArray(range) ? range : []
  if (!isPort(first) || !isPort(last) || last < first || more.length > 0)
    throw invalid('portRange', range, `must be a first and a last port between ${FIRST_PORT} and ${MOST_PORT}, such as [8888, 8899]`)
  if (network === 'none')
    throw invalid(
      'portRange',
      range,
      "needs a network, and network is 'none'. Leave it out: the server is reached without any port; or set network: 'bridge'",
    )
  if (network === 'host')
    throw invalid('portRange', range, "cannot hold with network: 'host', where the server would listen on every address")
  return { address: LOOPBACK, range: [first, last] }
}

function readToken(token: unknown): string {
  if (token === undefined) return randomName(TOKEN_BYTES)
  if (typeof token === 'string' && /^[\w.~-]+$/.test(token) && token.length >= LEAST_TOKEN) return token
  throw invalid('token', 'withheld', `must be at least ${LEAST_TOKEN} letters, digits and -._~; leave it out for a random one`)
}

function readArgs(args: readonly unknown[]): readonly string[] {
  if (!Array.isArray(args) || !args.every((arg) => typeof arg === 'string' && arg.startsWith('-') && !arg.includes('\0')))
    throw invalid('jupyterArgs', args, "must be a list of arguments that begin with a dash, such as '--ServerApp.log_level=DEBUG'")
  const foreign = (args as readonly string[]).find((arg) => OURS.test(arg))
  if (foreign !== undefined)
    throw invalid(
      'jupyterArgs',
      foreign,
      `has ${foreign.split('=', 1)[0]}, which this executor sets itself; see its options workDir, portRange and token`,
    )
  return args as readonly string[]
}

function invalid(argument: string, value: unknown, reason: string): CodeExecutorError<'INVALID_ARGUMENT'> {
  return new CodeExecutorError('INVALID_ARGUMENT', `${argument} ${reason}.`, { argument, value })
}
