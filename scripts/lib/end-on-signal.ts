import { constants } from 'node:os'
import { endRunningCommands } from './run-command.ts'

/** Commands run in process groups of their own, which a Ctrl-C does not reach: it is passed on here. Returns how to take it back. */
export function endOnSignal(cleanUp: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const end = (signal: NodeJS.Signals): void => {
    endRunningCommands()
    cleanUp()
    process.exit(128 + constants.signals[signal])
  }
  for (const signal of signals) process.once(signal, end)
  return () => {
    for (const signal of signals) process.off(signal, end)
  }
}
