import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { EngineAnswer, EngineKind } from './answer.ts'
import { findTool } from './tools.ts'

/** What keeper.ts says: where it keeps its engines, where an engine is, and at the end what it could not remove. */
export type KeeperMessage =
  | { readonly directory: string }
  | { readonly kind: EngineKind; readonly answer: EngineAnswer }
  | { readonly leftovers: readonly string[] }

/** Engines need root, and the kernel that containers are made of. */
export const CAN_KEEP_ENGINES = process.platform === 'linux' && process.getuid?.() === 0

const KEEPER = fileURLToPath(new URL('keeper.ts', import.meta.url))
const KEEPER_IS_GONE = { unavailable: 'the process that keeps the engines ended; what it said is in the output' }

/** A process that keeps engines. It is no child of this one and outlives it, for as long as it needs to end the engines. */
export class KeeperProcess {
  readonly #channel: Socket
  readonly #ended: Promise<EngineAnswer>
  readonly #answers = new Map<EngineKind, (answer: EngineAnswer) => void>()
  readonly #asked = new Map<EngineKind, Promise<EngineAnswer>>()
  #leftovers: readonly string[] | undefined
  /** Where its engines have everything that is theirs; known when the first one has answered. */
  directory: string | undefined

  constructor() {
    // Not its standard input: that is closed when the first process ends, which is not the one that stays.
    const child = spawn(findTool('setsid') ?? 'setsid', ['--fork', process.execPath, KEEPER], {
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    })
    this.#channel = child.stdio[3] as Socket
    this.#channel.on('error', () => {}) // its end is what counts
    const lines = createInterface(this.#channel)
    lines.on('line', (line) => this.#hear(JSON.parse(line) as KeeperMessage))
    child.once('error', () => lines.close())
    this.#ended = once(lines, 'close').then(() => KEEPER_IS_GONE)
  }

  /** Starts an engine, unless that was done before, and resolves when it can be used. */
  ask(kind: EngineKind): Promise<EngineAnswer> {
    const answer = this.#asked.get(kind) ?? Promise.race([this.#request(kind), this.#ended])
    this.#asked.set(kind, answer)
    return answer
  }

  /** Ends the engines, and resolves to what could not be removed, one sentence each. */
  async stop(): Promise<readonly string[]> {
    this.#channel.end()
    await this.#ended
    return this.#leftovers ?? ['the process that keeps the engines ended before it removed them']
  }

  #request(kind: EngineKind): Promise<EngineAnswer> {
    const { promise, resolve } = Promise.withResolvers<EngineAnswer>()
    this.#answers.set(kind, resolve)
    this.#channel.write(`${kind}\n`)
    return promise
  }

  #hear(message: KeeperMessage): void {
    if ('directory' in message) this.directory = message.directory
    else if ('leftovers' in message) this.#leftovers = message.leftovers
    else this.#answers.get(message.kind)?.(message.answer)
  }
}
