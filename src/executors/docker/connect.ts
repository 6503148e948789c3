import { Agent as HttpAgent, type AgentOptions } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { createSecureContext } from 'node:tls'
import { CodeExecutorError } from '../../core/index.ts'
import { messageOf } from '../../engine/index.ts'
import type { DockerClient } from './client.ts'
import { ownSurroundings, resolveConnection, type DockerAddress } from './connection.ts'
import type { EngineAddress, NetworkAddress, TlsMaterial } from './engine-address.ts'
import { prepareAgent } from './prepare-agent.ts'
import { SshAgent } from './ssh-agent.ts'

/** A client of dockerode, which is taken as it is, or how to reach an engine. */
export type DockerConnection = DockerClient | DockerAddress

/**
 * A connection stays open this long for the next request: a request on one takes half the time of one that opens its own.
 * The engine closes idle ones much later, so that none is closed by both at once.
 */
const IDLE_MS = 5_000

const CLIENT_METHODS = [
  ...(['version', 'info', 'createContainer', 'getContainer', 'listContainers', 'createVolume', 'getVolume'] as const),
  ...(['listVolumes', 'getImage', 'listImages', 'pull', 'buildImage', 'getEvents'] as const),
] satisfies readonly (keyof DockerClient)[]
true satisfies [keyof DockerClient] extends [(typeof CLIENT_METHODS)[number]] ? true : false

/**
 * A client for the engine that was asked for, or for the one that the docker program would use here. Nothing is sent yet: an
 * engine that does not answer shows with the first request.
 *
 * @throws `INVALID_ARGUMENT`; `PEER_MISSING` without the package dockerode; `BACKEND_UNREACHABLE` when nothing says where an
 *   engine is
 */
export async function connectDocker(connection?: DockerConnection): Promise<DockerClient> {
  if (isClient(connection)) return connection
  const options = clientOptions(resolveConnection(connection, ownSurroundings()))
  prepareAgent(options.agent)
  const Client = await importClient()
  return withoutDockerHost(() => new Client(options))
}

/** What the client is made with. Its own types do not have the agent. */
interface ClientOptions {
  host: string | undefined
  port: number | undefined
  socketPath: string | undefined
  protocol: 'http' | 'https'
  username: undefined
  ca: undefined
  cert: undefined
  key: undefined
  timeout: undefined
  sshOptions: object
  agent: HttpAgent
}

/** Something with one of its methods is meant to be a client. @throws `INVALID_ARGUMENT` when it lacks others */
function isClient(connection: DockerConnection | undefined): connection is DockerClient {
  if (typeof connection !== 'object' || connection === null) return false
  const missing = CLIENT_METHODS.filter((method) => typeof (connection as Partial<DockerClient>)[method] !== 'function')
  if (missing.length === 0) return true
  if (missing.length === CLIENT_METHODS.length) return false
  const message = `docker is no client of dockerode 5: it has no ${missing.join(', ')}. Give a client of that version, or how to reach the engine.`
  throw new CodeExecutorError('INVALID_ARGUMENT', message, { argument: 'docker', value: connection })
}

async function importClient(): Promise<new (options: ClientOptions) => DockerClient> {
  try {
    return (await import('dockerode')).default
  } catch (error) {
    throw new CodeExecutorError(
      'PEER_MISSING',
      `The docker executor needs the package dockerode, which could not be loaded (${messageOf(error)}). Install it: npm install dockerode`,
      { executor: 'docker', peer: 'dockerode' },
      { cause: error },
    )
  }
}

/** Every option is named, since the client takes what is missing from the environment. */
function clientOptions(address: EngineAddress): ClientOptions {
  const none = { host: undefined, port: undefined, socketPath: undefined, protocol: 'http', ...NO_DEFAULTS } as const
  if (address.kind === 'socket') return { ...none, socketPath: address.socketPath, agent: new HttpAgent(AGENT_OPTIONS) }
  if (address.kind === 'ssh') return { ...none, host: address.host, port: address.port, agent: new SshAgent(address, IDLE_MS) }
  const { host, port, tls } = address
  return { ...none, host, port, protocol: tls === undefined ? 'http' : 'https', agent: networkAgent(address) }
}

const NO_DEFAULTS = { username: undefined, ca: undefined, cert: undefined, key: undefined, timeout: undefined, sshOptions: {} } as const
const AGENT_OPTIONS: AgentOptions = { keepAlive: true, scheduling: 'lifo', timeout: IDLE_MS }

/** An agent of its own takes no proxy from the environment. It holds the certificates, too, which the client would print. */
function networkAgent({ tls }: NetworkAddress): HttpAgent {
  if (tls === undefined) return new HttpAgent(AGENT_OPTIONS)
  const { ca, cert, key, verify } = checkedTls(tls)
  return new HttpsAgent({ ...AGENT_OPTIONS, ca, cert, key, rejectUnauthorized: verify })
}

/** @throws `INVALID_ARGUMENT` for what is no certificate, and for a key that is not the certificate's */
function checkedTls(tls: TlsMaterial): TlsMaterial {
  const { ca, cert, key } = tls
  try {
    if ((cert === undefined) !== (key === undefined)) throw new Error('a certificate and its key go together, and one is missing')
    createSecureContext({ ca, cert, key })
    return tls
  } catch (error) {
    const message = `The certificates for the Docker engine cannot be used: ${messageOf(error)}. See ca, cert and key of the docker option, or the directory of DOCKER_CERT_PATH or of the context.`
    throw new CodeExecutorError('INVALID_ARGUMENT', message, { argument: 'docker', value: undefined }, { cause: error })
  }
}

/**
 * The client reads DOCKER_HOST even when every option is given, and throws over a text or certificates that it cannot read.
 * Nothing else of this thread can run in between.
 */
function withoutDockerHost<T>(make: () => T): T {
  const { DOCKER_HOST } = process.env
  delete process.env['DOCKER_HOST']
  try {
    return make()
  } finally {
    if (DOCKER_HOST !== undefined) process.env['DOCKER_HOST'] = DOCKER_HOST
  }
}
