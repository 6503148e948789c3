import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { assertKnownKeys, CodeExecutorError } from '../../core/index.ts'
import { currentContext, DEFAULT_CONTEXT, readContext, readTlsFiles } from './docker-contexts.ts'
import { DEFAULT_PIPE, DEFAULT_SOCKET, PLAIN_TLS, readEngineAddress, type EngineAddress, type TlsMaterial } from './engine-address.ts'

/** How to reach an engine. A text is what DOCKER_HOST may be. */
export type DockerAddress = string | DockerSocketAddress | DockerHostAddress | DockerContextAddress

/** An engine that listens on a socket of this machine. */
export interface DockerSocketAddress {
  /** The path of the socket, or `//./pipe/name` on Windows. */
  readonly socketPath: string
}

/** An engine of another machine, or one that listens on a port. */
export interface DockerHostAddress {
  /** Its name or address. */
  readonly host: string
  /** @defaultValue 2375, with TLS 2376, and for ssh what its configuration says */
  readonly port?: number
  /** `'ssh'` needs the `ssh` program here and the `docker` program there. @defaultValue 'https' with one of `ca`, `cert` and `key`, else 'http' */
  readonly protocol?: 'http' | 'https' | 'ssh'
  /** Certificates of the authorities to trust, as PEM. @defaultValue those that Node trusts */
  readonly ca?: string | Buffer
  /** The certificate to show, as PEM; needs `key`. */
  readonly cert?: string | Buffer
  /** The private key of `cert`, as PEM. */
  readonly key?: string | Buffer
  /** With ssh: who to be over there. @defaultValue what the configuration of ssh says */
  readonly username?: string
}

/** An engine that a context of the docker program leads to. */
export interface DockerContextAddress {
  /** A name as `docker context ls` shows it. */
  readonly context: string
}

/** What says where the engine is when nobody does. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  /** As `process.platform`. */
  readonly platform: string
  readonly exists: (path: string) => boolean
}

/** The surroundings of this process. */
export function ownSurroundings(): Surroundings {
  return { env: process.env, home: homedir(), platform: process.platform, exists: existsSync }
}

const HOST_KEYS = ['host', 'port', 'protocol', 'ca', 'cert', 'key', 'username'] as const satisfies readonly (keyof DockerHostAddress)[]

/**
 * Where the engine is. What was asked for is taken as it is, and the environment has no part in it. Otherwise it is as with
 * the docker program: DOCKER_HOST, then DOCKER_CONTEXT, then the context in use, then the first socket that is there.
 *
 * @throws `INVALID_ARGUMENT`; `BACKEND_UNREACHABLE` when nothing says where an engine is
 */
export function resolveConnection(asked: DockerAddress | undefined, around: Surroundings): EngineAddress {
  if (asked === undefined) return fromEnvironment(around)
  if (typeof asked === 'string') return readEngineAddress(asked, 'docker')
  if (typeof asked === 'object' && asked !== null) {
    if ('socketPath' in asked) return fromSocket(asked)
    if ('context' in asked) return fromContext(asked, around)
    if ('host' in asked) return fromHost(asked)
  }
  throw invalid('docker', asked, 'must be a text such as DOCKER_HOST, { socketPath }, { host }, { context } or a client of dockerode')
}

function fromSocket(asked: DockerSocketAddress): EngineAddress {
  assertKnownKeys(asked, ['socketPath'], 'docker')
  return { kind: 'socket', socketPath: readText(asked.socketPath, 'docker.socketPath') }
}

function fromContext(asked: DockerContextAddress, around: Surroundings): EngineAddress {
  assertKnownKeys(asked, ['context'], 'docker')
  const name = readText(asked.context, 'docker.context')
  return name === DEFAULT_CONTEXT ? fromUsualSockets(around) : readContext(configDirectory(around), name, 'docker.context')
}

