/** Whether this is a run that nobody watches: `CI` is set to something that does not mean no. */
export function isCi(env: Readonly<Record<string, string | undefined>>): boolean {
  return !['', '0', 'false'].includes(env['CI'] ?? '')
}
