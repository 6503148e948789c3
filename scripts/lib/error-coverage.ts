import type { Evidence } from './evidence.ts'

/** Error codes that no test threw, one sentence each. `owners` are codes of one executor: where that was not exercised, they are not missed. */
export function errorCodeGaps(
  codes: readonly string[],
  { errorCodes, executors }: Pick<Evidence, 'errorCodes' | 'executors'>,
  owners: Readonly<Partial<Record<string, string>>>,
): string[] {
  const exercised = executors.filter(({ status }) => status === 'exercised').map(({ name }) => name)
  const isMissed = (code: string): boolean => owners[code] === undefined || exercised.includes(owners[code])
  return codes
    .filter((code) => !errorCodes.includes(code) && isMissed(code))
    .map((code) => `${code} is in the error table, and no test recorded that it was thrown`)
}
