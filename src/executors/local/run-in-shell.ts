import { setTimeout as delay } from 'node:timers/promises'
import type { CommandExit, CommandIo } from '../../engine/index.ts'
import type { Launch, PreparedShell, ProcessExit } from './prepared-shell.ts'
import { Watchdog, type Check } from './watchdog.ts'

/** How long a program may take to end by itself after it was asked to. */
const GRACE_MS = 100
/** How long to wait for output that dead processes left in the pipes, should somebody else hold these open. */
const DRAIN_PATIENCE_MS = 500

/** How a program in a shell of ours ended. */
export interface ShellRun {
  readonly exit: ProcessExit
  /** The limit that a check found broken, for which it was ended. */
  readonly broken: CommandExit | undefined
  /** Processes that it left behind live on, as was asked for. */
  readonly background: boolean
}

/** How the rest of the program's tree is treated when the program itself ended. */
export interface RunInShellOptions {
  readonly checks: readonly Check[]
  /** Lets processes live that the program left behind. */
  readonly keepBackground: boolean
}

/**
 * Lets a prepared shell become the program and waits for its end. When this settles, every process of the tree is gone
 * (unless it is to be kept) and everything they printed has been handed on.
 */
export async function runInShell(
  shell: PreparedShell,
  launch: Launch,
  io: CommandIo,
  { checks, keepBackground }: RunInShellOptions,
): Promise<ShellRun> {
  let broken: CommandExit | undefined
  let ending: Promise<void> | undefined
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => {}) // looked at below, unless the program is faster
  const end = (): void => {
    ending ??= endTree(shell)
    ending.catch(failed.reject)
  }
  shell.output.listen((chunk) => io.onOutput(chunk))
  shell.error.listen((chunk) => io.onError(chunk))
  io.signal.addEventListener('abort', end, { once: true })
  if (!io.signal.aborted) shell.launch(launch)
  const watchdog = new Watchdog(checks, (exit) => {
    broken = exit
    end()
  })
  if (io.signal.aborted) end()
  try {
    const exit = await Promise.race([shell.exited, failed.promise])
    watchdog.stop()
    if (ending !== undefined) await ending
    else if (shell.scope.hasMembers(shell.leader)) {
      if (keepBackground) {
        await Promise.all([shell.output.idle(), shell.error.idle()])
        return { exit, broken, background: true }
      }
      await shell.scope.kill(shell.leader)
    }
    await drained(shell)
    return { exit, broken, background: false }
  } finally {
    watchdog.stop()
    io.signal.removeEventListener('abort', end)
  }
}

/** Asks the whole tree to end, gives it a moment, and then takes what is left. */
async function endTree(shell: PreparedShell): Promise<void> {
  shell.scope.terminate(shell.leader)
  const graceOver = new AbortController()
  const grace = delay(GRACE_MS, undefined, { signal: graceOver.signal }).catch(() => {})
  await Promise.race([shell.exited, grace])
  graceOver.abort()
  await shell.scope.kill(shell.leader)
}

async function drained(shell: PreparedShell): Promise<void> {
  const closed = Promise.all([shell.output.closed, shell.error.closed])
  const patienceOver = new AbortController()
  await Promise.race([closed, delay(DRAIN_PATIENCE_MS, undefined, { signal: patienceOver.signal }).catch(() => {})])
  patienceOver.abort()
}
