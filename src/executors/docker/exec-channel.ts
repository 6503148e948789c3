import type { CommandIo } from '../../engine/index.ts'
import type { DockerContainer, DockerExec, ExecConfig } from './client.ts'
import { engineError } from './engine-errors.ts'
import { readSteadily } from './steady-socket.ts'
import { StreamFrames } from './stream-frames.ts'

/** Takes what a process in a container prints. The memory may be used again after the call. */
export interface OutputListener {
  onOutput(chunk: Buffer): void
  onError(chunk: Buffer): void
}

/** Hands what is printed on to whoever runs the program. */
export function listenerOf(io: Pick<CommandIo, 'onOutput' | 'onError'>): OutputListener {
  return { onOutput: (chunk) => io.onOutput(chunk), onError: (chunk) => io.onError(chunk) }
}

/** What a process in a container is started with. */
export type ProcessConfig = Pick<ExecConfig, 'Cmd' | 'User' | 'Env' | 'WorkingDir'>

/** Where processes can be started. */
export interface ExecPlace {
  /** Starts a process and attaches to its three streams. @throws see {@link engineError} */
  exec(config: ProcessConfig, listener: OutputListener): Promise<Channel>
  /** The same, with what tells of its end. */
  start(config: ProcessConfig, listener: OutputListener): Promise<RunningProcess>
}

/** A process that the engine started. */
export interface RunningProcess {
  readonly channel: Channel
  readonly exec: Pick<DockerExec, 'inspect'>
}

/** A stream of the engine to and from one process in a container. */
export class Channel {
  /** Resolves when the process has closed its outputs, or the engine was lost; everything it printed has been handed on. */
  readonly closed: Promise<void>
  readonly #stream: NodeJS.ReadWriteStream

  private constructor(stream: NodeJS.ReadWriteStream, listener: OutputListener) {
    const frames = new StreamFrames(
      (chunk) => listener.onOutput(chunk),
      (chunk) => listener.onError(chunk),
    )
    this.#stream = readSteadily(stream, (chunk) => {
      try {
        frames.push(chunk)
      } catch {
        this.destroy() // what comes after a broken frame means nothing
      }
    })
    this.closed = new Promise((resolve) => {
      const onClosed = (): void => resolve()
      this.#stream.on('end', onClosed).on('close', onClosed).on('error', onClosed)
    })
  }

  /** Listens to a stream that the engine opened. */
  static over(stream: NodeJS.ReadWriteStream, listener: OutputListener): Channel {
    return new Channel(stream, listener)
  }

  /** Starts a process in a running container and attaches to its three streams. @throws see {@link engineError} */
  static async exec(container: DockerContainer, config: ProcessConfig, listener: OutputListener): Promise<RunningProcess> {
    try {
      const exec = await container.exec({ ...config, AttachStdin: true, AttachStdout: true, AttachStderr: true })
      return { channel: new Channel(await exec.start({ hijack: true, stdin: true }), listener), exec }
    } catch (cause) {
      throw engineError(cause, 'starting a process in the container')
    }
  }

  /** Writes to the process's standard input. */
  write(bytes: string | Uint8Array): void {
    this.#stream.write(bytes)
  }

  /** Ends the process's standard input. */
  end(): void {
    this.#stream.end()
  }

  /** Whether it keeps this process alive, which a new one does. An idle one is not to: when we go, its input ends and so does it. */
  keepAlive(keep: boolean): void {
    const socket = socketOf(this.#stream)
    if (keep) socket?.ref()
    else socket?.unref()
  }

  /** Lets go of the process without waiting for anything. */
  destroy(): void {
    if ('destroy' in this.#stream && typeof this.#stream.destroy === 'function') this.#stream.destroy()
  }
}

interface Referenced {
  ref(): void
  unref(): void
}

/** The connection below a stream of the client: the stream itself when the engine upgraded it, else that of its request. */
function socketOf(stream: object): Referenced | undefined {
  const candidates: readonly unknown[] = [stream, (stream as { req?: { socket?: unknown } }).req?.socket]
  return candidates.find((each): each is Referenced => typeof each === 'object' && each !== null && 'unref' in each)
}
