import { execFileSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import type { LanguageDefinition } from '../../src/languages/index.ts'

const USUAL = '/usr/bin/python3'

/** The Python interpreter itself. What is first on the PATH may be a shim that takes longer than Python does. */
export function findPython(): string {
  if (existsSync(USUAL)) return realpathSync(USUAL)
  const printed = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' })
  return realpathSync(printed.trim())
}

/** The language row that runs exactly that interpreter, and nothing else. */
export function pythonRow(interpreter: string): LanguageDefinition {
  return { name: 'python', command: [interpreter] }
}
