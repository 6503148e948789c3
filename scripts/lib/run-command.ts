import { spawn, type ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { descendantsOf } from './process-tree.ts'
import { ROOT } from './paths.ts'

export interface CommandOptions {
  readonly timeoutMs: number
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  /** `collect` keeps the output for the caller, `inherit` shows it as it comes. */
  readonly output?: 'collect' | 'inherit'
  /** Sees the output as it comes, in addition. */
  readonly onOutput?: (text: string) => void
}

export interface CommandOutcome {
  /** 0 when all is well; 124 when the time limit ended it, 127 when it could not be started. */
  readonly exitCode: number
  /** Standard output alone. */
  readonly stdout: string
  /** Standard output and error in the order they came. */
  readonly output: string
}

const running = new Set<ChildProcess>()

/** Runs a command in a process group of its own, so that the time limit ends its children too. Never rejects. */
export function runCommand(command: string, args: readonly string[], options: CommandOptions): Promise<CommandOutcome> {
  const { promise, resolve } = Promise.withResolvers<CommandOutcome>()
  const child = spawn(command, args, {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, ...options.env },
    stdio: options.output === 'inherit' ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  })
  running.add(child)
  let stdout = ''
  let output = ''
  let timedOut = false
  const add = (text: string): void => {
    output += text
    options.onOutput?.(text)
  }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    add(text)
  })
  child.stderr?.setEncoding('utf8').on('data', add)
  const timer = setTimeout(() => {
    timedOut = true
    endTree(child)
  }, options.timeoutMs)
  const settle = (exitCode: number): void => {
    clearTimeout(timer)
    running.delete(child)
    resolve({ exitCode, stdout, output })
  }
  child.on('error', (error) => {
    add(`${command} could not be started: ${error.message}\n`)
    settle(127)
  })
  // What a command leaves behind in its group would hold the pipes open: it ends with the command.
  child.on('exit', () => endGroup(child))
  child.on('close', (code, signal) => {
    if (timedOut) add(`\n${[command, ...args].join(' ')} was ended after ${options.timeoutMs / 1000} s\n`)
    settle(timedOut ? 124 : (code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
  })
  return promise
}

/** Ends every command that still runs; for when this process is told to end. */
export function endRunningCommands(): void {
  for (const child of running) endTree(child)
}

/** Ends a command with all its descendants: tests start programs in groups of their own, which the group's end would not reach. */
function endTree(child: ChildProcess): void {
  const descendants = child.pid === undefined ? [] : descendantsOf(child.pid)
  endGroup(child)
  for (const pid of descendants) kill(pid)
}

function endGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) kill(process.platform === 'win32' ? pid : -pid)
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}
