import type { Channel, OutputListener } from './exec-channel.ts'
import type { KillerLink } from './supervisor/killer.ts'
import { RELAY_OVER } from './supervisor/holder-script.ts'

/** A way to one process in a container, beside its holder, which hands on lines to it and from it. */
export class HolderRelay implements KillerLink {
  /** Resolves when nobody is left who could answer. */
  readonly closed: Promise<void>
  readonly #closing = Promise.withResolvers<void>()
  readonly #holder: Channel
  #listener: OutputListener | undefined
  /** A line that has begun. */
  #line = ''

  /** @param holder - the channel of the holder */
  constructor(holder: Channel) {
    this.#holder = holder
    this.closed = this.#closing.promise
    void holder.closed.then(() => this.#closing.resolve())
  }

  /** Hands on what comes from now on. */
  open(listener: OutputListener): Promise<this> {
    this.#listener = listener
    return Promise.resolve(this)
  }

  /** Takes what the holder says. */
  onOutput(chunk: Buffer): void {
    const lines = `${this.#line}${chunk.toString('latin1')}`.split('\n')
    this.#line = lines.pop() ?? ''
    for (const line of lines) {
      if (line === RELAY_OVER) this.#closing.resolve()
      else this.#listener?.onOutput(Buffer.from(`${line}\n`, 'latin1'))
    }
  }

  write(lines: string): void {
    this.#holder.write(lines)
  }

  /** Lets go of it. It lives as long as the container. */
  destroy(): void {
    this.#closing.resolve()
  }

  /** The same: its end is that of the container. */
  end(): void {
    this.destroy()
  }

  /** Whoever waits for it keeps something else alive. */
  keepAlive(): void {}
}
