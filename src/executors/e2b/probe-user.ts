import { CodeExecutorError } from '../../core/index.ts'
import type { E2BCommands } from './client.ts'
import type { ProgramUser } from './launch.ts'

/** What is asked of the template's own user, as the package's commands run: with a login shell. */
const QUESTIONS = `
id -u; id -g; id -G
env --default-signal true 2>/dev/null && echo yes || echo no
for name in unshare setpriv setsid tar base64; do command -v "$name" >/dev/null || PATH=$PATH:/usr/sbin:/sbin command -v "$name" >/dev/null || printf '%s ' "$name"; done
echo
env -0`
/** What shells say of themselves. */
const SHELLS_OWN = ['PWD', 'OLDPWD', 'SHLVL', '_']

/** Asks who runs programs, and what they find in their environment. @throws `BACKEND_REJECTED` when the template lacks a program */
export async function probeUser(commands: E2BCommands, timeoutMs: number): Promise<ProgramUser> {
  const { stdout } = await commands.run(QUESTIONS, { timeoutMs })
  const [id = '', group = '', groups = '', resets = '', missing = '', ...rest] = stdout.split('\n')
  if (!/^\d+$/.test(id) || !/^\d+$/.test(group)) throw unusable(`its user could not be found out: ${JSON.stringify(stdout.slice(0, 200))}`)
  if (missing.trim() !== '') throw unusable(`it lacks ${missing.trim().replaceAll(' ', ', ')}`)
  const env = rest
    .join('\n')
    .split('\0')
    .filter((entry) => entry.includes('='))
    .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)] as const)
    .filter(([name]) => !SHELLS_OWN.includes(name))
  return { id, group, groups: groups.trim().replaceAll(' ', ','), env: Object.fromEntries(env), resetsSignals: resets === 'yes' }
}

/** A template in which runs could not be ended. */
export function unusable(reason: string): CodeExecutorError<'BACKEND_REJECTED'> {
  const message = `Programs cannot be run in this template so that they end: ${reason}. Take one with util-linux, coreutils and tar, such as base.`
  return new CodeExecutorError('BACKEND_REJECTED', message, { executor: 'e2b', reason })
}
