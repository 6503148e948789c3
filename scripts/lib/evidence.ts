import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { EvidenceRecord } from '../../test/support/evidence.ts'

/** An executor, a language or a check, and whether a test ran on it. */
export interface Subject {
  readonly name: string
  readonly status: 'exercised' | 'unavailable'
  readonly reason?: string
}

/** What the tests of one run recorded, each thing once, sorted by name. */
export interface Evidence {
  readonly executors: readonly Subject[]
  readonly languages: readonly Subject[]
  readonly checks: readonly Subject[]
  readonly errorCodes: readonly string[]
}

/** Reads what the processes of the test run wrote; each has a file of its own. */
export async function readEvidence(directory: string): Promise<Evidence> {
  const files = (await readdir(directory)).filter((name) => name.endsWith('.jsonl'))
  const texts = await Promise.all(files.map((name) => readFile(join(directory, name), 'utf8')))
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => line !== '')
  return foldEvidence(lines.map((line) => JSON.parse(line) as EvidenceRecord))
}

/** A subject that one test could not reach and another one exercised was exercised. */
export function foldEvidence(records: readonly EvidenceRecord[]): Evidence {
  const subjects = { executor: new Map<string, Subject>(), language: new Map<string, Subject>(), check: new Map<string, Subject>() }
  const errorCodes = new Set<string>()
  for (const record of records) {
    if (record.kind === 'error-code') {
      errorCodes.add(record.code)
      continue
    }
    const { kind, ...subject } = record
    if (subjects[kind].get(subject.name)?.status !== 'exercised') subjects[kind].set(subject.name, subject)
  }
  return {
    executors: byName(subjects.executor),
    languages: byName(subjects.language),
    checks: byName(subjects.check),
    errorCodes: [...errorCodes].toSorted(),
  }
}

function byName(subjects: ReadonlyMap<string, Subject>): Subject[] {
  return [...subjects.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}
