import type { CodeExecutorError } from '../../core/index.ts'
import { orAborted, type LanguageStatus } from '../../engine/index.ts'
import type { Language } from '../../languages/index.ts'
import { loadExecutor, placeSettings, type PlaceSettings } from '../executors.ts'
import { paint, type CliIo } from '../io.ts'
import { Progress } from '../progress.ts'
import { alignColumns } from '../text-table.ts'

/** The flags of `polyrun languages`. */
export interface LanguagesFlags extends PlaceSettings {
  readonly executor: string
  readonly json?: boolean
}

/** Prints which languages an executor has, which it lacks, and how to get those. */
export async function languages(flags: LanguagesFlags, io: CliIo): Promise<number> {
  const { executor: name, json } = flags
  const adapter = await loadExecutor(name)
  const progress = new Progress(io)
  await using executor = adapter.create(placeSettings(name, flags), { warn: () => {}, wait: (wait) => progress.showWait(wait) })
  const statuses = await orAborted(executor.inspectLanguages(), io.signal).finally(() => progress.stop())
  io.stdout.write(json === true ? `${JSON.stringify(statuses.map(asData), null, 2)}\n` : asText(statuses, name, io))
  return 0
}

function asText(statuses: readonly LanguageStatus[], executor: string, io: CliIo): string {
  const here = statuses.flatMap(({ language, programs }) => (programs === undefined ? [] : [hereRow(language, programs, io)]))
  const missing = statuses.flatMap(({ language, error }) => (error === undefined ? [] : [missingRow(language, error, io)]))
  const title = (text: string): string => `${paint(io.stdout, 'bold', text)}\n`
  const sections = [
    title(`${here.length} of ${statuses.length} languages are here (${executor}).`) + alignColumns(here, '  '),
    title(`${missing.length} are missing, with what was looked for and how to get it.`) + alignColumns(missing, '  '),
  ]
  return (missing.length === 0 ? sections.slice(0, 1) : sections).join('\n')
}

function hereRow({ name, extensions }: Language, programs: ReadonlyMap<string, string>, { stdout }: CliIo): readonly string[] {
  return [paint(stdout, 'green', name), paint(stdout, 'dim', extensions.join(' ')), [...programs.values()].join(' ')]
}

function missingRow(
  { name, packages }: Language,
  { details }: CodeExecutorError<'LANGUAGE_UNAVAILABLE'>,
  { stdout }: CliIo,
): readonly string[] {
  return [paint(stdout, 'yellow', name), paint(stdout, 'dim', details.tried.join(', ')), waysToGet(packages).join(', or ')]
}

function asData({ language, programs, error }: LanguageStatus): object {
  const { name, title, aliases, extensions, packages } = language
  const known = { name, title, aliases, extensions, available: programs !== undefined }
  if (programs !== undefined) return { ...known, programs: Object.fromEntries(programs) }
  return { ...known, missing: { tried: error.details.tried, packages, get: waysToGet(packages) } }
}

function waysToGet({ debian = [], npm = [], other }: Language['packages']): readonly string[] {
  return [
    ...(debian.length > 0 ? [`apt-get install ${debian.join(' ')}`] : []),
    ...(npm.length > 0 ? [`npm install --global ${npm.join(' ')}`] : []),
    ...(other === undefined ? [] : [other]),
  ]
}
