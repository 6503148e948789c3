import type { LanguageRegistry, Unit } from '../../../languages/index.ts'

/** How the executor starts Python: a fork server has to be what a run would have been. */
export interface PythonStart {
  /** Names of the interpreter, best first. */
  readonly programs: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** Any program: what the language sets does not depend on it. */
const ANY: Unit = {
  entryPoint: 'main.py',
  source: '',
  textOf: () => '',
  sources: ['main.py'],
  files: ['main.py'],
  buildDir: '.',
  program: (name) => name,
}

/** Reads the row of the language. @throws `LANGUAGE_UNKNOWN` when the executor was told not to have it */
export function pythonStart(languages: LanguageRegistry, environment: Readonly<Record<string, string>>): PythonStart {
  const { toolchains } = languages.resolve('python')
  const env = Object.entries(toolchains[0]?.env?.(ANY) ?? {}).filter(([name]) => !(name in environment))
  return { programs: toolchains.flatMap(({ programs }) => programs), env: Object.fromEntries(env) }
}