function fromHost(asked: DockerHostAddress): EngineAddress {
  assertKnownKeys(asked, HOST_KEYS, 'docker')
  const { ca, cert, key, username } = asked
  const withTls = ca !== undefined || cert !== undefined || key !== undefined
  const { protocol = withTls ? 'https' : 'http' } = asked
  if (!['http', 'https', 'ssh'].includes(protocol)) throw invalid('docker.protocol', protocol, 'must be http, https or ssh')
  if (withTls && protocol !== 'https') throw invalid('docker.protocol', protocol, 'must be https where ca, cert or key is given')
  if (username !== undefined && protocol !== 'ssh') throw invalid('docker.username', username, 'is for ssh only')
  // The text is put together and read again, so that both ways to name a host have the same rules.
  const host = readText(asked.host, 'docker.host')
  const port = readPort(asked.port)
  const user = username === undefined ? '' : `${readText(username, 'docker.username')}@`
  const authority = `${user}${host.includes(':') ? `[${host}]` : host}${port === undefined ? '' : `:${port}`}`
  if (/[/?#@]/.test(host)) throw invalid('docker.host', host, 'must be the name or address of a machine and nothing else')
  return readEngineAddress(`${protocol}://${authority}`, 'docker.host', withTls ? { ca, cert, key, verify: true } : undefined)
}

function fromEnvironment(around: Surroundings): EngineAddress {
  const { DOCKER_HOST, DOCKER_CONTEXT } = around.env
  if (isSet(DOCKER_HOST)) return readEngineAddress(DOCKER_HOST, 'DOCKER_HOST', tlsOfEnvironment(around))
  const directory = configDirectory(around)
  const [name, namedBy] = isSet(DOCKER_CONTEXT)
    ? [DOCKER_CONTEXT, 'DOCKER_CONTEXT']
    : [currentContext(directory), `currentContext in ${join(directory, 'config.json')}`]
  return name === undefined || name === DEFAULT_CONTEXT ? fromUsualSockets(around) : readContext(directory, name, namedBy)
}

/** As with the docker program, any text turns these on: `0` too. */
function tlsOfEnvironment(around: Surroundings): TlsMaterial | undefined {
  const { DOCKER_TLS, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH } = around.env
  const verify = isSet(DOCKER_TLS_VERIFY)
  if (!verify && !isSet(DOCKER_TLS)) return undefined
  const tls = readTlsFiles(isSet(DOCKER_CERT_PATH) ? DOCKER_CERT_PATH : configDirectory(around), verify)
  if (tls === undefined && isSet(DOCKER_CERT_PATH)) {
    throw invalid('DOCKER_CERT_PATH', DOCKER_CERT_PATH, `is ${DOCKER_CERT_PATH}, which has no ca.pem, cert.pem or key.pem to read`)
  }
  return tls ?? { ...PLAIN_TLS, verify }
}

function fromUsualSockets(around: Surroundings): EngineAddress {
  const places = usualSockets(around)
  const socketPath = places.find((path) => around.exists(path))
  if (socketPath !== undefined) return { kind: 'socket', socketPath }
  throw new CodeExecutorError(
    'BACKEND_UNREACHABLE',
    `No Docker engine was found: DOCKER_HOST is not set, no context is in use, and nothing is at ${places.join(', ')}. ` +
      'Start Docker or Podman, or set DOCKER_HOST or the docker option.',
    { executor: 'docker' },
  )
}

function usualSockets({ env, home, platform }: Surroundings): string[] {
  if (platform === 'win32') return [DEFAULT_PIPE]
  const runtime = env['XDG_RUNTIME_DIR']
  return [
    DEFAULT_SOCKET,
    ...(isSet(runtime) ? [join(runtime, 'docker.sock')] : []),
    join(home, '.docker', 'run', 'docker.sock'),
    ...(isSet(runtime) ? [join(runtime, 'podman', 'podman.sock')] : []),
    '/run/podman/podman.sock',
  ]
}

/** Where the docker program keeps its configuration. */
export function configDirectory({ env, home }: Surroundings): string {
  const { DOCKER_CONFIG } = env
  return isSet(DOCKER_CONFIG) ? DOCKER_CONFIG : join(home, '.docker')
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== ''
}

function readText(value: unknown, argument: string): string {
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value
  throw invalid(argument, value, 'must be a text that is not empty')
}

function readPort(port: number | undefined): number | undefined {
  if (port === undefined || (Number.isInteger(port) && port > 0 && port < 65_536)) return port
  throw invalid('docker.port', port, 'must be a whole number from 1 to 65535')
}

function invalid(argument: string, value: unknown, reason: string): CodeExecutorError<'INVALID_ARGUMENT'> {
  return new CodeExecutorError('INVALID_ARGUMENT', `${argument} ${reason}.`, { argument, value })
}
