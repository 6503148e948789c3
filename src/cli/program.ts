import { Command, Option } from 'commander'
import { sweepAzure, type AzureSweepFlags } from './commands/azure.ts'
import { doctor, type DoctorFlags } from './commands/doctor.ts'
import { buildImages, listImages, type ImagesBuildFlags, type ImagesListFlags } from './commands/images.ts'
import { languages, type LanguagesFlags } from './commands/languages.ts'
import { run, type RunFlags } from './commands/run.ts'
import { addNotebook } from './notebook-program.ts'
import { collectVolume, pullOption } from './place-options.ts'
import { DEFAULT_EXECUTOR, EXECUTORS, ISOLATION_NAMES } from './executors.ts'
import { EXIT_CODE_HELP } from './exit-codes.ts'
import { parseCount, parseDuration, parseNumber, parseSize } from './flags.ts'
import { paint, type CliIo } from './io.ts'
import { SILENT_PIPE_MS } from './read-input.ts'
import { readVersion } from './version.ts'

const EXAMPLES = `
Examples:
  polyrun run hello.py                         the language is told by the extension
  polyrun run main.c util.c util.h             the first file starts, all of them belong to it
  polyrun run job.sh --timeout 2s --memory 64m -- --fast input.txt
  echo 'print(6 * 7)' | polyrun run - --language python
  polyrun run --executor docker --image python:3-slim job.py
  polyrun run --executor azure-container --image python:3-slim job.py
  polyrun languages                            what can run here, and how to get the rest
  polyrun doctor                               which limits hold here, and through what
  polyrun notebook run report.ipynb --output done.ipynb
  polyrun images build python                  build the image that the docker executor takes
`

const RUN_NOTES = `
Where it runs:
  In the current directory if every FILE is in it, so that a program finds its neighbours; else in a private directory
  with copies, gone afterwards. A program on standard input (-), one with --disk, and one confined by --isolation while
  the current directory holds your home get a private directory, too. --workdir DIR decides otherwise.
  With --executor docker: in a container, where the FILEs are copied to /workspace, a directory in memory that is gone
  afterwards. --workdir DIR puts a directory of yours there instead, to which the program may write; --volume shows it
  more. Nothing else of this machine is in the container, and no network unless --network names one.
  With --executor azure-container: in a container group of its own in the resource group AZURE_RESOURCE_GROUP of the subscription
  AZURE_SUBSCRIPTION_ID, with the rights of whoever is logged in (az login, or AZURE_CLIENT_ID and its kin). It is deleted afterwards.

Standard input:
  A pipe or a file is read to its end and then given to the program. A terminal is not: the program reads end of file at
  once. A pipe on which nothing at all comes for ${SILENT_PIPE_MS / 1000} s is an error, since it may be one that nobody writes to:
  --stdin - waits for ever, --no-stdin does not read.

Output:
  Standard output and error go where they belong while the program runs, as UTF-8 text.

${EXIT_CODE_HELP}
`

/** The commands and flags. What a command's exit code is goes to `setExitCode`. */
export function makeProgram(io: CliIo, args: readonly string[], setExitCode: (code: number) => void): Command {
  const program = new Command('polyrun')
  // Commands made from here on inherit this: errors are thrown, and told by whoever catches them.
  program.exitOverride().configureOutput({
    writeOut: (text) => io.stdout.write(text),
    writeErr: (text) => io.stderr.write(text),
    outputError: () => {},
    getOutHelpWidth: () => io.stdout.columns ?? 100,
    getErrHelpWidth: () => io.stderr.columns ?? 100,
  })
  program.configureHelp({ styleTitle: (text) => paint(io.stdout, 'bold', text), helpWidth: Math.min(io.stdout.columns ?? 100, 120) })
  program.description('Runs programs in any language, with limits that hold, and ends them when they should end.')
  program.version(readVersion(), '--version', 'print the version').helpOption('-h, --help', 'print this').helpCommand(false)
  program.addHelpText('after', EXAMPLES)
  addRun(program, io, args, setExitCode)
  addNotebook(program, io, setExitCode)
  const common = (name: string, description: string, parent = program): Command =>
    parent.command(name).description(description).option('--json', 'print data').option('--verbose', 'print the stack of an error')
  common('languages', 'list the languages that are known, which are here, and how to get the others')
    .addOption(executorOption())
    .addOption(new Option('--isolation <mode>', 'look as a program so confined would').choices(ISOLATION_NAMES))
    .option('--image <name>', 'docker: look into this image')
    .addOption(pullOption())
    .option('--runtime <name>', 'docker: the runtime of the engine, such as runsc')
    .option('--server <url>', 'jupyter: look at this server')
    .action(async (flags: LanguagesFlags) => setExitCode(await languages(flags, io)))
  common('doctor', 'show which executors work here, which limits hold, and through what')
    .option('--image <image>', 'try an image that the Docker engine has, to see how programs are started in it')
    .action(async (flags: DoctorFlags) => setExitCode(await doctor(flags, io)))
  const images = program.command('images').description('the container images that come with polyrun').helpCommand(false)
  common('list', 'show the images, and which of them the Docker engine has', images).action(async (flags: ImagesListFlags) =>
    setExitCode(await listImages(flags, io)),
  )
  common('build', 'build images that are missing or whose files have changed', images)
    .argument('[names...]', 'which ones (default: all)')
    .option('--force', 'build them again from nothing')
    .action(async (names: string[], flags: ImagesBuildFlags) => setExitCode(await buildImages(names, flags, io)))
  const azure = program.command('azure').description('what polyrun has in Azure').helpCommand(false)
  common('sweep', 'delete container groups whose time is over, which killed processes left', azure)
    .option('--dry-run', 'only show them')
    .action(async (flags: AzureSweepFlags) => setExitCode(await sweepAzure(flags, io)))
  return program
}

