import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { unavailable, type EngineAnswer, type EngineKind } from './answer.ts'
import { KeeperProcess } from './keeper-process.ts'

/** Where the processes of one test run ask for engines. Nothing is started before the first of them does. */
export class EngineBroker {
  readonly address: string
  readonly #server: Server
  #keeper: KeeperProcess | undefined

  private constructor(address: string) {
    this.address = address
    this.#server = createServer((socket) => {
      socket.on('error', () => {}) // the one who asked is gone
      socket.once(
        'data',
        (kind: Buffer) => void this.#answer(kind.toString() as EngineKind).then((answer) => socket.end(JSON.stringify(answer))),
      )
    })
  }

  /** Listens under a name that is no file (Linux has such), so that none is left behind. */
  static async open(): Promise<EngineBroker> {
    const broker = new EngineBroker(`\0polyrun-engines-${randomUUID()}`)
    broker.#server.listen(broker.address)
    await once(broker.#server, 'listening')
    return broker
  }

  /** Ends what was started. @throws an error that names what could not be removed */
  async close(): Promise<void> {
    this.#server.close()
    const leftovers = (await this.#keeper?.stop()) ?? []
    if (leftovers.length > 0) throw new Error(`Engines of the tests left something behind: ${leftovers.join('; ')}`)
  }

  #answer(kind: EngineKind): Promise<EngineAnswer> {
    this.#keeper ??= new KeeperProcess()
    return this.#keeper.ask(kind)
  }
}

/** Asks the broker of this test run. Resolves when the engine can be used or cannot be had. */
export async function askBroker(address: string, kind: EngineKind): Promise<EngineAnswer> {
  try {
    const socket = connect(address)
    socket.write(kind)
    return JSON.parse(await text(socket)) as EngineAnswer
  } catch (error) {
    return unavailable(error)
  }
}
