import { basename } from 'node:path/posix'
import { CodeExecutorError, type Capability, type ResolvedLimits } from '../../core/index.ts'
import type { Command, CommandBackend, CommandExit, CommandIo, ProgramRun } from '../../engine/index.ts'
import { MAX_SOURCE_BYTES } from '../../workspace/index.ts'
import { packArchive } from './archive.ts'
import { capabilitiesOf, explainMissing } from './capabilities.ts'
import type { ForkRequest } from './preload/fork-request.ts'
import type { InterpreterStart, Starts } from './preload/interpreter-start.ts'
import type { DockerSettings } from './settings.ts'
import { Slots } from './slots.ts'
import {
  commandScript,
  fitsInScript,
  unpackInPlaceScript,
  unpackScript,
  type LaunchScript,
  type ScriptPlace,
} from './supervisor/launch-script.ts'
import type { PlainTask } from './shellless/plain-task.ts'
import { FIND_FIRST, Workplace } from './workplace.ts'

/** Names of what is left that an error tells. */
const MOST_NAMES = 20
/** Removes everything in the working directory, and names some of what is still there. It is a mount and stays itself. */
const EMPTY = `
everything() { for entry in * .[!.]* ..?*; do [ -e "$entry" ] || [ -L "$entry" ] && echo "$entry"; done; }
rm -rf -- "$PWD" 2>/dev/null
[ -n "$(everything)" ] || exit 0
chmod -R u+rwX . 2>/dev/null
rm -rf -- "$PWD" 2>/dev/null
[ -z "$(everything)" ] || { everything | head -n ${MOST_NAMES} >&2; exit 1; }
`
const NO_FILES: ReadonlyMap<string, Uint8Array> = new Map()

/** Runs commands in containers: one for each command at the same time, over a working directory that they share. */
export class DockerBackend implements CommandBackend {
  readonly name = 'docker'
  readonly sameNames = 'together'
  readonly capabilities: ReadonlySet<Capability>
  readonly environment: Readonly<Record<string, string>>
  readonly limits: ResolvedLimits
  readonly #settings: DockerSettings
  readonly #place: ScriptPlace
  readonly #concurrency: number
  readonly #backgroundCommands: number
  readonly #starts: Starts
  #workplace: Workplace | undefined
  #slots: Slots | undefined

  /**
   * @param starts - the interpreters that are to be there ahead of programs, and how they are started
   * @param backgroundCommands - programs at the same time besides those of `concurrency`
   */
  constructor(settings: DockerSettings, concurrency: number, starts: Starts = {}, backgroundCommands = 0) {
    this.#backgroundCommands = backgroundCommands
    this.#starts = starts
    this.#settings = settings
    this.#concurrency = concurrency
    this.#place = { workDir: settings.workDir, isVolume: settings.workDirIsVolume, odd: settings.oddEnvironment }
    this.capabilities = capabilitiesOf(settings)
    this.limits = settings.limits
    this.environment = { ...settings.environment, ...settings.oddEnvironment }
  }

  explainMissing(capability: Capability): string {
    return explainMissing(capability)
  }

