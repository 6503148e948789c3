import { resolve } from 'node:path'
import { assertKnownKeys, CodeExecutorError, parseTimeout, resolveLimits, type LanguageName } from '../../core/index.ts'
import { makeEnvironment, readEnvironment, type KernelExecutorOptions } from '../../engine/index.ts'
import type { LanguageRegistry } from '../../languages/index.ts'
import { assertRelativePath } from '../../workspace/index.ts'
import type { KernelSettings } from './jupyter-backend.ts'
import type { KernelSpecFile } from './server/kernel-spec-file.ts'
import type { LocalServerSettings } from './server/local-server.ts'

/** A kernel that is there for one executor alone. */
export interface JupyterKernelSpec {
  /** What people call it. @defaultValue the language */
  readonly displayName?: string
  /** The language that it speaks: `python`. */
  readonly language: string
  /** Its command line; `{connection_file}` in it stands for the file that says where it is to listen. */
  readonly argv: readonly string[]
  /** Environment variables of the kernel. */
  readonly env?: Readonly<Record<string, string>>
}

/** What the options of every executor say that feeds the kernels of a Jupyter server. */
export interface JupyterKernelOptions extends KernelExecutorOptions {
  /** The kernel that is started with the executor. @defaultValue 'python3', where there is one */
  readonly kernelName?: string
  /** The kernels of other languages: language to kernel. @defaultValue the kernels that say that they speak it */
  readonly kernels?: Readonly<Partial<Record<LanguageName, string>>>
  /** How many kernels of {@link kernelName} wait, ready, to take the place of one. Each takes the memory of a kernel. @defaultValue 0 */
  readonly spareKernels?: number
  /** How long code may take to end after it was interrupted, in milliseconds; then its kernel is replaced, and its state is lost. @defaultValue 2_000 */
  readonly interruptGraceMs?: number
  /** A directory that gets images and HTML as files, besides `display`. @defaultValue none */
  readonly outputDir?: string
}

/** Options of {@link JupyterCodeExecutor}. */
export interface JupyterCodeExecutorOptions extends JupyterKernelOptions {
  /** The address of a server that runs already, of a JupyterHub user or of a gateway. @defaultValue one is started on this machine */
  readonly serverUrl?: string
  /** Lets us into the server at {@link serverUrl}. @defaultValue the one in the address, or none */
  readonly token?: string
  /** The program of a server of this machine, or the words that start it: `['jupyter', 'server']`. @defaultValue `jupyter-server` on the PATH */
  readonly jupyterCommand?: string | readonly string[]
  /** A virtual environment for Python; its programs come first on the PATH. */
  readonly virtualEnv?: string
  /** A kernel for this executor alone, which is started with it. */
  readonly kernelSpec?: JupyterKernelSpec
  /**
   * Where kernels start, and where files are written: a directory of this machine, or with {@link serverUrl} one below the
   * server's root. It is made if it is not there, and left alone afterwards. @defaultValue a temporary one, gone after `stop`
   */
  readonly workDir?: string
  /** Environment variables of the kernels of a server of this machine. */
  readonly env?: Readonly<Record<string, string>>
  /** What they get of this process's environment: a list of names, everything (`true`: secrets too) or nothing. @defaultValue a short list such as PATH and LANG */
  readonly inheritEnv?: boolean | readonly string[]
}

/** Where the server is, after checking. */
export type ServerSettings =
  | { readonly kind: 'remote'; readonly url: string; readonly token: string; readonly workDir: string | undefined }
  | ({ readonly kind: 'local' } & LocalServerSettings)

/** The options of {@link JupyterKernelOptions}. */
export const KERNEL_OPTION_NAMES = [
  ...(['timeoutMs', 'startupTimeoutMs', 'limits', 'languages', 'concurrency'] as const),
  ...(['kernelName', 'kernels', 'spareKernels', 'interruptGraceMs', 'outputDir'] as const),
] satisfies readonly (keyof JupyterKernelOptions)[]
true satisfies [keyof JupyterKernelOptions] extends [(typeof KERNEL_OPTION_NAMES)[number]] ? true : false
const LOCAL_OPTION_NAMES = ['jupyterCommand', 'virtualEnv', 'kernelSpec', 'env', 'inheritEnv'] as const
const OPTION_NAMES = [
  ...KERNEL_OPTION_NAMES,
  ...LOCAL_OPTION_NAMES,
  ...(['serverUrl', 'token', 'workDir'] as const),
] satisfies readonly (keyof JupyterCodeExecutorOptions)[]
true satisfies [keyof JupyterCodeExecutorOptions] extends [(typeof OPTION_NAMES)[number]] ? true : false

const DEFAULT_KERNEL = 'python3'
/** The name of a kernel that is there for one executor. */
const OWN_KERNEL = 'polyrun-own'
const DEFAULT_COMMANDS = [['jupyter-server'], ['jupyter', 'server']]
const DEFAULT_GRACE_MS = 2_000
const DEFAULT_STARTUP_MS = 60_000
const MOST_SPARES = 64

