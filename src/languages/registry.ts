import { closestMatch } from 'leven'
import { assertKnownKeys, CodeExecutorError, LanguageNotSupportedError, type LanguageName } from '../core/index.ts'
import { BUILTIN_LANGUAGES } from './builtin/index.ts'
import type { CommandLine, Language } from './language.ts'
import { interpreted } from './toolchains.ts'

/**
 * A row of one's own, or a change to a built-in one: what is left out comes from the built-in row of that name.
 * `command` is the short form for an interpreter that takes the file and the arguments.
 */
export interface LanguageDefinition extends Partial<Omit<Language, 'name'>> {
  readonly name: string
  /** The interpreter and its flags: `['/opt/venv/bin/python', '-I']`. */
  readonly command?: CommandLine
}

/** The languages of one executor. */
export interface LanguageRegistry {
  readonly languages: readonly Language[]
  /** The language that somebody, mostly a model, means by a name. @throws `LanguageNotSupportedError` with the nearest name */
  resolve(name: string): Language
}

/**
 * Makes a registry. Without definitions it holds every built-in row; with them exactly those, by name or as rows.
 * A later definition of a name wins over an earlier one.
 * @throws `INVALID_ARGUMENT`, `LANGUAGE_UNKNOWN`
 */
export function createLanguageRegistry(definitions?: readonly (LanguageName | LanguageDefinition)[]): LanguageRegistry {
  const builtin = indexByName(BUILTIN_LANGUAGES)
  if (definitions === undefined) return registryOf(BUILTIN_LANGUAGES, builtin)
  if (!Array.isArray(definitions) || definitions.length === 0)
    throw invalid('languages', definitions, 'must be a list of at least one language')
  const rows = new Map<string, Language>()
  for (const definition of definitions) {
    const row = typeof definition === 'string' ? lookUp(builtin, definition) : toRow(definition, builtin)
    rows.set(row.name, row)
  }
  const languages = [...rows.values()]
  return registryOf(languages, indexByName(languages))
}

function registryOf(languages: readonly Language[], byName: ReadonlyMap<string, Language>): LanguageRegistry {
  return { languages, resolve: (name) => lookUp(byName, name) }
}

function lookUp(byName: ReadonlyMap<string, Language>, name: string): Language {
  if (typeof name !== 'string') throw invalid('language', name, 'must be text')
  const found = byName.get(fold(name))
  if (found !== undefined) return found
  const known = [...new Set([...byName.values()].map((language) => language.name))]
  throw new LanguageNotSupportedError(name, known, nearest(fold(name), byName))
}

/** The canonical name behind the closest known word, if any is close enough to be meant. */
function nearest(word: string, byName: ReadonlyMap<string, Language>): string | undefined {
  if (word === '') return undefined
  const candidate = closestMatch(word, [...byName.keys()], { maxDistance: Math.max(1, Math.floor(word.length / 3)) })
  return candidate === undefined ? undefined : byName.get(candidate)?.name
}

function indexByName(languages: readonly Language[]): Map<string, Language> {
  const index = new Map<string, Language>()
  for (const language of languages) {
    for (const name of [language.name, ...language.aliases]) index.set(fold(name), language)
  }
  return index
}

function fold(name: string): string {
  return String(name).trim().toLowerCase()
}

const ROW_MEMBERS = [
  'name',
  'title',
  'aliases',
  'extensions',
  'toolchains',
  'fileName',
  'packages',
  'kernel',
  'inKernel',
  'command',
] as const
true satisfies [keyof LanguageDefinition] extends [(typeof ROW_MEMBERS)[number]] ? true : false

function toRow(definition: LanguageDefinition, byName: ReadonlyMap<string, Language>): Language {
  if (typeof definition !== 'object' || definition === null) throw invalid('languages', definition, 'must hold names and rows')
  assertKnownKeys(definition, ROW_MEMBERS, 'languages')
  if (typeof definition.name !== 'string') throw invalid('languages.name', definition.name, 'must be text')
  const base = byName.get(fold(definition.name))
  const name = base?.name ?? fold(definition.name)
  if (!/^[a-z][a-z0-9+#_.-]*$/.test(name))
    throw invalid('languages', definition.name, 'has a name that is no word of letters, digits and + # _ . -')
  const { command, ...own } = Object.fromEntries(
    Object.entries(definition).filter(([, value]) => value !== undefined),
  ) as unknown as LanguageDefinition
  const row = { title: name, aliases: [], packages: {}, ...base, ...own, name }
  const toolchains = own.toolchains ?? (command === undefined ? base?.toolchains : fromCommand(command, base))
  if (!isListOf(toolchains, (each) => typeof each === 'object' && each !== null))
    throw invalid(`languages.${name}`, definition, 'needs a command, or toolchains')
  if (!isListOf(row.aliases, (each) => typeof each === 'string', 0))
    throw invalid(`languages.${name}.aliases`, row.aliases, 'must be a list of names')
  const { extensions } = row
  if (!isListOf(extensions, (each) => typeof each === 'string' && /^\.[\w.+-]+$/.test(each)))
    throw invalid(`languages.${name}.extensions`, extensions, "must be a list of file extensions such as ['.py']")
  return { ...row, extensions, toolchains }
}

/** Another interpreter of the same language wants the same variables. */
function fromCommand(command: CommandLine, base: Language | undefined): Language['toolchains'] {
  if (!isListOf(command, (word) => typeof word === 'string' && word !== ''))
    throw invalid('languages.command', command, 'must be a list of a program and its flags')
  const [program, ...flags] = command
  const env = base?.toolchains[0]?.env
  return interpreted([program], flags, env && { env })
}

function isListOf<T>(list: T, accepts: (each: unknown) => boolean, least = 1): list is Exclude<T, undefined> {
  return Array.isArray(list) && list.length >= least && list.every(accepts)
}

function invalid(argument: string, value: unknown, reason: string): CodeExecutorError<'INVALID_ARGUMENT'> {
  return new CodeExecutorError('INVALID_ARGUMENT', `${argument} ${reason}.`, { argument, value })
}
