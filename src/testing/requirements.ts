import type { Capability, LanguageName } from '../core/index.ts'

/** The two kinds of executors: those that run commands in a place, and those that feed a kernel. */
export type ExecutorFamily = 'command' | 'kernel'

/** One promise of the contract. */
export interface Requirement {
  /** The promise, as one sentence. */
  readonly title: string
  /** Which kinds of executors make it. */
  readonly families: readonly ExecutorFamily[]
  /** Capabilities without which it is not promised. */
  readonly needs?: readonly Capability[]
  /** Languages that its body writes programs in. @defaultValue `sh` */
  readonly languages?: readonly LanguageName[]
}

const COMMAND = ['command'] as const
const EVERY = ['command', 'kernel'] as const
const commands = <T extends string>(title: T) => ({ title, families: COMMAND }) as const
const withPython = <T extends string>(title: T) => ({ title, families: COMMAND, languages: ['python'] }) as const
const withStdin = <T extends string>(title: T) => ({ title, families: COMMAND, needs: ['stdin'] }) as const
/** Promises about the executor itself, which a program in any language can show. */
const everywhere = <T extends string>(title: T) => ({ title, families: EVERY, languages: [] }) as const
/** Promises of what keeps state between calls. */
const stateful = <T extends string>(title: T) =>
  ({ title, families: ['kernel'], needs: ['persistent-state'], languages: ['python'] }) as const
const showing = <T extends string>(title: T) => ({ title, families: ['kernel'], needs: ['display'], languages: ['python'] }) as const
const limited = <C extends Capability>(capability: C, title: string) =>
  ({ title, families: COMMAND, needs: [capability], languages: ['sh', 'python'] }) as const

