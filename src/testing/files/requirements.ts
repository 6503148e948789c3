/** A promise of every file backend. */
export interface FileRequirement {
  readonly title: string
  /** Whether it is about what programs of the place leave there. */
  readonly needsPrograms?: boolean
}

/** What every file backend promises. */
export const FILE_REQUIREMENTS = {
  'write:read': { title: 'what is written is read again, with its parents made and every byte the same' },
  'write:replace': { title: 'a file is replaced whole, and nothing of a longer one stays' },
  'write:guard': { title: 'a write with the version of before somebody else changed the file is refused' },
  'read:lines': { title: 'text is answered in whole lines, in parts that say where the next one begins' },
  'read:exact': { title: 'line ends, a byte order mark and a last line without an end stay as they are' },
  'read:long-line': { title: 'a line that is longer than an answer is cut between characters, and says so' },
  'read:binary': { title: 'bytes that are no text are refused as text and given as bytes' },
  'read:range': { title: 'bytes are answered in parts' },
  'path:tricks': { title: 'no path leads out of the root, however it is spelled' },
  'path:odd-names': { title: 'odd names are names like any other, in every call' },
  'kind:collisions': { title: 'a directory where a file is due, and the reverse, is an answer' },
  'list:parts': { title: 'a listing is sorted by path, in parts, of one level' },
  'list:stat': { title: 'stat tells kind, size and another version after each change' },
  'remove:all': { title: 'files go, directories only with recursive, the root never' },
  'edit:unique': { title: 'an edit needs exactly one match, counting those that overlap' },
  'edit:all': { title: 'replaceAll replaces from the start without overlaps, and counts' },
  'edit:edges': { title: 'edits of empty files, of nothing, of CRLF and of patterns for replacements do what they say' },
  'edit:guard': { title: 'an edit of a file that changed since it was read is refused' },
  'edit:races': { title: 'edits at the same time lose nothing' },
  'glob:patterns': { title: 'patterns find files by path, hidden ones only when they are asked for' },
  'glob:bounds': { title: 'patterns for everything end at the limit, and what is no pattern is an answer' },
  'grep:literal': { title: 'a text is found as it stands, with path, line and content' },
  'grep:regex': { title: 'a regular expression is found, and what none can be is an answer' },
  'grep:where': { title: 'a search keeps to a file, a directory, a pattern, and out of hidden and binary files' },
  'grep:linear': { title: 'no pattern takes for ever' },
  'grep:bounds': { title: 'a search ends at its limit, and long lines are cut' },
  'many:answers': { title: 'many files are written and read with an answer for each, in their order' },
  'call:abort': { title: 'an aborted call rejects with the very reason' },
  'call:nonsense': { title: 'arguments that make no sense are answered and not thrown' },
  'links:inside': { title: 'a link that stays inside is followed', needsPrograms: true },
  'links:outside': { title: 'no call goes through a link that leads outside', needsPrograms: true },
  'links:circles': { title: 'links in circles and to nowhere are answers, and searches end', needsPrograms: true },
  'links:remove': { title: 'a link is removed, and not what it leads to', needsPrograms: true },
  'kind:special': { title: 'pipes, devices and sockets are never opened', needsPrograms: true },
} as const satisfies Readonly<Record<string, FileRequirement>>

/** A key of {@link FILE_REQUIREMENTS}. */
export type FileRequirementId = keyof typeof FILE_REQUIREMENTS