function addRun(program: Command, io: CliIo, args: readonly string[], setExitCode: (code: number) => void): void {
  program
    .command('run')
    .description('run a program: its files, the one to start first, or - for a program on standard input')
    .usage('[flags] FILE... [-- ARGUMENT...]')
    .argument('<FILE...>', 'files of the program; arguments for it go after --')
    .option('-l, --language <name>', 'the language (default: told by the extension, then by the #! line)')
    .addOption(executorOption())
    .option('-t, --timeout <time>', 'end it after 30 (seconds), 500ms, 2m, 1h (default: 60s)', (text) => parseDuration(text, '--timeout'))
    .option('-m, --memory <size>', 'end it when it uses more memory: 64m, 2g', (text) => parseSize(text, '--memory'))
    .option('--cpus <number>', 'processor time per time: 0.5 is half of one processor', (text) => parseNumber(text, '--cpus'))
    .option('--pids <count>', 'most processes and threads', (text) => parseCount(text, '--pids'))
    .option('--disk <size>', 'most that its working directory may hold', (text) => parseSize(text, '--disk'))
    .option('--network <name>', 'which network it reaches (default: none); docker: bridge or one of yours; --isolation bubblewrap: host')
    .option('-e, --env <NAME=value>', 'set a variable; NAME alone passes ours through (repeatable)', collect)
    .option('--stdin <file>', 'what it reads on standard input; - is ours, however long that takes')
    .option('--no-stdin', 'it reads end of file at once')
    .option('--workdir <dir>', 'its working directory')
    .option('--image <name>', 'docker, azure-container: the image (default: docker: the one of polyrun for Python)')
    .addOption(pullOption())
    .option('--runtime <name>', 'docker: the runtime of the engine, such as runsc')
    .option('--location <region>', 'azure-container: the region, or several with commas that are tried in order (default: AZURE_LOCATION)')
    .option('--user <uid:gid>', 'docker: who the program is, by number')
    .option('--volume </host:/container[:rw]>', 'docker: a directory that it sees, and with :rw may write to (repeatable)', collectVolume)
    .option(
      '--server <url>',
      'jupyter: a server that runs already; its token in the address, or in JUPYTER_TOKEN (default: one is started)',
    )
    .option('--kernel <name>', 'jupyter, docker-jupyter: the kernel that runs it (default: python3, or the one that speaks its language)')
    .addOption(
      new Option('--isolation <mode>', 'how it is kept apart from this machine (default: none, with a warning)').choices(ISOLATION_NAMES),
    )
    .option('--output-bytes <size>', 'most of each output stream (default: 64m; 1m with --json)', (text) =>
      parseSize(text, '--output-bytes'),
    )
    .option('--json', 'print one JSON object with the result, or with the error, instead of the output')
    .option('--verbose', 'print the stack of an error')
    .addHelpText('after', RUN_NOTES)
    .action(async (words: string[], flags: RunFlags) => setExitCode(await run(words, args, flags, io)))
}

function executorOption(): Option {
  return new Option(
    '--executor <name>',
    `where: ${Object.entries(EXECUTORS)
      .map(([name, { summary }]) => `${name} ${summary}`)
      .join('; ')}`,
  ).default(DEFAULT_EXECUTOR)
}

function collect(word: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, word]
}
