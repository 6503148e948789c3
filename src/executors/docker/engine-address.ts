import { isAbsolute } from 'node:path'
import { CodeExecutorError } from '../../core/index.ts'

/** Where an engine listens. */
export type EngineAddress = SocketAddress | NetworkAddress | SshAddress

/** A socket of this machine, or a named pipe on Windows. */
export interface SocketAddress {
  readonly kind: 'socket'
  readonly socketPath: string
}

/** A port, in the clear or with TLS. */
export interface NetworkAddress {
  readonly kind: 'network'
  /** A name or an address; one of IPv6 without brackets. */
  readonly host: string
  readonly port: number
  /** `undefined`: in the clear. */
  readonly tls: TlsMaterial | undefined
}

/** A machine that is reached by the `ssh` program. */
export interface SshAddress {
  readonly kind: 'ssh'
  readonly host: string
  readonly port: number | undefined
  readonly username: string | undefined
  /** The engine's socket over there. `undefined`: what the `docker` program over there takes. */
  readonly socketPath: string | undefined
}

/** What a connection with TLS trusts and shows, as PEM. */
export interface TlsMaterial {
  /** `undefined`: the authorities that Node trusts. */
  readonly ca: string | Buffer | undefined
  readonly cert: string | Buffer | undefined
  readonly key: string | Buffer | undefined
  /** Whether the engine must prove who it is. */
  readonly verify: boolean
}

/** TLS with nothing but what Node trusts. */
export const PLAIN_TLS: TlsMaterial = { ca: undefined, cert: undefined, key: undefined, verify: true }

/** What the docker program takes when a host names none. */
export const DEFAULT_PORTS = { http: 2375, https: 2376 } as const
export const DEFAULT_SOCKET = '/var/run/docker.sock'
export const DEFAULT_PIPE = '//./pipe/docker_engine'

const ACCEPTED =
  'unix:///path/to/docker.sock, tcp://host:port, http://host:port, https://host:port, ssh://user@host:port or npipe:////./pipe/name'

/** Reads what follows `scheme://`. `undefined`: it is nothing that may stand there. */
type ReadRest = (rest: string, tls: TlsMaterial | undefined) => EngineAddress | undefined

const SCHEMES: Readonly<Record<string, ReadRest>> = {
  unix: (rest) => (rest === '' || isAbsolute(rest) ? { kind: 'socket', socketPath: rest || DEFAULT_SOCKET } : undefined),
  npipe: (rest) => (rest === '' || rest.startsWith('//') ? { kind: 'socket', socketPath: rest || DEFAULT_PIPE } : undefined),
  tcp: readNetwork,
  http: readNetwork,
  https: (rest, tls) => readNetwork(rest, tls ?? PLAIN_TLS),
  ssh: readSsh,
}

/**
 * Reads what DOCKER_HOST may be, as the docker program does.
 *
 * @param tls - for a port that is not reached in the clear; `https://` has TLS in any case
 * @throws `INVALID_ARGUMENT` with what is accepted
 */
export function readEngineAddress(text: string, argument: string, tls?: TlsMaterial): EngineAddress {
  // Without a scheme it is a host and its port.
  const [, scheme = 'tcp', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/is.exec(text) ?? []
  const read = Object.hasOwn(SCHEMES, scheme.toLowerCase()) ? SCHEMES[scheme.toLowerCase()] : undefined
  const address = /[\0\s]/.test(text) ? undefined : read?.(rest, tls)
  if (address !== undefined) return address
  const shown = withoutPassword(text)
  throw new CodeExecutorError('INVALID_ARGUMENT', `${argument} is ${JSON.stringify(shown)}; it may be ${ACCEPTED}.`, {
    argument,
    value: shown,
  })
}

/** An address as people write it. */
export function describeAddress(address: EngineAddress): string {
  if (address.kind === 'socket')
    return address.socketPath.startsWith('//') ? `npipe://${address.socketPath}` : `unix://${address.socketPath}`
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  if (address.kind === 'network') return `${address.tls === undefined ? 'tcp' : 'https'}://${host}:${address.port}`
  const { username, port, socketPath } = address
  return `ssh://${username === undefined ? '' : `${username}@`}${host}${port === undefined ? '' : `:${port}`}${socketPath ?? ''}`
}

function readNetwork(rest: string, tls: TlsMaterial | undefined): NetworkAddress | undefined {
  const url = readAuthority(rest.replace(/\/$/, ''))
  if (url === undefined || url.username !== '' || url.pathname !== '') return undefined
  const port = url.port === '' ? DEFAULT_PORTS[tls === undefined ? 'http' : 'https'] : Number(url.port)
  return port === 0 ? undefined : { kind: 'network', host: bareHost(url), port, tls }
}

function readSsh(rest: string): SshAddress | undefined {
  const url = readAuthority(rest.replace(/\/$/, ''))
  // A name that begins with a dash would be an option of the ssh program.
  if (url === undefined || url.hostname.startsWith('-') || url.username.startsWith('-')) return undefined
  return {
    kind: 'ssh',
    host: bareHost(url),
    port: url.port === '' ? undefined : Number(url.port),
    username: url.username === '' ? undefined : url.username,
    socketPath: url.pathname === '' ? undefined : url.pathname,
  }
}

/** Its own scheme keeps every port: a URL of `http` would drop an 80. */
function readAuthority(rest: string): URL | undefined {
  const url = URL.parse(`engine://${rest}`)
  const plain =
    url !== null && url.password === '' && url.search === '' && url.hash === '' && /^(?:[\w.-]+|\[[\da-f:.]+\])$/i.test(url.hostname)
  return plain && /^[\w.-]*$/.test(url.username) && !url.pathname.includes('%') ? url : undefined
}

function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

/** For messages, which end up in logs. */
function withoutPassword(text: string): string {
  return text.replace(/:[^/:@]*@/, ':***@')
}
