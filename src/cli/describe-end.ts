import { describeTermination, type CodeResult, type Termination } from '../core/index.ts'

/** The flag behind a limit, for whoever wants another one. */
const FLAGS: Readonly<Partial<Record<Termination['kind'], string>>> = {
  'timed-out': '--timeout',
  'out-of-memory': '--memory',
  'too-many-processes': '--pids',
  'out-of-disk': '--disk',
}

/** How a program ended that did not end well: `ended after 2.0 s: longer than 2000 ms (--timeout)`. */
export function describeEnd({ termination, phase, durationMs }: CodeResult): string {
  const flag = FLAGS[termination.kind]
  const compiling = phase === 'compile' ? ' while compiling' : ''
  const how = describeTermination(termination)
  return `ended after ${(durationMs / 1000).toFixed(1)} s${compiling}: ${how}${flag === undefined ? '' : ` (${flag})`}`
}

/** What the output limit left out, or `undefined` when everything is there. */
export function describeOmission({ omittedBytes: { output, error } }: CodeResult): string | undefined {
  const parts = [...(output > 0 ? [`${output} bytes of standard output`] : []), ...(error > 0 ? [`${error} bytes of standard error`] : [])]
  return parts.length === 0 ? undefined : `${parts.join(' and ')} were left out; --output-bytes lets more through`
}
