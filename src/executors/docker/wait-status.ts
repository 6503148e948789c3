/** How a process ended. */
export type WaitStatus = { readonly exitCode: number } | { readonly signal: string }

/** Signals of Linux by number, from 1 on; this process may run on a system that counts them differently. */
const LINUX_SIGNALS = [
  ...['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGKILL', 'SIGUSR1', 'SIGSEGV'],
  ...['SIGUSR2', 'SIGPIPE', 'SIGALRM', 'SIGTERM', 'SIGSTKFLT', 'SIGCHLD', 'SIGCONT', 'SIGSTOP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU'],
  ...['SIGURG', 'SIGXCPU', 'SIGXFSZ', 'SIGVTALRM', 'SIGPROF', 'SIGWINCH', 'SIGIO', 'SIGPWR', 'SIGSYS'],
]
/** The first one that programs have to themselves; the C library keeps two before it. */
const FIRST_REALTIME = 34

/** What a status of wait(2) on Linux says. */
export function readWaitStatus(status: number): WaitStatus {
  const number = status & 0x7f // the bit above says whether there is a core file
  if (number === 0) return { exitCode: (status >> 8) & 0xff }
  return { signal: signalName(number) }
}

/** The name of a signal of Linux. */
export function signalName(number: number): string {
  return LINUX_SIGNALS[number - 1] ?? `SIGRTMIN+${number - FIRST_REALTIME}`
}
