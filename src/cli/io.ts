import { styleText } from 'node:util'

/** A stream of the command line: what `process.stdout` and a test's stand-in have in common. */
export type OutputStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }

/** What the command line reads, writes and knows of where it was started. */
export interface CliIo {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly env: Readonly<Record<string, string | undefined>>
  /** The directory that relative paths start from. */
  readonly cwd: string
  /** Fires when somebody wants this to end; its reason is an {@link Interrupted}. */
  readonly signal: AbortSignal
}

/** A signal that asked the command line to end. */
export class Interrupted extends Error {
  /** Which one. */
  readonly signalName: NodeJS.Signals

  constructor(signalName: NodeJS.Signals) {
    super(`interrupted by ${signalName}`)
    this.name = 'Interrupted'
    this.signalName = signalName
  }
}

type Format = Parameters<typeof styleText>[0]

/** Text with a colour or weight, where the stream is a terminal that shows it and NO_COLOR does not forbid it. */
export function paint(stream: OutputStream, format: Format, text: string): string {
  return styleText(format, text, { stream })
}

/** A line of ours on standard error, apart from what programs write there. */
export function say(io: CliIo, kind: 'failure' | 'note', text: string): void {
  io.stderr.write(`${paint(io.stderr, kind === 'failure' ? 'red' : 'yellow', 'polyrun:')} ${text}\n`)
}