/** @throws `INVALID_ARGUMENT`, `CAPABILITY_UNSUPPORTED`, `LANGUAGE_UNKNOWN` */
export function readServerSettings(options: JupyterCodeExecutorOptions): ServerSettings {
  assertKnownKeys(options, OPTION_NAMES, 'options')
  readEnvironment(options.env ?? {}, 'env')
  const { serverUrl, workDir } = options
  if (workDir !== undefined) assertText(workDir, 'workDir')
  if (serverUrl !== undefined) return { kind: 'remote', ...readUrl(serverUrl, options), workDir: readRemoteDir(workDir) }
  if (options.token !== undefined) throw invalid('token', '(hidden)', 'is for a server at serverUrl; one of our own makes its own')
  if (process.platform === 'win32')
    throw unsupported('a server of its own', 'it listens on a Unix socket. Start one by hand, and give its serverUrl')
  return {
    kind: 'local',
    commands: readCommand(options.jupyterCommand),
    env: makeEnvironment(options),
    workDir: workDir === undefined ? undefined : resolve(workDir),
    kernelSpec: options.kernelSpec && readSpec(options.kernelSpec, options.kernelName),
    limits: resolveLimits(options.limits),
  }
}

/** @throws `INVALID_ARGUMENT`, `LANGUAGE_UNKNOWN` */
export function readKernelSettings(
  options: JupyterKernelOptions & { readonly kernelSpec?: object },
  languages: LanguageRegistry,
): KernelSettings {
  const { kernelName = options.kernelSpec ? OWN_KERNEL : DEFAULT_KERNEL, kernels = {}, spareKernels = 0 } = options
  if (!Number.isInteger(spareKernels) || spareKernels < 0 || spareKernels > MOST_SPARES)
    throw invalid('spareKernels', spareKernels, `must be a whole number from 0 to ${MOST_SPARES}`)
  if (typeof kernels !== 'object' || kernels === null) throw invalid('kernels', kernels, 'must be an object of language to kernel')
  return {
    kernelName: readKernelName(kernelName, 'kernelName'),
    isRequired: options.kernelName !== undefined || options.kernelSpec !== undefined,
    kernels: new Map(
      Object.entries(kernels).map(([language, name]) => [
        languages.resolve(language).name,
        readKernelName(name ?? '', `kernels.${language}`),
      ]),
    ),
    spareKernels,
    interruptGraceMs: parseTimeout(options.interruptGraceMs ?? DEFAULT_GRACE_MS, 'interruptGraceMs'),
    startupTimeoutMs: parseTimeout(options.startupTimeoutMs ?? DEFAULT_STARTUP_MS, 'startupTimeoutMs'),
  }
}

function readUrl(text: string, options: JupyterCodeExecutorOptions): { readonly url: string; readonly token: string } {
  const [foreign] = LOCAL_OPTION_NAMES.filter((name) => options[name] !== undefined)
  if (foreign !== undefined)
    throw unsupported(foreign, `${foreign} is for a server that is started here, and serverUrl names one that runs already`)
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw invalid('serverUrl', text, 'must be an address that begins with http:// or https://')
  if (options.token !== undefined) assertText(options.token, 'token')
  const token = options.token ?? url.searchParams.get('token') ?? ''
  // What people copy from a browser goes to a page of the server.
  const path = url.pathname.replace(/\/(?:lab|tree|notebooks|doc)(?:\/.*)?$/, '/')
  return { url: `${url.origin}${path.endsWith('/') ? path : `${path}/`}`, token }
}

function readRemoteDir(path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  assertRelativePath(path)
  return path
}

function readCommand(command: JupyterCodeExecutorOptions['jupyterCommand']): readonly (readonly string[])[] {
  if (command === undefined) return DEFAULT_COMMANDS
  const words = typeof command === 'string' ? [command] : command
  if (
    !Array.isArray(words) ||
    words.length === 0 ||
    !words.every((word) => typeof word === 'string' && word !== '' && !word.includes('\0'))
  )
    throw invalid('jupyterCommand', command, 'must be a program, or a list of words')
  return [words]
}

function readSpec({ displayName, language, argv, env = {} }: JupyterKernelSpec, kernelName = OWN_KERNEL): KernelSpecFile {
  assertText(language, 'kernelSpec.language')
  if (!Array.isArray(argv) || argv.length === 0 || !argv.every((word) => typeof word === 'string'))
    throw invalid('kernelSpec.argv', argv, 'must be a list of words')
  if (!argv.some((word: string) => word.includes('{connection_file}')))
    throw invalid('kernelSpec.argv', argv, 'must have {connection_file} in it, or the kernel does not know where to listen')
  return {
    name: readKernelName(kernelName, 'kernelName'),
    displayName: displayName ?? language,
    language,
    argv,
    env: readEnvironment(env, 'kernelSpec.env'),
  }
}

/** Names of kernels become names of directories, and parts of addresses. */
function readKernelName(name: string, argument: string): string {
  if (typeof name === 'string' && /^[A-Za-z0-9._-]+$/.test(name)) return name
  throw invalid(argument, name, 'must be the name of a kernel: letters, digits and . _ -')
}

function assertText(value: string, argument: string): void {
  if (typeof value !== 'string' || value === '' || value.includes('\0')) throw invalid(argument, value, 'must be a text that is not empty')
}

function unsupported(capability: string, missing: string): CodeExecutorError<'CAPABILITY_UNSUPPORTED'> {
  const message = `The jupyter executor cannot do that: ${missing}.`
  return new CodeExecutorError('CAPABILITY_UNSUPPORTED', message, { executor: 'jupyter', capability, missing })
}

function invalid(argument: string, value: unknown, reason: string): CodeExecutorError<'INVALID_ARGUMENT'> {
  return new CodeExecutorError('INVALID_ARGUMENT', `${argument} ${reason}.`, { argument, value })
}
