/** MAX_ARG_STRLEN of Linux: the longest single argument or variable, with the NUL at its end. */
export const LONGEST_WORD_BYTES = 128 * 1024
/** A quarter of the usual stack limit, which is what all arguments and variables may have together; see execve(2). */
export const ALL_WORDS_BYTES = 2 * 1024 ** 2

/** Whether a process can be started with these arguments and variables. */
export function areStartable(argv: readonly string[], env: Readonly<Record<string, string>>): boolean {
  const words = [...argv, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)].map((text) => Buffer.byteLength(text) + 1)
  return words.every((bytes) => bytes <= LONGEST_WORD_BYTES) && words.reduce((sum, bytes) => sum + bytes, 0) <= ALL_WORDS_BYTES
}
