/** One row of the tables below. */
export interface CommandAdvice {
  /** What happened. */
  readonly meaning: string
  /** What whoever wrote the command, most likely a model, does next. */
  readonly advice: string
}

/** Why the list of allowed commands refused one. */
export const COMMAND_REFUSALS = {
  shell_syntax: {
    meaning: 'Outside quotes it has what only a shell would understand: `;`, `|`, `&`, `<`, `>`, `(`, `$NAME`, a backtick, a line break.',
    advice: 'No shell runs here. Send one plain command at a time, and put single quotes around characters that are meant literally.',
  },
  shell_assignment: {
    meaning: 'It sets variables, which could change what the command does.',
    advice: 'Variables cannot be set here. Send the command without them.',
  },
  empty_command: {
    meaning: 'There is no command in it.',
    advice: 'Send a command.',
  },
  no_pattern_match: {
    meaning: 'It is none of the allowed commands.',
    advice: 'Only some commands are allowed here, with their arguments as a whole. Use another one, or do without.',
  },
} as const satisfies Record<string, CommandAdvice>

/** A key of {@link COMMAND_REFUSALS}. */
export type CommandRefusal = keyof typeof COMMAND_REFUSALS

/** Why a command did not run to its own end. An exit code that is not 0 is no error of this kind. */
export const COMMAND_ERROR_KINDS = {
  timeout: {
    meaning: 'The time limit ended it, with everything that it started.',
    advice: 'Let it do less, ask for a longer time limit, or start it in the background. What it wrote until then is there.',
  },
  killed: {
    meaning: 'It was ended on request.',
    advice: 'Start it again if it is still needed.',
  },
  command_not_allowed: {
    meaning: 'The list of allowed commands refused it, and nothing ran.',
    advice: 'Use one of the allowed commands.',
  },
  not_found: {
    meaning: 'There is no program of that name, or the interpreter that its first line names is missing. Nothing ran.',
    advice: 'Check the spelling, give a path to the program, or install it.',
  },
  permission_denied: {
    meaning: 'The file is there and cannot be run. Nothing ran.',
    advice: 'Make it executable with chmod +x, or hand it to its interpreter.',
  },
  directory_not_found: {
    meaning: 'The directory to run in is not there, or is no directory. Nothing ran.',
    advice: 'Make the directory first, or name another one.',
  },
  invalid_argument: {
    meaning: 'No process can be started with that. Nothing ran.',
    advice: 'Correct what the message names.',
  },
  too_many_commands: {
    meaning: 'As many background commands run as may run at once. Nothing ran.',
    advice: 'Kill one that is no longer needed, or wait until one ends.',
  },
  out_of_memory: {
    meaning: 'The memory limit ended it.',
    advice: 'Let it use less memory: smaller pieces, fewer at once.',
  },
  too_many_processes: {
    meaning: 'The limit on processes and threads ended it.',
    advice: 'Let it start fewer processes or threads at once.',
  },
  out_of_disk: {
    meaning: 'It filled what it may write.',
    advice: 'Remove files that are no longer needed, or write less.',
  },
} as const satisfies Record<string, CommandAdvice>

/** A key of {@link COMMAND_ERROR_KINDS}. */
export type CommandErrorKind = keyof typeof COMMAND_ERROR_KINDS