  async open({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const workplace = await Workplace.open(this.#settings, this.#starts, signal)
    if (signal.aborted) {
      await workplace.abandon()
      await workplace.close()
      throw signal.reason
    }
    const slots = new Slots(this.#concurrency, workplace.workDirOutlives, (number) => workplace.makeSlot(number), this.#backgroundCommands)
    this.#workplace = workplace
    this.#slots = slots
    await slots.open()
    await workplace.swept
    signal.throwIfAborted()
  }

  async close(): Promise<void> {
    const [slots, workplace] = [this.#slots, this.#workplace]
    this.#slots = undefined
    this.#workplace = undefined
    await workplace?.abandon()
    await slots?.close()
    await workplace?.close()
  }

  runCommand(command: Command, io: CommandIo): Promise<CommandExit> {
    return this.#open.run({ script: commandScript(this.#place, command, NO_FILES) }, io)
  }

  async runProgram({ files, command, temporary }: ProgramRun, io: CommandIo): Promise<CommandExit> {
    const fork = this.#forkRequest(command, files, temporary)
    const inScript = fitsInScript(files) && (fork === undefined || fork.source !== undefined || files.size === 0)
    if (!inScript) await this.writeFiles(files)
    const script = commandScript(this.#place, command, inScript ? files : NO_FILES, { unshared: temporary })
    return this.#open.run({ script, ...(fork && { fork }) }, io, temporary)
  }

  async writeFiles(files: ReadonlyMap<string, Uint8Array>): Promise<void> {
    if (fitsInScript(files)) {
      return this.#write(commandScript(this.#place, { argv: ['true'], env: {} }, files, { plain: { kind: 'write', files } }))
    }
    const archive = await packArchive(files)
    try {
      await this.#write(unpackScript(this.#place, files, archive))
    } catch (error) {
      if (this.#place.isVolume || !CodeExecutorError.is(error, 'BACKEND_REJECTED')) throw error
      await this.#write(unpackInPlaceScript(this.#place, files, archive))
    }
  }

  async #write(script: LaunchScript): Promise<void> {
    this.#must(await this.#collect((io) => this.#open.run({ script }, io)))
  }

  writeFile(path: string, content: Uint8Array): Promise<void> {
    return this.writeFiles(new Map([[path, content]]))
  }

  async remove(paths: readonly string[]): Promise<void> {
    this.#must(await this.#collect((io) => this.#work(['rm', '-rf', '--', ...paths], ['remove', ...paths], io)))
  }

  async readFile(path: string): Promise<Uint8Array> {
    const script = '[ -f "$1" ] && [ ! -L "$1" ] || exit 66; exec head -c "$2" -- "$1"'
    const chunks: Buffer[] = []
    const argv = ['/bin/sh', '-c', script, 'read', `./${path}`, String(MAX_SOURCE_BYTES + 1)] as const
    const io = { ...quiet(), onOutput: (chunk: Uint8Array): void => void chunks.push(Buffer.from(chunk)) }
    const exit = await this.#work(argv, ['read', path, String(MAX_SOURCE_BYTES + 1)], io)
    if (exit.kind === 'exited' && exit.exitCode === 66) {
      throw new CodeExecutorError('FILE_NOT_FOUND', `There is no file ${path} in the working directory.`, { path })
    }
    const content = Buffer.concat(chunks)
    if (content.byteLength <= MAX_SOURCE_BYTES) return content
    throw new CodeExecutorError('FILE_TOO_LARGE', `${path} has more than ${MAX_SOURCE_BYTES} bytes.`, {
      path,
      sizeBytes: content.byteLength,
      limitBytes: MAX_SOURCE_BYTES,
    })
  }

  /**
   * Empties the working directory, and sees that it is empty.
   * @throws `CLEANUP_FAILED`, `CAPABILITY_UNSUPPORTED` for a volume, and for interpreters that stay
   */
  async clean(): Promise<void> {
    const missing = this.#settings.workDirIsVolume
      ? 'the working directory is a volume, and what is on it is not ours to remove'
      : this.#starts.python &&
        'a preloaded interpreter stays, and may have bytes of earlier runs in its memory, of which the next one gets a copy'
    if (missing !== undefined) {
      throw new CodeExecutorError('CAPABILITY_UNSUPPORTED', `The docker executor cannot recycle the workspace: ${missing}.`, {
        executor: this.name,
        capability: 'recycle',
        missing,
      })
    }
    const { exit, said } = await this.#collect((io) => this.#work(['/bin/sh', '-c', EMPTY], ['empty'], io))
    if (exit.kind !== 'exited' || exit.exitCode !== 0) {
      const left = said === '' ? [this.#settings.workDir] : said.split('\n')
      throw new CodeExecutorError('CLEANUP_FAILED', `The working directory could not be emptied: ${left.join(', ')}`, {
        executor: this.name,
        left,
      })
    }
    await this.#open.settled()
    await this.#workplace?.initializeAgain(this.#open)
  }

  async findProgram(name: string): Promise<string | undefined> {
    const chunks: Buffer[] = []
    const io = { ...quiet(), onOutput: (chunk: Uint8Array): void => void chunks.push(Buffer.from(chunk)) }
    const exit = await this.#work(['/bin/sh', '-c', FIND_FIRST, 'find', name], ['find', name], io)
    return exit.kind === 'exited' && exit.exitCode === 0 ? Buffer.concat(chunks).toString('utf8') : undefined
  }

  /** Work of ours, by a shell or, where there is none, by what does a shell's work. */
  #work(argv: Command['argv'], tool: Extract<PlainTask, { kind: 'tool' }>['args'], io: CommandIo): Promise<CommandExit> {
    const command = { argv, env: {}, isOwnScript: argv[0] === '/bin/sh' }
    const script = commandScript(this.#place, command, NO_FILES, { plain: { kind: 'tool', args: tool } })
    return this.#open.run({ script, isOwnWork: true }, io)
  }

  get #open(): Slots {
    if (this.#slots) return this.#slots
    throw new Error('it is not open')
  }

  /** A script that is the only file, and has a name that nobody else has, is written by whoever forks or waits. */
  #forkRequest(command: Command, files: ReadonlyMap<string, Uint8Array>, temporary: readonly string[]): ForkRequest | undefined {
    const [program, script = ''] = command.argv
    const source = files.size === 1 && temporary.includes(script) ? files.get(script) : undefined
    const isOf = (start?: InterpreterStart): boolean => start?.programs.includes(basename(program)) === true
    const isWhole = source !== undefined || files.size === 0
    if (!isOf(this.#starts.python) && !(isOf(this.#starts.node) && isWhole)) return undefined
    const request = { ...command, env: { ...this.#place.odd, ...command.env }, cwd: this.#settings.workDir, umask: 0o022 }
    return source === undefined ? request : { ...request, source }
  }

  async #collect(run: (io: CommandIo) => Promise<CommandExit>): Promise<{ readonly exit: CommandExit; readonly said: string }> {
    let said = ''
    const exit = await run({ ...quiet(), onError: (chunk) => void (said += Buffer.from(chunk).toString('utf8')) })
    return { exit, said: said.trim() }
  }

  #must({ exit, said }: { readonly exit: CommandExit; readonly said: string }): void {
    if (exit.kind === 'exited' && exit.exitCode === 0) return
    const reason = exit.kind === 'out-of-disk' ? 'no space is left in the working directory (limits.disk)' : said || exit.kind
    throw new CodeExecutorError('BACKEND_REJECTED', `The container refused files: ${reason}.`, { executor: this.name, reason })
  }
}

function quiet(): CommandIo {
  return { onOutput: () => {}, onError: () => {}, signal: new AbortController().signal }
}
