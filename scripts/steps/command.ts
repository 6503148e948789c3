import { runCommand } from '../lib/run-command.ts'
import type { Step } from '../lib/step.ts'

/** A step that is one command: it passes when the command exits with 0. */
export function commandStep(name: string, minutes: number, command: string, ...args: string[]): Step {
  return {
    name,
    async run() {
      const { exitCode, output } = await runCommand(command, args, { timeoutMs: minutes * 60_000 })
      return { ok: exitCode === 0, output: `$ ${[command, ...args].join(' ')}\n${output}(exit ${exitCode})` }
    },
  }
}
