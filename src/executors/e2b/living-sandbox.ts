import { CodeExecutorError } from '../../core/index.ts'
import type { Command, CommandExit, CommandIo } from '../../engine/index.ts'
import { randomName } from '../../workspace/index.ts'
import type { PackedFiles } from './archive.ts'
import type { E2BSandbox, E2BSandboxClass, ProcessService } from './client.ts'
import { processServiceOf } from './connect.ts'
import { createSandbox } from './create-sandbox.ts'
import { Lifetime } from './lifetime.ts'
import { fitsInWord, launchArguments, type Launch, type ProgramUser } from './launch.ts'
import { probeUser, unusable } from './probe-user.ts'
import { readEnd } from './process-end.ts'
import { Refusal } from './refusal.ts'
import { BrokenStream, runProcess } from './run-process.ts'
import { sandboxError } from './sandbox-errors.ts'
import type { E2BSettings } from './settings.ts'

/** Where the programs of root's part of a launch are. */
const ROOT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** What goes around a command. */
export interface Around {
  /** Files that are unpacked before. */
  readonly packed?: PackedFiles | undefined
  /** Paths that are removed afterwards. */
  readonly temporary?: readonly string[]
}

/** The sandbox was gone before anything of the call was done in it, so that the call may be made again in another one. */
export class SandboxGone extends CodeExecutorError<'BACKEND_LOST'> {}

/** A sandbox that runs commands, until it is killed or lost. */
export class LivingSandbox {
  readonly #sandbox: E2BSandbox
  readonly #service: ProcessService
  readonly #settings: E2BSettings
  readonly #lifetime: Lifetime
  readonly #privateDir = `/var/tmp/polyrun-${randomName(12)}`
  #user: ProgramUser = { id: '', group: '', groups: '', env: {}, resetsSignals: false }
  #isLost = false
  /** Whether it is known that nothing runs in it any more. */
  #isEnded = false

  private constructor(sandbox: E2BSandbox, settings: E2BSettings) {
    this.#sandbox = sandbox
    this.#service = processServiceOf(sandbox.commands)
    this.#settings = settings
    this.#lifetime = new Lifetime((timeoutMs) => sandbox.setTimeout(timeoutMs), settings.sandboxTimeoutMs)
  }

  /** Makes one and sees that programs run in it. @throws see `sandboxError` */
  static async create(sandboxes: E2BSandboxClass, settings: E2BSettings): Promise<LivingSandbox> {
    const sandbox = await createSandbox(sandboxes, settings)
    try {
      const living = new LivingSandbox(sandbox, settings)
      await living.#prepare()
      return living
    } catch (error) {
      await sandbox.kill().catch(() => false) // the first error is the one to tell; its time ends it too
      throw sandboxError(error, { doing: 'using', template: settings.template })
    }
  }

  /** Whether it is given up, and what was in it gone. */
  get isLost(): boolean {
    return this.#isLost
  }

