import { CAPABILITIES, type Capability, type CodeExecutor } from '../../../src/core/index.ts'
import { CommandExecutor, type Command, type CommandBackend, type CommandExit, type CommandIo } from '../../../src/engine/index.ts'
import type { ContractOptions, RequirementId } from '../../../src/testing/index.ts'
import { Changed, endLeftovers, Forgetting, LinkFollowing, send, Spawning } from './broken-backends.ts'
import { BufferedStreams, ForeignReasons, LatestEvents, LazyStop, Results, Swallowing, ThrowingStreams } from './broken-executors.ts'

/** One way to get it wrong, and the requirements that must notice. */
export interface Sabotage {
  readonly create: (options: ContractOptions) => CodeExecutor
  readonly red: readonly RequirementId[]
  /** What it says it can do. @defaultValue stdin */
  readonly capabilities?: readonly Capability[]
  /** Shortens the waits, where the sabotage makes calls hang. */
  readonly timeScale?: number
}

const over = (make: () => CommandBackend) => (options: ContractOptions) => new CommandExecutor(make(), options)
const running = (
  run: (command: Command, io: CommandIo, good: (command: Command, io: CommandIo) => Promise<CommandExit>) => Promise<CommandExit>,
) =>
  over(() => {
    const backend = new Changed()
    const good = backend.runCommand.bind(backend)
    backend.runCommand = (command, io) => run(command, io, good)
    return backend
  })
/** Changes the bytes of both streams on their way. */
const output = (change: (chunk: Buffer) => Uint8Array) =>
  running((command, io, good) =>
    good(command, {
      ...io,
      onOutput: (chunk) => io.onOutput(change(Buffer.from(chunk))),
      onError: (chunk) => io.onError(change(Buffer.from(chunk))),
    }),
  )
const ending = (exit: (exit: CommandExit) => CommandExit) => running(async (command, io, good) => exit(await good(command, io)))
const good = (options: ContractOptions): CodeExecutor => new CommandExecutor(new Changed(), options)
/** The limits and isolations that somebody may claim and not hold. */
const CLAIMS = CAPABILITIES.filter((name) => name !== 'persistent-state' && name !== 'display')
const claiming = (backend: CommandBackend): CommandBackend => Object.assign(backend, { capabilities: new Set(CLAIMS) })

