import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '../lib/run-command.ts'
import type { Step } from '../lib/step.ts'

const minute = 60_000

/** Packs what the build step made. */
export const packStep: Step = {
  name: 'pack',
  async run({ temp }) {
    const { exitCode, output } = await runCommand('npm', ['pack', '--ignore-scripts', '--pack-destination', temp], {
      timeoutMs: 2 * minute,
    })
    return { ok: exitCode === 0, output }
  },
}

/** What publishing would get wrong in package.json. */
export const publintStep = tarballCommand('publint', ['publint', 'run', '--strict'])

/** Whether the types resolve as the code does. ESM only: a package of today does not answer to require. */
export const attwStep = tarballCommand('are the types wrong', ['attw', '--profile', 'esm-only', '--no-emoji'])

/** The tarball of this run, made by {@link packStep}. */
export async function findTarball(temp: string): Promise<string> {
  const name = (await readdir(temp)).find((entry) => entry.endsWith('.tgz'))
  if (name === undefined) throw new Error('There is no tarball, because the pack step failed.')
  return join(temp, name)
}

function tarballCommand(name: string, [command, ...args]: readonly [string, ...string[]]): Step {
  return {
    name,
    async run({ temp }) {
      const { exitCode, output } = await runCommand(command, [...args, await findTarball(temp)], { timeoutMs: 5 * minute })
      return { ok: exitCode === 0, output }
    },
  }
}
