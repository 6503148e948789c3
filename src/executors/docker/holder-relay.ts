import type { Channel, OutputListener } from './exec-channel.ts'
import type { KillerLink } from './supervisor/killer.ts'
import { RELAY_OVER, STATE_OF } from './supervisor/holder-script.ts'

/** The state of a process that a signal has stopped. */
const STOPPED = 'T'

/** A way to one process in a container, beside its holder, which hands on lines to it and from it. */
export class HolderRelay implements KillerLink {
  /** Resolves when nobody is left who could answer. */
  readonly closed: Promise<void>
  readonly #closing = Promise.withResolvers<void>()
  readonly #holder: Channel
  #listener: OutputListener | undefined
  /** Who asked for the state of a process. */
  readonly #asking: PromiseWithResolvers<string>[] = []
  /** A line that has begun. */
  #line = ''

  /** @param holder - the channel of the holder */
  constructor(holder: Channel) {
    this.#holder = holder
    this.closed = this.#closing.promise
    void holder.closed.then(() => this.#closing.resolve())
    void this.closed.then(() => {
      for (const { resolve } of this.#asking.splice(0)) resolve('')
    })
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
      else if (line.startsWith(`${STATE_OF} `)) this.#asking.shift()?.resolve(line.slice(STATE_OF.length + 1))
      else this.#listener?.onOutput(Buffer.from(`${line}\n`, 'latin1'))
    }
  }

  write(lines: string): void {
    this.#holder.write(lines)
  }

  async isStopped(pid: number): Promise<boolean> {
    const asking = Promise.withResolvers<string>()
    this.#asking.push(asking)
    this.#holder.write(`${STATE_OF} ${pid}\n`)
    return (await asking.promise) === STOPPED
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