/** Every promise of the contract, by its id. Each has a body that proves it. */
export const REQUIREMENTS = {
  'results:streams': commands('standard output and standard error are kept apart'),
  'results:exit-code': commands('the exit code is the very one of the program'),
  'results:exit-124-137': commands('a program that exits 124 or 137 by itself exited 124 or 137'),
  'results:signal': commands('a program that a signal ended has the name of the signal and no exit code'),
  'results:own-group': commands('a program that signals its own process group reaches nobody else'),
  'results:facts': commands('phase, display, omitted bytes and duration tell what happened'),
  'results:uncaught-exception': withPython('an uncaught exception is a result with the traceback in its error'),
  'results:compile-error': commands('a compile error is a result of phase compile, and the program does not run'),
  'results:compile': commands('what the compile step made is what runs, and it is gone afterwards'),

  'stream:deltas': commands('deltas joined together are the output, and the end event comes last'),
  'stream:phases': commands('each phase is announced before its output'),
  'stream:live': commands('output arrives while the program still runs'),
  'stream:slow-reader': commands('a reader that takes its time misses nothing'),
  'stream:early-exit': commands('leaving the loop early ends the process tree before the loop is left'),
  'stream:timeout': commands('a timeout is an end event with the result, not an exception'),
  'stream:abort': commands('an aborted stream throws the very reason of the signal'),
  'stream:bad-input': everywhere('a stream of a call that makes no sense throws its coded error'),
  'stream:cap': commands('a stream delivers up to the cap and no more'),

  'limits:timeout:error': commands('a timeout rejects with TimeoutError that holds everything printed until then'),
  'limits:timeout:default': commands('the time limit of the executor holds, and a call may override it'),
  'limits:timeout:prompt': commands('a timeout settles soon after the deadline'),
  'limits:timeout:ignored-signals': commands('a timed-out program that ignores SIGTERM, SIGINT and SIGHUP is ended'),
  'limits:timeout:tree': commands('a timed-out program leaves no grandchild running'),
  'limits:timeout:setsid': withPython('a timed-out program leaves no child in another session running'),
  'limits:timeout:daemon': withPython('a timed-out program leaves no double-forked daemon running, even one that ignores SIGTERM'),
  'limits:timeout:clean-daemon': withPython('a timed-out program leaves no daemon running that emptied its environment'),
  'limits:timeout:relay': commands('a timed-out program whose processes keep replacing themselves leaves none running'),
  'limits:timeout:closed-output': commands('a timed-out program that closed its output is ended all the same'),
  'limits:timeout:flood': commands('a program that never stops printing is ended at its deadline'),
  'limits:timeout:compile': commands('the time limit covers compiling'),
  'limits:timeout:recovery': commands('the next run works after a timeout'),

  'abort:reason': commands('an abort rejects with the very reason of the signal, whatever it is'),
  'abort:tree': commands('an aborted program leaves no grandchild running'),
  'abort:daemon': withPython('an aborted program leaves no double-forked daemon running'),
  'abort:ignored-signals': commands('an aborted program that ignores SIGTERM is ended'),
  'abort:already': commands('a signal that is already aborted runs nothing'),
  'abort:during-start': commands('an abort while the executor starts runs nothing, and the executor stays usable'),
  'abort:during-compile': commands('an abort while compiling ends the compiler and runs nothing'),
  'abort:queued': commands('an abort while waiting for a turn rejects at once and runs nothing'),
  'abort:too-late': commands('an abort after the end changes nothing'),
  'abort:recovery': commands('the next run works after an abort'),

  'background:prompt': commands('a background child that keeps the output open does not delay the result'),
  'background:output': commands('everything the program printed is there although a child keeps the output open'),
  'background:ended': commands('a background child does not outlive the run'),
  'background:daemon': withPython('a daemon does not outlive the run that started it'),

  'output:exact': commands('output is kept exactly: no trailing newline, CRLF, tabs, NUL and a byte order mark'),
  'output:cap': commands('output past the cap keeps both ends, a marker line and the exact count of what is missing'),
  'output:cap-fits': commands('output of exactly the cap is whole'),
  'output:flood': commands('twenty megabytes neither block the program nor get lost from the count'),
  'output:both-flood': commands('both streams may flood at once'),
  'output:million-lines': commands('a million one-character lines arrive whole'),
  'output:split-characters': commands('a character whose bytes arrive one by one survives'),
  'output:invalid-utf8': commands('bytes that are no UTF-8 become U+FFFD and the rest survives'),

  'stdin:closed': commands('standard input is at its end when none is given'),
  'stdin:text': withStdin('a program reads the text it is given, in any script'),
  'stdin:bytes': withStdin('a program reads the very bytes it is given'),
  'stdin:empty': withStdin('empty input is at its end at once'),
  'stdin:big': withStdin('eight megabytes of input arrive whole'),
  'stdin:unread': withStdin('big input to a program that never reads is no error'),
  'stdin:early-exit': withStdin('big input to a program that leaves early is no error'),

  'env:exact': commands('variables of a call arrive exactly: empty, spaces, quotes, newline, any script'),
  'env:next': commands('variables of one call are not there for the next'),
  'env:secrets': commands('variables of this process that nobody passed do not reach a program'),

  'args:exact': commands('arguments arrive exactly, and no shell reads them'),
  'args:none': commands('without arguments a program gets none'),

  'files:subdirectories': commands('a program of several files finds them in their subdirectories'),
  'files:entry-point': commands('the entry point is the named file, else main, else the only file of the language'),
  'files:shared': commands('a file that one run wrote is there for the next'),
  'files:replaced': commands('a file given again with other content has that content'),
  'files:binary': commands('binary content arrives byte for byte'),
  'files:stay': commands('named files stay after the run'),
  'files:text-gone': commands('nothing of a program given as text is left in the working directory'),
  'files:links': commands('a link that a program left is not followed when files are written'),
  'files:many': commands('ten thousand files may be given at once'),
  'files:large': commands('a file of fifty megabytes may be given'),
  'files:line-ends': commands('a program whose lines end with CRLF runs'),
  'files:shebang': commands('a program may start with a shebang line'),
  'files:odd-names': commands('file names may hold spaces, quotes, a leading dash and any script'),
  'files:removed-directory': commands('a program that removes the working directory does not break the next run'),

  'concurrent:results': commands('each of many calls at once gets its own result'),
  'concurrent:same-names': commands('programs at once with the same file names and different contents do not mix'),
  'concurrent:turns': commands('at most as many programs run at once as the executor was told'),
  'concurrent:separate-ends': commands('ending one run leaves the others alone'),

  'lifecycle:first-run': everywhere('the first run starts the executor'),
  'lifecycle:start': commands('start may be called again and at once, and opens one place'),
  'lifecycle:start-abort': everywhere('an aborted start rejects with the reason and may be tried again'),
  'lifecycle:run-during-start': everywhere('a run during start waits for it'),
  'lifecycle:stop': everywhere('stop may be called again, at once and before any start'),
  'lifecycle:use-after-stop': everywhere('use after stop is refused with EXECUTOR_STOPPED'),
  'lifecycle:stop-during-start': everywhere('stop during start ends it and leaves the executor stopped'),
  'lifecycle:stop-during-run': commands('stop ends what runs: EXECUTOR_STOPPED, and the process tree is dead'),
  'lifecycle:stop-while-queued': commands('stop refuses what waits for its turn with EXECUTOR_STOPPED'),
  'lifecycle:leaves-nothing': commands('after stop the working directory is gone'),
  'lifecycle:dispose': everywhere('await using stops the executor'),
  'lifecycle:restart': commands('restart gives a fresh working directory'),
  'lifecycle:restart-during-run': commands('restart ends what runs, and its process tree is dead'),

  'input:empty': everywhere('a program without content is refused'),
  'input:entry-point': everywhere('an entry point that is missing, unknown or not the only candidate is refused'),
  'input:paths': everywhere('a path that is not below the working directory on every system is refused'),
  'input:collisions': everywhere('paths that cannot stand beside each other are refused'),
  'input:env': everywhere('variable names and values that no process can have are refused'),
  'input:args': everywhere('arguments that no process can have are refused'),
  'input:options': everywhere('an unknown option is refused'),
  'input:timeout': everywhere('a time limit that is none is refused'),
  'input:limits': everywhere('a resource limit that is none is refused when the executor is made'),
  'input:surrogates': everywhere('a lone surrogate is refused wherever text goes in'),
  'input:language-names': commands('a language is found by alias, case and blanks aside'),
  'input:language-unknown': everywhere('an unknown language is refused with the nearest name'),
  'input:language-unavailable': commands('a known language without interpreter is refused with what was tried'),
  'input:interpreter-directory': commands('an interpreter that is a directory is a coded error and no exit code'),
  'input:long-argument': commands('an argument longer than the system takes is a coded error or works, and is no exit code'),
  'input:nothing-written': commands('a refused call writes nothing'),

  'commands:text': commands('a command given as text goes through a fresh shell each time, and shares the files of programs'),
  'commands:words': commands('a command given as a list goes through no shell, its words arrive exactly, and its input is closed'),
  'commands:exits': commands(
    'the exit code of a command, 124, 126, 127 and 137 too, and the name of a signal are its very own, and no error kind',
  ),
  'commands:cwd': commands('a command runs in the directory that the call names, and the next one does not'),
  'commands:cwd-refused': commands('a directory outside, through a link or not there is a value, and nothing runs'),
  'commands:env': commands('variables of a call arrive exactly, also in another directory, and are not there for the next'),
  'commands:stdin': withStdin('a command reads the very bytes it is given, also in another directory'),
  'commands:cap': commands('output of a command past the cap keeps both ends and counts what is missing'),
  'commands:timeout': commands('a command that runs too long is a value with what it printed, and its process tree is dead'),
  'commands:abort': commands('an aborted command rejects with the very reason, and its process tree is dead'),
  'commands:stream': commands('a stream of a command tells its output as it comes, and the result comes last'),
  'commands:stream-left': commands('leaving the stream of a command early ends its process tree'),
  'commands:not-found': commands('a program that is not there, cannot be run, or lacks its interpreter is a value of that kind'),
  'commands:invalid': commands('what no process can be given is a value, and nothing runs'),
  'commands:misuse': commands('options that make no sense are refused with INVALID_ARGUMENT'),
  'commands:recovery': commands('the next command works after each kind of end'),

  'allowed:runs': commands('an allowed command runs with the words that a shell would make of it'),
  'allowed:refused': commands('whatever only a shell understands is refused with its reason, and nothing runs'),
  'allowed:whole': commands('a pattern has to match the whole command, quoted again, and none can take for ever'),
  'allowed:lists': commands('lists of words, streams, variables and background commands are checked like a text'),
  'allowed:programs': commands('where only some commands are allowed, programs are refused'),

  'jobs:read': commands('a background command is read while it runs, each reader where it left off'),
  'jobs:end': commands('what comes of a background command is there when it ends, and it can still be read'),
  'jobs:kill': commands('a killed background command is gone with its process tree, and what it printed is there'),
  'jobs:limit': commands('the time limit of a background command ends its process tree'),
  'jobs:beside': commands('a background command takes no turn from runs, and shares their files'),
  'jobs:stdin': withStdin('a background command reads what it is given, and end of file after it'),
  'jobs:flood': commands('of a background command that floods the end is kept, and what is lost is counted'),
  'jobs:many': commands('more background commands than may run at once are values, and one more may run when one has ended'),
  'jobs:not-started': commands('a background command that cannot be started has ended, and says why'),
  'jobs:stop': commands('stop ends background commands with their process trees'),
  'jobs:restart': commands('restart ends background commands and forgets them'),

  'capabilities:declared': everywhere('the executor has exactly the capabilities it is tested for'),
  'capabilities:refused': everywhere('a limit that the executor cannot hold is refused when it is made'),

  'limits:memory': limited('memory-limit', 'a program that takes too much memory ends as out of memory, with what it printed'),
  'limits:memory:tree': limited('memory-limit', 'the memory of all processes of a run counts together'),
  'limits:memory:fits': limited('memory-limit', 'a program that stays under the memory limit runs, and its exit 137 is its own'),
  'limits:memory:recovery': limited('memory-limit', 'the next run works after one that ran out of memory'),
  'limits:memory-swap': {
    title: 'a program that takes too much memory and swap ends as out of memory',
    families: COMMAND,
    needs: ['memory-limit', 'memory-swap-limit'],
    languages: ['python'],
  },
  'limits:cpus': limited('cpu-limit', 'a busy program gets no more processor time than its limit'),
  'limits:pids': limited('pids-limit', 'a fork bomb ends as too many processes and leaves none running'),
  'limits:pids:fits': limited('pids-limit', 'a program that stays under the process limit runs'),
  'limits:pids:recovery': limited('pids-limit', 'the next run works after a fork bomb'),
  'limits:disk': limited('disk-limit', 'a program that writes one file too large ends as out of disk'),
  'limits:disk:many-files': limited('disk-limit', 'a program that writes many small files ends as out of disk'),
  'limits:disk:fits': limited('disk-limit', 'a program that stays under the disk limit runs'),
  'limits:open-files': limited('open-files-limit', 'a program cannot open more files than its limit'),

  'kernel:state': stateful('names that one call defines are there for the next one'),
  'kernel:state-after-error': stateful('an exception is a result that was raised, and leaves earlier names alone'),
  'kernel:streams': stateful('output and error are kept apart and decoded as UTF-8'),
  'kernel:stream-live': stateful('a stream tells what is printed while the code runs, and ends with the result'),
  'kernel:stream-left': stateful('leaving a stream early ends the code, and state stays'),
  'kernel:stream-timeout': stateful('a stream tells a timeout as its end, not as an exception'),
  'kernel:timeout': stateful('a timeout interrupts the code, keeps what it printed, and earlier names stay'),
  'kernel:timeout-child': stateful('a program that timed-out code waits for is gone'),
  'kernel:timeout-ignored': stateful('code that ignores the interruption is ended, the lost state is told, and the next call works'),
  'kernel:abort': stateful('an abort rejects with the very reason, and earlier names stay'),
  'kernel:abort-waiting': stateful('a call that is aborted while it waits, or before, runs nothing'),
  'kernel:queue': stateful('calls at the same time run one after the other, and their outputs do not mix'),
  'kernel:thread-output': stateful('what a thread prints after its call ended is not given to the next one'),
  'kernel:flood': stateful('code that floods both streams is read to its end, and both are capped'),
  'kernel:stdin': {
    ...stateful('input gets the lines of stdin one by one, and then an end of file'),
    needs: ['persistent-state', 'stdin'],
  },
  'kernel:files': stateful('files are written, and the entry point runs where the next call finds its names'),
  'kernel:arguments': stateful('arguments and variables hold for one call'),
  'kernel:death': stateful('code that ends its kernel is told with what it printed, and the next call works with fresh state'),
  'kernel:restart': stateful('restart gives fresh state, also while code runs'),
  'kernel:stop': stateful('stop ends code that runs, and what it started'),
  'kernel:leaves-nothing': stateful('after stop the directory that kernels worked in is gone'),
  'kernel:language-unavailable': stateful('a known language without a kernel is refused with the kernels that there are'),
  'display:bundles': showing('rich outputs come in order, with binary parts as bytes'),
  'display:result': showing('the value of a last expression is a rich output'),
  'display:update': showing('a rich output that is updated has its last content'),
  'display:clear': showing('cleared outputs are gone, and with wait only when there is a new one'),

  'isolation:read': limited('file-isolation', 'a program cannot read files of the host'),
  'isolation:write': limited('file-isolation', 'a program cannot write outside its working directory'),
  'isolation:environ': limited('file-isolation', 'a program cannot read the environment of other processes'),
  'isolation:connect': limited('network-isolation', 'a program reaches no listener of the host, by TCP or UDP'),
  'isolation:names': limited('network-isolation', 'a program resolves no names'),
} as const satisfies Record<string, Requirement>

/** The id of a promise: a key of {@link REQUIREMENTS}. */
export type RequirementId = keyof typeof REQUIREMENTS
