/** Text as a fenced block that nothing in the text can close: its fence is longer than any row of backticks inside. */
export function fenced(text: string, tag = 'text'): string {
  let longest = 2
  for (const [ticks] of text.matchAll(/`{3,}/g)) longest = Math.max(longest, ticks.length)
  const fence = '`'.repeat(longest + 1)
  return `${fence}${tag}\n${text}${text.endsWith('\n') ? '' : '\n'}${fence}`
}
