import { assertKnownKeys } from '../../core/index.ts'
import { invalid, readName } from '../checks.ts'
import { javascriptSignatures, pythonSignatures, type Signature } from './signatures.ts'

/** Functions that programs can import, and what they need. Made by {@link pythonFunctions} and {@link javascriptFunctions}. */
export interface FunctionModule {
  readonly language: 'python' | 'javascript'
  /** Where its files go, relative to the working directory. */
  readonly files: Readonly<Record<string, string>>
  /** Packages that it needs. */
  readonly packages: readonly string[]
  /** What a model is told: how to import it, and the signatures. */
  readonly prompt: string
}

/** Options of {@link pythonFunctions} and {@link javascriptFunctions}. */
export interface FunctionModuleOptions {
  /** The source of one module, or files by their paths. */
  readonly source: string | Readonly<Record<string, string>>
  /** The name of the module given as one source. @defaultValue 'functions' */
  readonly module?: string
  /** Packages it needs, as `pip install` or `npm install` takes them. @defaultValue none */
  readonly packages?: readonly string[]
}

/**
 * Python functions for programs: `from functions import add`.
 * @throws `INVALID_ARGUMENT` for a module that defines no function, or a name that cannot be imported
 */
export function pythonFunctions(options: FunctionModuleOptions): FunctionModule {
  const { files, packages } = readOptions(options, '.py', /^[A-Za-z_]\w*$/)
  const modules = Object.keys(files).map((path) => [path, pythonModule(path)] as const)
  const prompt = describe('Python', files, modules, pythonSignatures, (module, name) => `from ${module} import ${name}`)
  return { language: 'python', files, packages, prompt }
}

/**
 * JavaScript functions for programs: `import { add } from './functions.mjs'`.
 * @throws `INVALID_ARGUMENT` for a module that exports no function, or a name that is no file name
 */
export function javascriptFunctions(options: FunctionModuleOptions): FunctionModule {
  const { files, packages } = readOptions(options, '.mjs', /^[\w-]+$/)
  const modules = Object.keys(files).map((path) => [path, `./${path}`] as const)
  const prompt = describe('JavaScript', files, modules, javascriptSignatures, (module, name) => `import { ${name} } from '${module}'`)
  return { language: 'javascript', files, packages, prompt }
}

/** `tools/math.py` is `tools.math`, `tools/__init__.py` is `tools`. */
export function pythonModule(path: string): string {
  return path
    .replace(/\.py$/, '')
    .replace(/\/__init__$/, '')
    .replaceAll('/', '.')
}

function readOptions(
  options: FunctionModuleOptions,
  extension: string,
  moduleName: RegExp,
): { readonly files: Readonly<Record<string, string>>; readonly packages: readonly string[] } {
  assertKnownKeys(options, ['source', 'module', 'packages'] satisfies (keyof FunctionModuleOptions)[], 'options')
  const { source, module = 'functions', packages } = options
  if (!moduleName.test(module)) throw invalid('options.module', module, 'is no name that programs can import')
  const files = typeof source === 'string' ? { [module + extension]: readName(source, 'options.source') } : source
  if (typeof files !== 'object' || files === null || Object.values(files).some((text) => typeof text !== 'string'))
    throw invalid('options.source', source, 'must be the source of a module, or an object of path to source')
  return { files, packages: readPackages(packages ?? [], 'options.packages') }
}

/** Names and requirements that no installer takes for a flag. @throws `INVALID_ARGUMENT` */
export function readPackages(packages: readonly string[], argument: string): readonly string[] {
  if (!Array.isArray(packages)) throw invalid(argument, packages, 'must be a list of packages')
  for (const each of packages as readonly unknown[]) {
    if (typeof each !== 'string' || !/^[^-\s][^\0\n]*$/.test(each))
      throw invalid(argument, each, 'must hold names of packages, and no flags')
  }
  return packages
}

function describe(
  title: string,
  files: Readonly<Record<string, string>>,
  modules: readonly (readonly [path: string, module: string])[],
  signaturesOf: (source: string) => readonly Signature[],
  importOf: (module: string, name: string) => string,
): string {
  const parts = modules.flatMap(([path, module]) => {
    const signatures = signaturesOf(files[path] ?? '')
    const [first] = signatures
    if (first === undefined) return []
    return [`${importOf(module, first.name)}\n\n${signatures.map(({ text }) => text).join('\n\n')}`]
  })
  if (parts.length === 0) throw invalid('options.source', Object.keys(files), 'defines no function that programs could import')
  return `These ${title} functions are there for your programs. Import what you use, such as:\n\n${parts.join('\n\n')}`
}
