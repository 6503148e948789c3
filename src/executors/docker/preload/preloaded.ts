import { CodeExecutorError } from '../../../core/index.ts'
import type { ExecPlace } from '../exec-channel.ts'
import type { SupervisorUser } from '../supervisor/runner.ts'
import type { ForkRequest } from './fork-request.ts'
import { ForkServer, type ForkServerSetup } from './fork-server.ts'

/** A fork server in a container, and another one when programs were the end of it. */
export class Preloaded {
  readonly #place: ExecPlace
  readonly #user: SupervisorUser
  readonly #setup: ForkServerSetup
  #server: ForkServer

  private constructor(place: ExecPlace, user: SupervisorUser, setup: ForkServerSetup, server: ForkServer) {
    this.#place = place
    this.#user = user
    this.#setup = setup
    this.#server = server
  }

  /** Starts the first one; no program may be running. @throws see `ForkServer.start` */
  static async start(place: ExecPlace, user: SupervisorUser, setup: ForkServerSetup): Promise<Preloaded> {
    return new Preloaded(place, user, setup, await startServer(place, user, setup))
  }

  /** Process ids that are to be spared. */
  get keep(): readonly number[] {
    return this.#server.isClosed ? [] : [this.#server.pid]
  }

  /** The server that can take a request, if there is one and it can. */
  serverFor(request: ForkRequest): ForkServer | undefined {
    return !this.#server.isClosed && this.#server.canRun(request) ? this.#server : undefined
  }

  /** Starts another one when the last is gone; no program may be running. One that cannot be started is missed and no more. */
  async revive(): Promise<void> {
    if (!this.#server.isClosed) return
    try {
      this.#server = await startServer(this.#place, this.#user, this.#setup)
    } catch (error) {
      if (!CodeExecutorError.is(error)) throw error
    }
  }

  /** Has the next run begin and end sooner. */
  makeAhead(): void {
    if (!this.#server.isClosed) this.#server.makeAhead()
  }

  /** To be called before anything runs that is no run of the server. */
  dropAhead(): void {
    if (!this.#server.isClosed) this.#server.dropAhead()
  }

  /** Ends it. */
  end(): void {
    this.#server.stop()
  }
}

function startServer(place: ExecPlace, { user, workDir }: SupervisorUser, setup: ForkServerSetup): Promise<ForkServer> {
  const env = Object.entries(setup.env).map(([name, value]) => `${name}=${value}`)
  return ForkServer.start(setup, async (argv, listener) => {
    const channel = await place.exec({ Cmd: [...argv], User: user, Env: env, WorkingDir: workDir }, listener)
    channel.keepAlive(false)
    return channel
  })
}
