import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { findPython } from './interpreter.ts'

/** The version that is compared with. */
export const AUTOGEN_VERSION = '0.7.5'

const DIRECTORY = fileURLToPath(new URL(`../../.cache/autogen-${AUTOGEN_VERSION}`, import.meta.url))
const INSTALLED = `${DIRECTORY}/bin/python`
const MINUTE = 60_000
const run = promisify(execFile)

/** A Python that has AutoGen and its Docker executor, installed if need be and kept for the next time; or why there is none. */
export async function findAutogen(): Promise<{ readonly python: string } | { readonly missing: string }> {
  if (await hasAutogen()) return { python: INSTALLED }
  let missing = ''
  // The system's own Python may come without what makes environments.
  for (const python of new Set([findPython(), 'python3'])) {
    try {
      await run(python, ['-m', 'venv', '--clear', DIRECTORY], { timeout: MINUTE })
      await run(INSTALLED, ['-m', 'pip', 'install', '--quiet', `autogen-ext[docker]==${AUTOGEN_VERSION}`], { timeout: 5 * MINUTE })
      if (await hasAutogen()) return { python: INSTALLED }
      missing = 'what pip installed cannot be imported'
    } catch (error) {
      missing = lastLine(error)
    }
  }
  return { missing: `autogen-ext[docker] ${AUTOGEN_VERSION} could not be installed: ${missing}` }
}

async function hasAutogen(): Promise<boolean> {
  return run(INSTALLED, ['-c', 'import autogen_ext.code_executors.docker'], { timeout: MINUTE }).then(
    () => true,
    () => false,
  )
}

/** What a command said last, which with Python and pip is what went wrong. */
function lastLine(error: unknown): string {
  const { stderr = '', stdout = '' } = error as { readonly stderr?: string; readonly stdout?: string }
  const said = `${stdout}\n${stderr}`.trim().split('\n').at(-1)
  return said || (error instanceof Error ? error.message : String(error))
}
