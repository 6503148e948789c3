import { CommanderError } from 'commander'
import { invalid, describeError, errorAsData } from './errors.ts'
import { exitCodeOfError } from './exit-codes.ts'
import { say, type CliIo } from './io.ts'
import { makeProgram } from './program.ts'

/** Does what the words of a command line say and returns its exit code. Never rejects. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  const { own, args } = splitArguments(argv)
  let exitCode = 0
  try {
    await makeProgram(io, args, (code) => (exitCode = code)).parseAsync([...own], { from: 'user' })
    return exitCode
  } catch (thrown) {
    if (thrown instanceof CommanderError && isHelp(thrown)) return thrown.code === 'commander.help' && own.length === 0 ? 2 : 0
    const error = thrown instanceof CommanderError ? misuse(thrown, own) : thrown
    if (own.includes('--json')) io.stdout.write(`${JSON.stringify(errorAsData(error))}\n`)
    say(io, 'failure', describeError(error, own.includes('--verbose')))
    return exitCodeOfError(error)
  }
}

/** Everything after the first `--` is the program's and not looked at. */
function splitArguments(argv: readonly string[]): { readonly own: readonly string[]; readonly args: readonly string[] } {
  const end = argv.indexOf('--')
  return end < 0 ? { own: argv, args: [] } : { own: argv.slice(0, end), args: argv.slice(end + 1) }
}

function isHelp({ code }: CommanderError): boolean {
  return code === 'commander.help' || code === 'commander.helpDisplayed' || code === 'commander.version'
}

/** What commander found wrong, as one line with the next step. */
function misuse({ code, message }: CommanderError, own: readonly string[]): Error {
  const [what = '', hint = ''] = message.replace(/^error: /, '').split('\n')
  const command = own.find((word) => !word.startsWith('-'))
  const sentence = `${what.charAt(0).toUpperCase()}${what.slice(1).replace(/\.$/, '')}.`
  return invalid('argv', own, [sentence, suggestion(hint), nextStep(code, command)].filter((part) => part !== '').join(' '))
}

/** `(Did you mean --timeout?)` without its parentheses. */
function suggestion(hint: string): string {
  return hint.replace(/^\((.*)\)$/, '$1')
}

function nextStep(code: string, command: string | undefined): string {
  if (code === 'commander.unknownCommand') {
    return command?.includes('.') === true ? `To run a file: polyrun run ${command}` : 'See polyrun --help.'
  }
  const help = `See polyrun ${command === undefined ? '' : `${command} `}--help.`
  return code === 'commander.unknownOption' && command === 'run' ? `Flags of the program go after --. ${help}` : help
}
