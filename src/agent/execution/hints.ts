import type { Capability, CodeResult, Termination } from '../../core/index.ts'
import { installCommand } from './package-names.ts'

/** How programs complain that they reach nobody. */
const NO_NETWORK =
  /getaddrinfo|name resolution|Name or service not known|nodename nor servname|Network is unreachable|Could not resolve (?:host|proxy)|unknown host|\b(?:ENETUNREACH|ENOTFOUND|EAI_AGAIN)\b/i
/** Complaints stand at the end, except for compilers. What is between is not searched. */
const SEARCHED_CHARS = 20_000

/** Who has no network cannot install. */
const OFFLINE = 'Do without it: there is no network to install it from.'

/** What would help with what went wrong, one sentence each, for the one who wrote the program. */
export function hintsFor(result: CodeResult, capabilities: ReadonlySet<Capability>): readonly string[] {
  const { termination, omittedBytes } = result
  const complaint = result.success ? '' : searched(result.error) + searched(result.output)
  const missing = installCommand(complaint)
  const isOffline = capabilities.has('network-isolation')
  return [
    limitHint(termination),
    missing &&
      `The module ${missing.module} is not installed. ${isOffline ? OFFLINE : `Do without it, or install it if you may: ${missing.command}.`}`,
    isOffline && NO_NETWORK.test(complaint)
      ? 'The network is off by policy here, and trying again will not help. Work with what is there.'
      : undefined,
    omittedBytes.output + omittedBytes.error > 0
      ? `${omittedBytes.output + omittedBytes.error} bytes of output went over limits.outputBytes and are lost. Print less.`
      : undefined,
  ].filter((hint) => hint !== undefined)
}

function limitHint(termination: Termination): string | undefined {
  switch (termination.kind) {
    case 'timed-out':
      return `It ran longer than timeoutMs (${termination.limitMs} ms) and was ended. Let it do less, or look for an endless loop or a wait for input.`
    case 'out-of-memory':
      return `It used more than limits.memory (${termination.limitBytes} bytes). Work on less at a time.`
    case 'too-many-processes':
      return `It used more than limits.pids (${termination.limit}). Start fewer processes and threads.`
    case 'out-of-disk':
      return `It wrote more than limits.disk (${termination.limitBytes} bytes). Write less.`
    case 'exited':
    case 'raised':
    case 'signaled':
      return undefined
  }
}

function searched(text: string): string {
  return text.length <= 2 * SEARCHED_CHARS ? text : `${text.slice(0, SEARCHED_CHARS)}\n${text.slice(-SEARCHED_CHARS)}`
}
