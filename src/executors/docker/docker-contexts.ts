import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CodeExecutorError } from '../../core/index.ts'
import { isErrno } from '../../workspace/index.ts'
import { readEngineAddress, type EngineAddress, type TlsMaterial } from './engine-address.ts'

/** The context that is none: DOCKER_HOST, or the socket of this machine. */
export const DEFAULT_CONTEXT = 'default'

/** What the meta.json of a context holds, as far as it is read. */
interface ContextFile {
  readonly Name?: unknown
  readonly Endpoints?: { readonly docker?: { readonly Host?: unknown; readonly SkipTLSVerify?: unknown } }
}

/**
 * The context that the docker program uses in this configuration directory, if any.
 *
 * @throws `INVALID_ARGUMENT` when its config.json cannot be understood
 */
export function currentContext(configDir: string): string | undefined {
  const config = readJson(join(configDir, 'config.json')) as { readonly currentContext?: unknown } | undefined
  const name = config?.currentContext
  return typeof name === 'string' && name !== '' ? name : undefined
}

/**
 * Where a context leads.
 *
 * @param argument - what named the context, for the message
 * @throws `INVALID_ARGUMENT` with the known ones
 */
export function readContext(configDir: string, name: string, argument: string): EngineAddress {
  const id = createHash('sha256').update(name).digest('hex')
  const context = readJson(join(configDir, 'contexts', 'meta', id, 'meta.json')) as ContextFile | undefined
  const endpoint = context?.Endpoints?.docker
  if (typeof endpoint?.Host !== 'string') {
    const known = [DEFAULT_CONTEXT, ...contextNames(configDir)].join(', ')
    const message = `${argument} is ${JSON.stringify(name)}, which is no Docker context below ${configDir}. Known: ${known}.`
    throw new CodeExecutorError('INVALID_ARGUMENT', message, { argument, value: name })
  }
  const tls = readTlsFiles(join(configDir, 'contexts', 'tls', id, 'docker'), endpoint.SkipTLSVerify !== true)
  const secure = tls !== undefined || endpoint.SkipTLSVerify === true
  return readEngineAddress(
    endpoint.Host,
    `the host of the Docker context ${name}`,
    secure ? (tls ?? { ca: undefined, cert: undefined, key: undefined, verify: false }) : undefined,
  )
}

/** ca.pem, cert.pem and key.pem of a directory, as far as they are there; `undefined` when none is. */
export function readTlsFiles(directory: string, verify: boolean): TlsMaterial | undefined {
  const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readIfThere(join(directory, name)))
  return ca === undefined && cert === undefined && key === undefined ? undefined : { ca, cert, key, verify }
}

function contextNames(configDir: string): string[] {
  const directory = join(configDir, 'contexts', 'meta')
  return namesIn(directory)
    .map((id) => (readJson(join(directory, id, 'meta.json')) as ContextFile | undefined)?.Name)
    .filter((name) => typeof name === 'string')
    .toSorted()
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return []
    throw error
  }
}

function readJson(path: string): unknown {
  const content = readIfThere(path)
  if (content === undefined) return undefined
  try {
    return JSON.parse(content.toString()) as unknown
  } catch (error) {
    const message = `${path} is no JSON. Correct it, or set DOCKER_HOST or the docker option.`
    throw new CodeExecutorError('INVALID_ARGUMENT', message, { argument: 'docker', value: path }, { cause: error })
  }
}

/** Like the docker program: what this user may not read is not there. */
function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM')) return undefined
    throw error
  }
}
