import type { Evidence } from './evidence.ts'

/**
 * What `POLYRUN_REQUIRE` asks for and the run did not exercise, one sentence each. An entry is a language name
 * (`python`), a least number of languages (`languages:20`), or a word in the name of an executor or a check (`local`, `oav`).
 */
export function unmetRequirements(required: string, evidence: Evidence): string[] {
  const entries = required.split(',').map((entry) => entry.trim())
  return entries.filter((entry) => entry !== '').flatMap((entry) => unmet(entry, evidence) ?? [])
}

function unmet(entry: string, { executors, languages, checks }: Evidence): string | undefined {
  const exercisedLanguages = languages.filter(({ status }) => status === 'exercised')
  const least = /^languages:(\d+)$/.exec(entry)?.[1]
  if (least !== undefined) {
    if (exercisedLanguages.length >= Number(least)) return undefined
    return `${least} languages must be exercised, and ${exercisedLanguages.length} were`
  }
  const candidates = [
    ...languages.filter(({ name }) => name === entry),
    ...[...executors, ...checks].filter(({ name }) => words(name).includes(entry)),
  ]
  if (candidates.some(({ status }) => status === 'exercised')) return undefined
  const reasons = candidates.map(({ name, reason }) => `${name} is unavailable because ${reason ?? 'nobody said why'}`)
  return `${entry} must be exercised, and ${reasons.length > 0 ? reasons.join('; ') : 'no test recorded it'}`
}

/** `local (isolation none)` has the words local, isolation and none. */
function words(name: string): string[] {
  return name.toLowerCase().split(/[^a-z0-9-]+/)
}