/** What people really get wrong; most of these are bugs that were found in other projects. */
export const SABOTAGES: Readonly<Record<string, Sabotage>> = {
  'kills only the direct child': {
    create: over(() => new Spawning({ end: (child) => send(child, 'SIGKILL', 'child'), over: 'exit' })),
    red: [
      'limits:timeout:tree',
      'limits:timeout:setsid',
      'limits:timeout:daemon',
      'limits:timeout:clean-daemon',
      'limits:timeout:ignored-signals',
      'limits:timeout:relay',
      'abort:tree',
      'abort:daemon',
      'stream:early-exit',
      'stream:timeout',
      'stream:abort',
      'background:ended',
      'background:daemon',
      'lifecycle:stop-during-run',
      'lifecycle:restart-during-run',
      'concurrent:separate-ends',
      'commands:timeout',
      'commands:abort',
      'commands:stream-left',
      'jobs:kill',
      'jobs:limit',
      'jobs:stop',
      'jobs:restart',
    ],
  },
  'lets every command run': {
    create: ({ timeoutMs = 10_000 }) => good({ timeoutMs }),
    red: ['allowed:refused', 'allowed:whole', 'allowed:lists', 'allowed:programs'],
  },
  'runs as many commands in the background as it is asked for': {
    create: (options) => good({ ...options, backgroundCommands: 1_000 }),
    red: ['jobs:many'],
  },
  'gives a command to a shell again': {
    create: running(({ argv, ...command }, io, run) => run({ ...command, argv: ['/bin/sh', '-c', argv.join(' ')] }, io)),
    red: ['commands:text', 'commands:words', 'commands:cwd', 'allowed:runs'],
  },
  'forgets the variables of a command': {
    create: running((command, io, run) => run({ ...command, env: {} }, io)),
    red: ['commands:env'],
  },
  'takes the code of a shell that found nothing for that of the program': {
    create: running(async (command, io, run) =>
      command.argv[2]?.includes('command -v') ? { kind: 'exited', exitCode: 0 } : run(command, io),
    ),
    red: ['commands:not-found', 'commands:cwd-refused', 'jobs:not-started'],
  },
  'kills the process group': {
    create: over(() => new Spawning({ end: (child) => send(child, 'SIGKILL', 'group'), over: 'exit' })),
    red: [
      'limits:timeout:setsid',
      'limits:timeout:daemon',
      'limits:timeout:clean-daemon',
      'abort:daemon',
      'background:ended',
      'background:daemon',
    ],
  },
  'asks with SIGTERM and waits': {
    create: over(() => new Spawning({ end: (child) => send(child, 'SIGTERM', 'group'), over: 'exit' })),
    red: ['limits:timeout:ignored-signals', 'limits:timeout:prompt', 'limits:timeout:recovery', 'abort:ignored-signals', 'abort:recovery'],
    timeScale: 0.4,
  },
  'asks with SIGTERM and does not wait': {
    create: over(() => new Spawning({ end: (child) => send(child, 'SIGTERM', 'group'), over: 'signal' })),
    red: ['limits:timeout:ignored-signals', 'abort:ignored-signals', 'lifecycle:stop-during-run', 'lifecycle:restart-during-run'],
  },
  'settles before the processes are gone': {
    create: over(() => new Spawning({ end: (child) => void setTimeout(() => send(child, 'SIGKILL', 'group'), 3_000), over: 'signal' })),
    red: [
      'limits:timeout:error',
      'limits:timeout:closed-output',
      'limits:timeout:flood',
      'limits:timeout:compile',
      'abort:tree',
      'abort:during-compile',
      'stream:early-exit',
      'lifecycle:stop-while-queued',
    ],
  },
  'ignores the abort': {
    create: over(() => new Spawning({ end: () => {}, over: 'exit' })),
    red: [
      'limits:timeout:error',
      'limits:timeout:default',
      'abort:reason',
      'abort:queued',
      'lifecycle:stop-during-run',
      'lifecycle:stop-while-queued',
      'files:text-gone',
    ],
    timeScale: 0.2,
  },
  'waits for the end of output': {
    create: over(() => new Spawning({ end: (child) => send(child, 'SIGKILL', 'group'), over: 'close' })),
    red: ['background:prompt', 'background:output', 'background:ended'],
    timeScale: 0.3,
  },
  'ends every run when one is ended': {
    create: over(() => new Spawning({ end: () => void endLeftovers(), over: 'exit' })),
    red: ['concurrent:separate-ends'],
  },

  'merges the streams': {
    create: running((command, io, run) => run(command, { ...io, onError: (chunk) => io.onOutput(chunk) })),
    red: ['results:streams', 'stream:deltas', 'stream:cap', 'limits:timeout:error'],
  },
  'loses the exit code': {
    create: ending((exit) => (exit.kind === 'exited' ? { kind: 'exited', exitCode: 0 } : exit)),
    red: [
      'results:exit-code',
      'results:exit-124-137',
      'results:facts',
      'results:uncaught-exception',
      'results:compile-error',
      'stdin:unread',
      'concurrent:results',
    ],
  },
  'tells a signal as 128 and more': {
    create: ending((exit) => (exit.kind === 'signaled' ? { kind: 'exited', exitCode: 143 } : exit)),
    red: ['results:signal'],
  },
  'takes 137 for a kill': {
    create: ending((exit) => (exit.kind === 'exited' && exit.exitCode >= 124 ? { kind: 'signaled', signal: 'SIGKILL' } : exit)),
    red: ['results:exit-124-137', 'results:exit-code'],
  },
  'decodes each chunk by itself': { create: output((chunk) => Buffer.from(chunk.toString('utf8'))), red: ['output:split-characters'] },
  'drops what is no UTF-8': {
    create: output((chunk) => Buffer.from(chunk.toString('utf8').replaceAll('\uFFFD', ''))),
    red: ['output:invalid-utf8', 'output:split-characters'],
  },
  'tidies the output': { create: output((chunk) => Buffer.from(`${chunk.toString('utf8').trimEnd()}\n`)), red: ['output:exact'] },
  'keeps a little of the output': {
    create: running((command, io, run) => {
      let room = 65_536
      return run(command, { ...io, onOutput: (chunk) => io.onOutput(chunk.subarray(0, Math.max(0, (room -= chunk.byteLength)))) })
    }),
    red: ['output:flood', 'output:both-flood', 'output:million-lines', 'background:output'],
  },
  'has no cap': {
    create: (options) => good({ ...options, limits: {} }),
    red: ['output:cap', 'output:cap-fits', 'output:both-flood', 'stream:cap', 'input:limits', 'capabilities:refused'],
  },

  'leaves standard input open': {
    create: running((command, io, run) =>
      run(
        command.argv[0] === 'sh' && command.argv.length > 2
          ? command
          : { ...command, argv: ['sh', '-c', 'sleep 20 | "$@"', 'sh', ...command.argv] },
        io,
      ),
    ),
    red: ['stdin:closed', 'stdin:text', 'stdin:empty'],
    timeScale: 0.15,
  },
  'reads input as text': {
    create: running((command, io, run) =>
      run({ ...command, ...(command.stdin && { stdin: Buffer.from(Buffer.from(command.stdin).toString('latin1')) }) }, io),
    ),
    red: ['stdin:bytes', 'stdin:text'],
  },
  'gives a pipe full of input': {
    create: running((command, io, run) => run({ ...command, ...(command.stdin && { stdin: command.stdin.subarray(0, 65_536) }) }, io)),
    red: ['stdin:big'],
  },
  'takes unread input for a failure': {
    create: running(async (command, io, run) => {
      if (command.stdin === undefined || command.stdin.byteLength < 65_536) return run(command, io)
      throw new Error('write EPIPE')
    }),
    red: ['stdin:unread', 'stdin:early-exit', 'stdin:big'],
  },

  'pastes arguments into a shell line': {
    create: running((command, io, run) => run({ ...command, argv: ['sh', '-c', command.argv.join(' ')] }, io)),
    red: ['args:exact', 'files:odd-names'],
  },
  'adds an argument': {
    create: running((command, io, run) => run(command.argv[0] === 'sh' ? command : { ...command, argv: [...command.argv, '--safe'] }, io)),
    red: ['args:none', 'args:exact'],
  },
  'keeps variables for the next call': {
    create: (options) => {
      const kept: Record<string, string> = {}
      return running((command, io, run) => run({ ...command, env: Object.assign(kept, command.env) }, io))(options)
    },
    red: ['env:next'],
  },
  'hands on its whole environment': {
    create: running((command, io, run) => run({ ...command, env: { ...(process.env as Record<string, string>), ...command.env } }, io)),
    red: ['env:secrets'],
  },
  'trims variables': {
    create: running((command, io, run) =>
      run({ ...command, env: Object.fromEntries(Object.entries(command.env).map(([name, value]) => [name, value.trim()])) }, io),
    ),
    red: ['env:exact'],
  },

  'follows links when it writes': { create: over(() => new LinkFollowing()), red: ['files:links'] },
  'writes bytes as text': {
    create: over(() => withFiles((path, content) => [path, Buffer.from(Buffer.from(content).toString('utf8'))])),
    red: ['files:binary'],
  },
  'flattens directories': {
    create: over(() => withFiles((path, content) => [path.replaceAll('/', '_'), content])),
    red: ['files:subdirectories', 'files:entry-point', 'concurrent:same-names'],
  },
  'keeps the first version of a file': {
    create: over(() => {
      const seen = new Set<string>()
      return withFiles((path, content) => (seen.has(path) ? ['.unused', content] : (seen.add(path), [path, content])))
    }),
    red: ['files:replaced', 'concurrent:same-names'],
  },
  'begins in an empty directory each time': {
    create: over(() => new Forgetting()),
    red: ['files:shared', 'files:stay', 'lifecycle:start'],
  },
  'removes nothing': {
    create: over(() => Object.assign(new Changed(), { remove: () => Promise.resolve() })),
    red: ['files:text-gone', 'results:compile'],
  },
  'does not make its directory again': {
    create: over(() => new Spawning({ end: (child) => send(child, 'SIGKILL', 'group'), over: 'exit' }, true)),
    red: ['files:removed-directory'],
  },
  'leaves its directory': {
    create: over(() => Object.assign(new Changed(), { close: () => Promise.resolve() })),
    red: ['lifecycle:leaves-nothing'],
  },
  'opens the same place again': {
    create: over(() => {
      const backend = new Changed()
      const open = backend.open.bind(backend)
      let opening: Promise<void> | undefined
      return Object.assign(backend, { open: () => (opening ??= open()), close: () => Promise.resolve() })
    }),
    red: ['lifecycle:restart'],
  },
  'cannot close': {
    create: over(() => Object.assign(new Changed(), { close: () => Promise.reject(new Error('busy')) })),
    red: ['lifecycle:stop', 'lifecycle:dispose', 'lifecycle:restart', 'results:streams'],
  },
  'cannot open at first': {
    create: over(() => {
      const backend = new Changed()
      const open = backend.open.bind(backend)
      let attempts = 0
      return Object.assign(backend, { open: () => ((attempts += 1) === 1 ? Promise.reject(new Error('not yet')) : open()) })
    }),
    red: ['lifecycle:first-run', 'lifecycle:run-during-start', 'lifecycle:start'],
  },

  'claims limits that it does not hold': {
    create: over(() => claiming(new Changed())),
    red: [
      'limits:memory',
      'limits:memory:tree',
      'limits:memory:recovery',
      'limits:memory-swap',
      'limits:disk',
      'limits:disk:many-files',
      'limits:open-files',
      'isolation:read',
      'isolation:write',
      'isolation:environ',
      'isolation:connect',
    ],
    capabilities: CLAIMS,
  },
  // By itself: programs that share the processors with others get less of them anyway.
  'claims a processor limit that it does not hold': {
    create: over(() => claiming(new Changed())),
    red: ['limits:cpus'],
    capabilities: CLAIMS,
  },
  'has fewer capabilities than it is tested for': {
    create: good,
    red: ['capabilities:declared', 'capabilities:refused'],
    capabilities: CLAIMS,
  },
  'takes everything for too much': {
    create: over(() => {
      const backend = claiming(new Changed())
      const run = backend.runCommand.bind(backend)
      return Object.assign(backend, {
        async runCommand(command: Command, io: CommandIo): Promise<CommandExit> {
          await run(command, io)
          return { kind: 'out-of-memory', limitBytes: 1 }
        },
      })
    }),
    red: ['limits:memory:fits', 'limits:pids:fits', 'limits:disk:fits', 'limits:memory', 'limits:disk'],
    capabilities: CLAIMS,
  },

  'wraps the reason of an abort': {
    create: (options) => new ForeignReasons(good(options)),
    red: ['abort:reason', 'abort:already', 'abort:during-start', 'abort:queued', 'stream:abort', 'lifecycle:start-abort'],
  },
  'tells a timeout as a result': {
    create: (options) => new Results(good(options)),
    red: ['limits:timeout:error', 'limits:timeout:default', 'limits:timeout:tree'],
  },
  'throws a timeout out of the stream': { create: (options) => new ThrowingStreams(good(options)), red: ['stream:timeout'] },
  'streams when it is over': {
    create: (options) => new BufferedStreams(good(options)),
    red: ['stream:live', 'stream:early-exit'],
    timeScale: 0.3,
  },
  'loses events of a slow reader': { create: (options) => new LatestEvents(good(options)), red: ['stream:slow-reader'] },
  'swallows what it refuses': {
    create: (options) => new Swallowing(good(options)),
    red: ['input:empty', 'input:paths', 'input:options', 'input:timeout', 'input:surrogates', 'stream:bad-input'],
  },
  'forgets to end what runs when it stops': {
    create: (options) => new LazyStop(good(options)),
    red: ['lifecycle:stop-during-run', 'lifecycle:use-after-stop', 'lifecycle:leaves-nothing', 'lifecycle:dispose'],
    timeScale: 0.3,
  },
  'runs everything at once': {
    create: (options) => good({ ...options, concurrency: 100 }),
    red: ['concurrent:turns'],
  },
  'knows no time limit of its own': {
    create: (options) => good({ ...options, timeoutMs: 60_000 }),
    red: ['limits:timeout:default'],
    timeScale: 0.3,
  },
  'answers with another language': {
    create: (options) => new Swallowing(good(options), 'LANGUAGE_UNKNOWN'),
    red: ['input:language-unknown', 'stream:bad-input'],
  },
}

function withFiles(change: (path: string, content: Uint8Array) => readonly [string, Uint8Array]): CommandBackend {
  const backend = new Changed()
  const write = backend.writeFile.bind(backend)
  return Object.assign(backend, { writeFile: (path: string, content: Uint8Array) => write(...change(path, content)) })
}
