import { CodeExecutorError, type CodeExecutor, type CodeResult, type LanguageName } from '../../core/index.ts'
import { invalid } from '../checks.ts'
import { pythonModule, type FunctionModule } from './function-module.ts'

/** What is put in place before the first program. */
export interface Preparations {
  readonly functions: readonly FunctionModule[]
  /** Packages to install, besides those that the functions need. */
  readonly packages: Readonly<Partial<Record<'python' | 'javascript', readonly string[]>>>
}

/** Hears of each step: the command, and what came of it. */
export type PreparationListener = (command: string, result: CodeResult) => void

/** Where Python packages go, in the working directory: never into an interpreter. */
const PYTHON_PACKAGES = 'python_packages'

/** What makes the packages importable for a program that is a process. One that shares a kernel is told by {@link prepare}. */
export function packageEnvironment(executor: CodeExecutor, preparations: Preparations): Readonly<Record<string, string>> {
  const isNeeded = packagesFor('python', preparations).length > 0 && !executor.capabilities.has('persistent-state')
  return isNeeded ? { PYTHONPATH: PYTHON_PACKAGES } : {}
}

/**
 * Installs the packages into the executor's working directory, then puts the functions there and imports them once.
 * @throws `BACKEND_REJECTED` when a package cannot be installed, `INVALID_ARGUMENT` when the functions do not load
 */
export async function prepare(
  executor: CodeExecutor,
  preparations: Preparations,
  signal: AbortSignal,
  listener: PreparationListener,
): Promise<void> {
  for (const language of ['python', 'javascript'] as const) {
    const packages = packagesFor(language, preparations)
    if (packages.length > 0) await install(executor, language, packages, signal, listener)
  }
  const env = packageEnvironment(executor, preparations)
  for (const module of preparations.functions) {
    const { entryPoint, source } = loader(module)
    const result = await run(executor, { ...module.files, [entryPoint]: source }, module.language, {
      entryPoint,
      signal,
      ...(Object.keys(env).length > 0 && { env }),
    })
    listener(`import ${Object.keys(module.files).join(', ')}`, result)
    if (!result.success) throw invalid('functions', module.files, `do not load: ${lastLine(result)}`)
  }
}

/** Each package once, in order. */
function packagesFor(language: 'python' | 'javascript', { functions, packages }: Preparations): readonly string[] {
  const ofFunctions = functions.filter((module) => module.language === language).flatMap((module) => module.packages)
  return [...new Set([...(packages[language] ?? []), ...ofFunctions])]
}

async function install(
  executor: CodeExecutor,
  language: 'python' | 'javascript',
  packages: readonly string[],
  signal: AbortSignal,
  listener: PreparationListener,
): Promise<void> {
  const { command, program } = INSTALLERS[language](packages)
  const result = await run(executor, program, language, { signal })
  listener(command, result)
  if (!result.success) {
    const reason = `${command} failed: ${lastLine(result)}`
    throw new CodeExecutorError(
      'BACKEND_REJECTED',
      `${reason}. Check the names and whether the ${executor.name} executor may use the network.`,
      { executor: executor.name, reason },
    )
  }
  if (language === 'python' && executor.capabilities.has('persistent-state')) {
    await run(executor, `import os, sys\nsys.path.insert(0, os.path.abspath('${PYTHON_PACKAGES}'))`, language, { signal })
  }
}

/** Programs that install: they run where the code will run, and start the installer without a shell. */
const INSTALLERS: Readonly<
  Record<'python' | 'javascript', (packages: readonly string[]) => { readonly command: string; readonly program: string }>
> = {
  python: (packages) => {
    const args = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--target', PYTHON_PACKAGES, ...packages]
    const program = `import subprocess, sys\ncode = subprocess.call([sys.executable] + ${JSON.stringify(args)})\nif code: raise SystemExit(code)\n`
    return { command: `python ${args.join(' ')}`, program }
  },
  javascript: (packages) => {
    const args = ['install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--prefix', '.', ...packages]
    const program = `const { spawnSync } = require('node:child_process')
const { status, error } = spawnSync('npm', ${JSON.stringify(args)}, { stdio: 'inherit' })
if (error) console.error(String(error))
process.exit(status ?? 1)
`
    return { command: `npm ${args.join(' ')}`, program }
  },
}

/** A program that imports every file of a module, so that one that does not load is told before a model uses it. */
function loader({ language, files }: FunctionModule): { readonly entryPoint: string; readonly source: string } {
  const paths = Object.keys(files)
  if (language === 'python') {
    return { entryPoint: 'polyrun_functions.py', source: paths.map((path) => `import ${pythonModule(path)}\n`).join('') }
  }
  return { entryPoint: 'polyrun_functions.mjs', source: paths.map((path) => `import ${JSON.stringify(`./${path}`)}\n`).join('') }
}

interface PreparationRun {
  readonly signal: AbortSignal
  readonly entryPoint?: string
  readonly env?: Readonly<Record<string, string>>
}

async function run(
  executor: CodeExecutor,
  source: string | Readonly<Record<string, string>>,
  language: LanguageName,
  options: PreparationRun,
): Promise<CodeResult> {
  return executor.executeCode(source, language, options)
}

function lastLine({ output, error }: CodeResult): string {
  return (error.trim() || output.trim()).split('\n').at(-1)?.trim() ?? ''
}
