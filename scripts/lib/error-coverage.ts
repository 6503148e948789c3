/** Error codes that no test threw, and listed exceptions that are none any more, one sentence each. */
export function errorCodeGaps(
  codes: readonly string[],
  thrown: readonly string[],
  later: Readonly<Partial<Record<string, string>>>,
): string[] {
  return codes.flatMap((code) => {
    const isThrown = thrown.includes(code)
    if (isThrown && code in later) return [`${code} is thrown by a test: remove it from test/support/codes-of-later-executors.ts`]
    if (!isThrown && !(code in later)) return [`${code} is in the error table, and no test recorded that it was thrown`]
    return []
  })
}
