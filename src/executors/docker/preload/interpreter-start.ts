import type { LanguageRegistry, Unit } from '../../../languages/index.ts'

/** How the executor starts an interpreter: what waits for a run has to be what that run would have been. */
export interface InterpreterStart {
  /** Names of the interpreter, best first. */
  readonly programs: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** What waits in a container for runs to come, of those interpreters that were asked for. */
export interface Starts {
  readonly python?: InterpreterStart
  readonly node?: InterpreterStart
}

/** The names of the one interpreter that can wait for a program in JavaScript. */
const NODE = ['node', 'nodejs']

/** Any program: what a language sets does not depend on it. */
const ANY: Unit = {
  entryPoint: 'main',
  source: '',
  textOf: () => '',
  sources: ['main'],
  files: ['main'],
  buildDir: '.',
  program: (name) => name,
}

/** Reads the rows of the languages. @throws `LANGUAGE_UNKNOWN` when the executor was told not to have one of them */
export function interpreterStarts(
  preload: { readonly python: readonly string[]; readonly javascript: boolean },
  languages: LanguageRegistry,
  environment: Readonly<Record<string, string>>,
): Starts {
  const start = (language: string, isFit: (name: string) => boolean): InterpreterStart => {
    const toolchains = languages.resolve(language).toolchains.filter(({ programs }) => programs.some(isFit))
    const env = Object.entries(toolchains[0]?.env?.(ANY) ?? {}).filter(([name]) => !(name in environment))
    return { programs: toolchains.flatMap(({ programs }) => programs), env: Object.fromEntries(env) }
  }
  return {
    ...(preload.python.length > 0 && { python: start('python', () => true) }),
    ...(preload.javascript && { node: start('javascript', (name) => NODE.includes(name)) }),
  }
}
