import { spawn, type ChildProcess } from 'node:child_process'
import { Agent } from 'node:http'
import { Duplex } from 'node:stream'
import { CodeExecutorError } from '../../core/index.ts'
import { quoteLiterally } from '../../engine/index.ts'
import { describeAddress, type SshAddress } from './engine-address.ts'

/** What ssh says of a failure is its last words; no more of them is kept. */
const LAST_WORDS = 2_000

/**
 * Reaches an engine as the docker program does: each connection is an `ssh` program that runs `docker system dial-stdio`
 * over there. So the configuration, the keys and above all the known hosts of ssh hold here too. It never asks: where a
 * password would be needed, or the host is not known, the connection fails.
 */
export class SshAgent extends Agent {
  readonly #address: SshAddress

  constructor(address: SshAddress, idleMs: number) {
    super({ keepAlive: true, timeout: idleMs })
    this.#address = address
  }

  override createConnection(): Duplex {
    return new SshStream(this.#address)
  }
}

/** The arguments of the ssh program. Beyond `--` nothing is read as an option. */
export function sshArguments({ host, port, username, socketPath }: SshAddress): string[] {
  const engine = socketPath === undefined ? [] : ['--host', quoteLiterally(`unix://${socketPath}`)]
  return [
    ...['-T', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=30'],
    ...(username === undefined ? [] : ['-l', username]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...['--', host, 'docker', ...engine, 'system', 'dial-stdio'],
  ]
}

/** The standard input and output of an ssh program as what a socket would be. */
class SshStream extends Duplex {
  readonly #ssh: ChildProcess
  readonly #address: SshAddress
  #lastWords = ''
  #idleTimer: NodeJS.Timeout | undefined

  constructor(address: SshAddress) {
    super()
    this.#address = address
    this.#ssh = spawn('ssh', sshArguments(address), { stdio: ['pipe', 'pipe', 'pipe'] })
    const { stdin, stdout, stderr } = this.#ssh
    stderr?.on('data', (chunk: Buffer) => (this.#lastWords = (this.#lastWords + chunk.toString()).slice(-LAST_WORDS)))
    stdout?.on('data', (chunk: Buffer) => void (this.push(chunk) || stdout.pause()))
    // An error of these is followed by the end of the program, which says more.
    for (const pipe of [stdin, stdout, stderr]) pipe?.on('error', () => {})
    this.#ssh.on('error', (error) => this.destroy(this.#unreachable('the ssh program could not be started', error)))
    this.#ssh.on('close', (exitCode) => {
      if (exitCode === 0) this.push(null)
      else this.destroy(this.#unreachable(this.#lastWords.trim() || `ssh ended with ${exitCode}`))
    })
  }

  override _read(): void {
    this.#ssh.stdout?.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#ssh.stdin?.write(chunk, () => done())
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#ssh.stdin?.end(() => done())
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#idleTimer)
    this.#ssh.kill()
    done(error)
  }

  /** What an agent does to a socket that waits for its next request: it must neither keep this process alive … */
  unref(): this {
    return this.#count('unref')
  }

  /** … nor end it while a request runs. */
  ref(): this {
    return this.#count('ref')
  }

  #count(how: 'ref' | 'unref'): this {
    const { stdin, stdout, stderr } = this.#ssh
    for (const each of [this.#ssh, stdin, stdout, stderr]) (each as { ref?(): void; unref?(): void } | null)?.[how]?.()
    return this
  }

  /** An idle connection ends; how long it may idle is told once it does. */
  setTimeout(idleMs: number): this {
    clearTimeout(this.#idleTimer)
    if (idleMs > 0) this.#idleTimer = setTimeout(() => this.emit('timeout'), idleMs).unref()
    return this
  }

  setKeepAlive(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  #unreachable(words: string, cause?: Error): CodeExecutorError<'BACKEND_UNREACHABLE'> {
    const address = describeAddress(this.#address)
    const message = `No Docker engine answers at ${address}: ${words}. See whether ssh to it and docker over there work without a question.`
    return new CodeExecutorError('BACKEND_UNREACHABLE', message, { executor: 'docker' }, { cause })
  }
}
