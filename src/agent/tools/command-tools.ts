import { stripVTControlCharacters } from 'node:util'
import type { CommandResult, CommandRunner } from '../../core/index.ts'
import { capText } from '../execution/cap-text.ts'
import { fenced } from '../execution/fenced.ts'
import { defineTool, done, failed, type AgentTool, type ToolOutput } from './tool.ts'

/** What tools for commands are made for. */
export interface CommandToolSettings {
  readonly maxOutputChars: number
  /** Time limit of a command, in milliseconds. @defaultValue the executor's */
  readonly timeoutMs?: number | undefined
}

const CWD = { type: 'string', description: 'The directory to run in, relative to the working directory.', optional: true } as const

/** A tool that runs commands to their end. */
export function commandTool(runner: CommandRunner, { maxOutputChars, timeoutMs }: CommandToolSettings): AgentTool {
  return defineTool({
    name: 'run_command',
    description:
      'Runs a shell command in the working directory and returns its exit code and what it printed. There is no input, and nothing of the shell stays for the next command.',
    fields: { command: { type: 'string', description: 'The command.' }, cwd: CWD },
    async run({ command, cwd }, signal) {
      const options = { ...(cwd !== undefined && { cwd }), ...(timeoutMs !== undefined && { timeoutMs }), ...(signal && { signal }) }
      return describeCommand(await runner.runCommand(command, options), maxOutputChars)
    },
  })
}

/** Tools for commands that go on while others run, such as servers. */
export function backgroundTools(runner: CommandRunner, { maxOutputChars }: CommandToolSettings): readonly AgentTool[] {
  const id = { type: 'string', description: 'The id that start_command gave.' } as const
  const unknown = (given: string): ToolOutput =>
    failed(`There is no command with the id ${JSON.stringify(given.slice(0, 60))}. list_commands names those that are there.`)
  const positions = new Map<string, { readonly output: number; readonly error: number }>()
  return [
    defineTool({
      name: 'start_command',
      description: 'Starts a shell command that goes on in the background, and returns its id. It ends with the session at the latest.',
      fields: { command: { type: 'string', description: 'The command.' }, cwd: CWD },
      async run({ command, cwd }) {
        const started = await runner.startCommand(command, cwd === undefined ? {} : { cwd })
        if (started.result?.errorKind !== undefined) return describeCommand(started.result, maxOutputChars)
        return done(`Started with the id ${started.id}. read_command_output tells what it prints.`)
      },
    }),
    defineTool({
      name: 'read_command_output',
      description: 'Returns what a background command printed since it was last read, and whether it still runs.',
      fields: { id },
      run(input) {
        const command = runner.findCommand(input.id)
        if (command === undefined) return Promise.resolve(unknown(input.id))
        const part = command.read(positions.get(command.id))
        positions.set(command.id, part.next)
        const lost = part.lostBytes.output + part.lostBytes.error
        const head =
          command.status === 'running'
            ? 'It still runs.'
            : command.result
              ? headOf(command.result)
              : 'It was lost with the place that it ran in.'
        return Promise.resolve(
          done(
            [
              head,
              ...(lost > 0 ? [`${lost} bytes before this are no longer there.`] : []),
              ...streams(part, maxOutputChars, 'Nothing new was printed.'),
            ].join('\n\n'),
          ),
        )
      },
    }),
    defineTool({
      name: 'kill_command',
      description: 'Ends a background command and everything that it started.',
      fields: { id },
      async run(input) {
        const command = runner.findCommand(input.id)
        if (command === undefined) return unknown(input.id)
        const wasRunning = command.status === 'running'
        const result = await command.kill()
        return done(wasRunning ? `It was ended after ${result.durationMs.toFixed(0)} ms.` : `It was over already: ${headOf(result)}`)
      },
    }),
    defineTool({
      name: 'list_commands',
      description: 'Lists the background commands: their ids, whether they run, and what they are.',
      fields: {},
      run() {
        const lines = runner
          .listCommands()
          .map(
            ({ id: each, status, command }) =>
              `${each} ${status} ${capText(stripVTControlCharacters(command).replaceAll(/\s+/g, ' '), 200)}`,
          )
        return Promise.resolve(done(lines.length === 0 ? 'There are none.' : capText(lines.join('\n'), maxOutputChars)))
      },
    }),
  ]
}

/** What came of a command, for a model: how it ended, what it printed, what to do about it. */
export function describeCommand(result: CommandResult, maxOutputChars: number): ToolOutput {
  const { errorKind, advice, omittedBytes, termination } = result
  const omitted = omittedBytes.output + omittedBytes.error
  const printed = termination.kind === 'not-started' ? [] : streams(result, maxOutputChars, 'It printed nothing.')
  const parts = [
    headOf(result),
    ...printed,
    ...(omitted > 0 ? [`${omitted} bytes of output went over limits.outputBytes and are lost. Print less.`] : []),
    ...(advice === undefined ? [] : [`Advice: ${advice}`]),
  ]
  return { text: parts.join('\n\n'), isError: errorKind !== undefined, images: [] }
}

function headOf({ termination, durationMs }: CommandResult): string {
  const after = `after ${durationMs.toFixed(0)} ms`
  switch (termination.kind) {
    case 'exited':
      return `Exit code ${termination.exitCode} ${after}.`
    case 'signaled':
      return `Ended by ${termination.signal} ${after}.`
    case 'timed-out':
      return `Ended at the time limit of ${termination.limitMs} ms. What it printed until then:`
    case 'out-of-memory':
      return `Ended at the memory limit of ${termination.limitBytes} bytes ${after}.`
    case 'too-many-processes':
      return `Ended at the limit of ${termination.limit} processes ${after}.`
    case 'out-of-disk':
      return `Ended at the limit of ${termination.limitBytes} bytes on disk ${after}.`
    case 'killed':
      return `Ended on request ${after}.`
    case 'not-started':
      return `Nothing ran: ${capText(stripVTControlCharacters(termination.message).replaceAll(/\s+/g, ' '), 1_000)}`
  }
}

function streams(result: { readonly output: string; readonly error: string }, maxChars: number, silence: string): readonly string[] {
  const shown = [
    ['Output', result.output],
    ['Error output', result.error],
  ] as const
  const said = shown
    .filter(([, text]) => text.trim() !== '')
    .map(([title, text]) => `${title}:\n\n${fenced(capText(stripVTControlCharacters(text), maxChars))}`)
  return said.length === 0 ? [silence] : said
}
