/** ECMA-48: control sequences (5.4), strings that a terminal takes for itself (5.6), and the other escapes. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const ESCAPES = /\u001B(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001B]*(?:\u0007|\u001B\\)|[ -/]*[0-~])/g

/** A text without what only a terminal understands: colours, links, movements. */
export function withoutColours(text: string): string {
  return text.replaceAll(ESCAPES, '')
}
