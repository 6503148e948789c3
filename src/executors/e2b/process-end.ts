import type { CommandExit } from '../../engine/index.ts'
import type { ProcessEnd } from './client.ts'

/**
 * Signals by the words in which the service tells them: those of Go's `syscall.Signal` on Linux, in the order of the numbers
 * from 1 on (https://go.dev/src/syscall/zerrors_linux_amd64.go).
 */
export const SIGNAL_WORDS = [
  ...([
    ['hangup', 'SIGHUP'],
    ['interrupt', 'SIGINT'],
    ['quit', 'SIGQUIT'],
    ['illegal instruction', 'SIGILL'],
  ] as const),
  ...([
    ['trace/breakpoint trap', 'SIGTRAP'],
    ['aborted', 'SIGABRT'],
    ['bus error', 'SIGBUS'],
  ] as const),
  ...([
    ['floating point exception', 'SIGFPE'],
    ['killed', 'SIGKILL'],
    ['user defined signal 1', 'SIGUSR1'],
  ] as const),
  ...([
    ['segmentation fault', 'SIGSEGV'],
    ['user defined signal 2', 'SIGUSR2'],
    ['broken pipe', 'SIGPIPE'],
  ] as const),
  ...([
    ['alarm clock', 'SIGALRM'],
    ['terminated', 'SIGTERM'],
    ['stack fault', 'SIGSTKFLT'],
    ['child exited', 'SIGCHLD'],
  ] as const),
  ...([
    ['continued', 'SIGCONT'],
    ['stopped (signal)', 'SIGSTOP'],
    ['stopped', 'SIGTSTP'],
    ['stopped (tty input)', 'SIGTTIN'],
  ] as const),
  ...([
    ['stopped (tty output)', 'SIGTTOU'],
    ['urgent I/O condition', 'SIGURG'],
    ['CPU time limit exceeded', 'SIGXCPU'],
  ] as const),
  ...([
    ['file size limit exceeded', 'SIGXFSZ'],
    ['virtual timer expired', 'SIGVTALRM'],
    ['profiling timer expired', 'SIGPROF'],
  ] as const),
  ...([
    ['window changed', 'SIGWINCH'],
    ['I/O possible', 'SIGIO'],
    ['power failure', 'SIGPWR'],
    ['bad system call', 'SIGSYS'],
  ] as const),
] as const
const NAMES: ReadonlyMap<string, string> = new Map(SIGNAL_WORDS)
/** The first signal that programs have to themselves; the C library keeps two before it. */
const FIRST_REALTIME = 34

/** How a process ended, from what the service says. */
export function readEnd({ exited, exitCode, status }: ProcessEnd): CommandExit {
  if (exited) return { kind: 'exited', exitCode }
  const words = /^signal: (.*?)(?: \(core dumped\))?$/.exec(status)?.[1] ?? status
  const number = /^signal (\d+)$/.exec(words)?.[1]
  const realtime = number === undefined ? undefined : `SIGRTMIN+${Number(number) - FIRST_REALTIME}`
  return { kind: 'signaled', signal: NAMES.get(words) ?? realtime ?? 'SIGKILL' }
}