  /** @throws see `sandboxError`; `SandboxGone` when nothing of it was done */
  async run(command: Command, io: CommandIo, { packed, temporary = [] }: Around = {}): Promise<CommandExit> {
    io.signal.throwIfAborted()
    const release = this.#lifetime.use()
    try {
      const launch: Launch = {
        command,
        temporary,
        secret: randomName(16),
        workDir: this.#settings.workDir,
        user: this.#user,
        privateDir: this.#privateDir,
        openFiles: this.#settings.openFiles,
        archive: packed && (fitsInWord(packed.archive) ? packed.archive : await this.#upload(packed.archive)),
        directories: packed?.directories ?? [],
        input: command.stdin === undefined || command.stdin.byteLength === 0 ? undefined : await this.#upload(command.stdin),
      }
      const args = launchArguments(launch)
      io.signal.throwIfAborted()
      return await this.#follow(args, launch.secret, io)
    } finally {
      release()
    }
  }

  /** Ends it, and everything in it. That it is gone already is fine. */
  async kill(): Promise<void> {
    this.#lifetime.end()
    if (this.#isLost) return
    this.#isLost = true
    await this.#kill()
  }

  async #kill(): Promise<void> {
    const { sandboxId } = this.#sandbox
    try {
      await this.#sandbox.kill()
      this.#isEnded = true
    } catch (cause) {
      const message = `The sandbox ${sandboxId} could not be ended. End it with e2b sandbox kill ${sandboxId}; its time ends it too.`
      throw new CodeExecutorError('CLEANUP_FAILED', message, { executor: 'e2b', left: [sandboxId] }, { cause })
    }
  }

  async #prepare(): Promise<void> {
    this.#user = await probeUser(this.#sandbox.commands, this.#settings.requestTimeoutMs)
    let said = ''
    const io = {
      onOutput: () => {},
      onError: (chunk: Uint8Array) => void (said += Buffer.from(chunk).toString()),
      signal: new AbortController().signal,
    }
    const exit = await this.run({ argv: ['true'], env: {} }, io)
    if (exit.kind !== 'exited' || exit.exitCode !== 0)
      throw unusable(`no process namespace can be made: ${said.trim() || JSON.stringify(exit)}`)
  }

  async #follow(args: string[], secret: string, io: CommandIo): Promise<CommandExit> {
    const refusal = new Refusal(secret)
    const onError = (chunk: Uint8Array): void => {
      refusal.push(chunk)
      io.onError(chunk)
    }
    const request = { process: { cmd: '/bin/sh', args, envs: { PATH: ROOT_PATH } }, stdin: false }
    const handlers = { signal: io.signal, onError, onOutput: (chunk: Uint8Array): void => io.onOutput(chunk) }
    try {
      const end = await runProcess(this.#service, request, handlers, this.#settings.requestTimeoutMs)
      refusal.throwIfSaid(end)
      return readEnd(end)
    } catch (error) {
      if (!(error instanceof BrokenStream)) throw error
      const lost = await this.#broken(error)
      // It was to end, and with its sandbox it has.
      if (io.signal.aborted && this.#isEnded) return { kind: 'signaled', signal: 'SIGKILL' }
      throw lost
    }
  }

  /** What a program that may still run prints and does is nobody's any more: the sandbox is ended with it. */
  async #broken({ cause, hasStarted }: BrokenStream): Promise<CodeExecutorError> {
    const error = sandboxError(cause, { doing: 'using', template: this.#settings.template })
    if (error.code !== 'BACKEND_LOST' && !hasStarted) return error
    const isGone = !hasStarted && (await this.#isGone())
    if (!this.#isLost) {
      this.#isLost = true
      this.#lifetime.end()
      await this.#kill().catch(() => {}) // it has an end of its own, and the loss is what is to tell
    }
    return lostError(error, isGone)
  }

  async #upload(content: Uint8Array): Promise<string> {
    const path = `${this.#privateDir}/${randomName(8)}`
    const { requestTimeoutMs, template } = this.#settings
    try {
      // The very bytes: the package would take a view for text, and a buffer may be part of a larger one.
      await this.#sandbox.files.write(path, new Uint8Array(content).buffer, { user: 'root', requestTimeoutMs })
      return path
    } catch (cause) {
      const error = sandboxError(cause, { doing: 'using', template, path })
      if (error.code !== 'BACKEND_LOST') throw error
      const isGone = await this.#isGone()
      this.#isLost ||= isGone
      throw lostError(error, isGone)
    }
  }

  /** Whether it is known not to run. */
  async #isGone(): Promise<boolean> {
    const { requestTimeoutMs } = this.#settings
    return this.#sandbox.isRunning({ requestTimeoutMs }).then(
      (isRunning) => !isRunning,
      () => false,
    )
  }
}

function lostError({ message, cause }: CodeExecutorError, isGone: boolean): CodeExecutorError<'BACKEND_LOST'> {
  return new (isGone ? SandboxGone : CodeExecutorError)('BACKEND_LOST', message, { executor: 'e2b' }, { cause })
}
