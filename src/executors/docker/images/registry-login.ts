import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../../engine/index.ts'
import { isErrno } from '../../../workspace/index.ts'
import { configDirectory, ownSurroundings, type Surroundings } from '../connection.ts'

/** Who one is to a registry, as the engine is told it (`X-Registry-Auth` of the Docker Engine API). */
export interface RegistryLogin {
  serveraddress: string
  username: string
  password: string
  /** Counts in place of the two before, which are empty then. */
  identitytoken?: string
}

/** A login, where the docker program has one, or why it cannot be read. */
export interface FoundLogin {
  readonly login?: RegistryLogin
  readonly trouble?: string
}

/** What the configuration of the docker program says of logins, as far as it is read. */
interface LoginConfig {
  readonly auths: Readonly<Record<string, StoredLogin>>
  readonly credHelpers: Readonly<Record<string, string>>
  readonly credsStore: string | undefined
}

interface StoredLogin {
  readonly auth?: unknown
  readonly username?: unknown
  readonly password?: unknown
  readonly identitytoken?: unknown
}

/** The name under which logins of Docker's own registry are kept. */
const DOCKER_HUB = 'https://index.docker.io/v1/'
const HUB_HOST = 'docker.io'
const NAMES_OF_HUB: readonly string[] = [HUB_HOST, 'index.docker.io', 'registry-1.docker.io']
/** A helper may have to ask a cloud. */
const HELPER_MS = 30_000
/** How a helper says that it keeps none. */
const KEEPS_NONE = /credentials not found|no credentials/i
/** The user's name for which a helper gives an identity token in place of a password. */
const TOKEN_USER = '<token>'

/**
 * The login of the docker program (`docker login`) for the registry of an image. It never fails: without one the engine asks the
 * registry as nobody, and says what that answers.
 */
export async function findLogin(image: string, around: Surroundings = ownSurroundings()): Promise<FoundLogin> {
  const config = await readConfig(around)
  return 'trouble' in config ? config : readLogin(config, registryOf(image), around)
}

/**
 * The logins of the docker program, by registry, for the registries that a text names: a Dockerfile with the values for it. Images
 * of Docker's own registry have no registry in their names.
 */
export async function findLogins(text: string, around: Surroundings = ownSurroundings()): Promise<Record<string, RegistryLogin>> {
  const config = await readConfig(around)
  if ('trouble' in config) return {}
  const all = new Set([...Object.keys(config.auths), ...Object.keys(config.credHelpers)])
  const servers = [...all].filter((server) => hostOf(server) === HUB_HOST || text.includes(hostOf(server)))
  const found = await Promise.all(servers.map(async (server) => [server, (await readLogin(config, server, around)).login] as const))
  return Object.fromEntries(found.flatMap(([server, login]) => (login === undefined ? [] : [[server, login]])))
}

/** What `docker login` is told for an image: nothing for Docker's own registry. */
export function loginCommand(image: string): string {
  const registry = registryOf(image)
  return registry === DOCKER_HUB ? 'docker login' : `docker login ${registry}`
}

/** As the docker program takes names apart: what is before the first slash is a registry when it looks like a machine. */
function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/')
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') && !NAMES_OF_HUB.includes(first) ? first : DOCKER_HUB
}

async function readConfig(around: Surroundings): Promise<LoginConfig | { readonly trouble: string }> {
  const path = join(configDirectory(around), 'config.json')
  try {
    const { auths, credHelpers, credsStore } = readObject(await readFile(path, 'utf8'))
    return {
      auths: tableOf(auths) as LoginConfig['auths'],
      credHelpers: tableOf(credHelpers) as LoginConfig['credHelpers'],
      credsStore: typeof credsStore === 'string' && credsStore !== '' ? credsStore : undefined,
    }
  } catch (cause) {
    if (isErrno(cause, 'ENOENT', 'ENOTDIR')) return { auths: {}, credHelpers: {}, credsStore: undefined }
    return { trouble: `the logins in ${path} cannot be read (${messageOf(cause)})` }
  }
}

function tableOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}

/** The helper of the registry, the helper of all, the file: the first that there is, as with the docker program. */
async function readLogin({ auths, credHelpers, credsStore }: LoginConfig, registry: string, around: Surroundings): Promise<FoundLogin> {
  const helper = credHelpers[registry] ?? credsStore
  if (helper !== undefined) return askHelper(helper, registry, around)
  const [, stored] = Object.entries(auths).find(([server]) => hostOf(server) === hostOf(registry)) ?? []
  const login = stored && readStored(stored, registry)
  return login === undefined ? {} : { login }
}

/** Older versions kept an address where newer ones keep a name. */
function hostOf(server: string): string {
  const host = server.replace(/^https?:\/\//, '').split('/')[0] ?? ''
  return NAMES_OF_HUB.includes(host) ? HUB_HOST : host
}

function readStored({ auth, username, password, identitytoken }: StoredLogin, serveraddress: string): RegistryLogin | undefined {
  if (isText(identitytoken)) return byToken(serveraddress, identitytoken)
  if (isText(username) && isText(password)) return { serveraddress, username, password }
  const [, user, secret] = /^([^:]+):([^\0]+)\0*$/s.exec(isText(auth) ? Buffer.from(auth, 'base64').toString('utf8') : '') ?? []
  return isText(user) && isText(secret) ? { serveraddress, username: user, password: secret } : undefined
}

/** Speaks the protocol of https://github.com/docker/docker-credential-helpers: the registry in, one object out. */
async function askHelper(helper: string, serveraddress: string, { env }: Surroundings): Promise<FoundLogin> {
  const program = `docker-credential-${helper}`
  if (!/^[\w.-]+$/.test(helper)) return { trouble: `${JSON.stringify(program)} is no name of a program` }
  try {
    const { Username, Secret } = readObject(await outputOf(program, serveraddress, env))
    if (!isText(Username) || !isText(Secret)) return {}
    return { login: Username === TOKEN_USER ? byToken(serveraddress, Secret) : { serveraddress, username: Username, password: Secret } }
  } catch (cause) {
    const words = messageOf(cause)
    return KEEPS_NONE.test(words) ? {} : { trouble: `${program} did not give the login (${words})` }
  }
}

function outputOf(program: string, input: string, env: Surroundings['env']): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, ['get'], { env, timeout: HELPER_MS, windowsHide: true }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout)
      // Helpers say what is wrong on their output.
      reject(new Error(`${stdout}${stderr}`.trim() || (isErrno(error, 'ENOENT') ? 'it is not installed' : error.message)))
    })
    child.stdin?.on('error', () => {}) // it need not read
    child.stdin?.end(input)
  })
}

/** The words of `JSON.parse` would have a piece of what may be a secret. */
function readObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return tableOf(JSON.parse(text)) as Record<string, unknown>
  } catch {
    throw new Error('it is no JSON')
  }
}

function byToken(serveraddress: string, identitytoken: string): RegistryLogin {
  return { serveraddress, username: '', password: '', identitytoken }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
