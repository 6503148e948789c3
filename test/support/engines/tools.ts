import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runCommand } from '../../../scripts/lib/run-command.ts'

/** Daemons and what they need are often in directories that only root's login shell searches. */
const DIRECTORIES = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']

/** The environment in which engines run. */
export const TOOL_ENV = { ...process.env, PATH: DIRECTORIES.join(delimiter), LC_ALL: 'C' }

/** The absolute path of a program, if this machine has it. */
export function findTool(name: string): string | undefined {
  return DIRECTORIES.map((directory) => join(directory, name)).find(isExecutable)
}

/** The absolute path of a program. @throws an error that names the Debian package when it is missing */
export function needTool(name: string, debianPackage: string): string {
  const path = findTool(name)
  if (path === undefined) throw new Error(`${name} is not installed: apt-get install ${debianPackage}`)
  return path
}

/** Runs a command to its end and returns its standard output. @throws an error with the last lines of its output when it fails */
export async function runTool(command: string, args: readonly string[], timeoutMs: number, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { exitCode, stdout, output } = await runCommand(command, args, { timeoutMs, env: { ...TOOL_ENV, ...env } })
  if (exitCode === 0) return stdout
  throw new Error(`${[command, ...args.slice(0, 3)].join(' ')} ... failed (exit ${exitCode}): ${lastLines(output)}`)
}

/** The end of a text, in one line. */
export function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-3).join(' | ')
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
