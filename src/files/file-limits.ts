/** What file calls do at most, and what they do when nothing is said. Sizes in bytes, times in milliseconds. */
export const FILE_LIMITS = {
  /** Lines and bytes that `read` answers when nothing is said. */
  readLines: 2_000,
  readTextBytes: 256 * 1024,
  /** Bytes that `readBytes` answers when nothing is said. */
  readBytes: 8 * 1024 ** 2,
  /** The most bytes of one file that any call moves. */
  fileBytes: 256 * 1024 ** 2,
  /** The largest file that `edit` changes. */
  editBytes: 16 * 1024 ** 2,
  /** How far `read` looks for the line that is asked for. */
  lineScanBytes: 64 * 1024 ** 2,
  /** Entries that `list` and `glob` answer when nothing is said, and lines that `grep` does. */
  entries: 1_000,
  matches: 1_000,
  /** The most entries that one call looks at. */
  scanEntries: 100_000,
  /** Larger files are not looked into by `grep`. */
  grepFileBytes: 8 * 1024 ** 2,
  /** How long `grep` looks. */
  grepMs: 30_000,
  /** Characters of a line that `grep` answers. */
  lineChars: 500,
} as const
