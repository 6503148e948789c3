import { CodeExecutorError } from '../../core/index.ts'
import { AllowList } from './allow-list.ts'
import { PLACE_SHELL } from './launch.ts'

/** Commands in the background at once when nothing else is said. */
export const DEFAULT_BACKGROUND_COMMANDS = 8

/** The options of an executor that are about commands, after checking, with the defaults applied. */
export interface CommandSettings {
  readonly shell: string
  readonly allowed: AllowList | undefined
  readonly allowCode: boolean
  readonly mostInBackground: number
}

/** What of an executor's options is read here. */
export interface CommandSettingsSource {
  readonly shell?: string
  readonly allowedCommands?: readonly (RegExp | string)[]
  readonly allowCode?: boolean
  readonly backgroundCommands?: number
}

/** @throws `INVALID_ARGUMENT` */
export function readCommandSettings(options: CommandSettingsSource): CommandSettings {
  const { shell = PLACE_SHELL, allowedCommands, allowCode, backgroundCommands = DEFAULT_BACKGROUND_COMMANDS } = options
  if (typeof shell !== 'string' || shell === '' || /[\s\0]/.test(shell))
    throw invalid('shell', shell, 'must be a program, by its name or its path')
  if (allowCode !== undefined && typeof allowCode !== 'boolean') throw invalid('allowCode', allowCode, 'must be true or false')
  if (!Number.isInteger(backgroundCommands) || backgroundCommands < 0) {
    throw invalid('backgroundCommands', backgroundCommands, 'must be a whole number that is not negative')
  }
  return {
    shell,
    allowed: allowedCommands && new AllowList(allowedCommands),
    allowCode: allowCode ?? allowedCommands === undefined,
    mostInBackground: backgroundCommands,
  }
}

function invalid(argument: string, value: unknown, reason: string): CodeExecutorError<'INVALID_ARGUMENT'> {
  return new CodeExecutorError('INVALID_ARGUMENT', `${argument} ${reason}.`, { argument, value })
}
