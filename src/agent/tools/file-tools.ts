import { stripVTControlCharacters } from 'node:util'
import type { FileAnswer, FileBackend, FileEntry } from '../../files/index.ts'
import { capText } from '../execution/cap-text.ts'
import { defineTool, done, failed, type AgentTool, type ToolOutput } from './tool.ts'

/** What tools for files are made for. */
export interface FileToolSettings {
  readonly maxOutputChars: number
  /** Whether tools that change files are there. */
  readonly canWrite: boolean
}

const PATH = { type: 'string', description: 'The file, relative to the working directory.' } as const
const DIRECTORY = {
  type: 'string',
  description: 'The directory, relative to the working directory, which is meant without one.',
  optional: true,
} as const
const LIST_ENTRIES = 200
const READ_LINES = 500
const MATCHES = 100

/** Tools that look at files, and, if they may, change them. Who edits what changed since it was read is told to read again. */
export function fileTools(files: FileBackend, { maxOutputChars, canWrite }: FileToolSettings): readonly AgentTool[] {
  const seen = new SeenVersions()
  const cap = (text: string): string => capText(stripVTControlCharacters(text), maxOutputChars)
  const looking = [
    defineTool({
      name: 'list_files',
      description: 'Lists a directory: names, with a slash after those of directories, and sizes in bytes.',
      fields: { path: DIRECTORY, offset: { type: 'integer', description: 'How many entries to pass over.', optional: true } },
      async run({ path = '', offset = 0 }, signal) {
        return say(await files.list(path, { offset, limit: LIST_ENTRIES, signal }), ({ entries, truncated, nextOffset }) =>
          entriesText(entries, truncated && `There are more; go on with offset ${nextOffset}.`, 'It is empty.', cap),
        )
      },
    }),
    defineTool({
      name: 'read_file',
      description: 'Reads lines of a text file. Each line comes after its number and a tab, which are not part of the file.',
      fields: {
        path: PATH,
        offset: { type: 'integer', description: 'How many lines to pass over.', optional: true },
        limit: { type: 'integer', description: `The most lines to read; ${READ_LINES} without it.`, optional: true },
      },
      async run({ path, offset = 0, limit = READ_LINES }, signal) {
        const answer = await files.read(path, { offset, limit, limitBytes: Math.max(1_024, maxOutputChars), signal })
        if (answer.ok) seen.note(answer)
        return say(answer, (part) => {
          if (part.text === '') return part.sizeBytes === 0 ? 'The file is empty.' : `The file has no line ${offset + 1}.`
          const rest = part.lineCut
            ? 'The line is longer than this and was cut.'
            : part.truncated
              ? `There are more lines; go on with offset ${part.nextOffset}.`
              : ''
          return [numbered(part.text, part.offset), rest].join('\n').trimEnd()
        })
      },
    }),
    defineTool({
      name: 'glob_files',
      description: 'Finds files by name with *, **, ?, [a-z] and {a,b}. A pattern without a slash is looked for in every directory.',
      fields: { pattern: { type: 'string', description: 'The pattern, such as **/*.py.' }, path: DIRECTORY },
      async run({ pattern, path = '' }, signal) {
        return say(await files.glob(pattern, { path, limit: LIST_ENTRIES, signal }), ({ entries, truncated }) =>
          entriesText(entries, truncated && 'There are more; make the pattern narrower.', 'No file matches.', cap),
        )
      },
    }),
    defineTool({
      name: 'grep_files',
      description: 'Finds lines in files that have a text, or match a regular expression. Returns path, line number and line.',
      fields: {
        pattern: { type: 'string', description: 'The text, or the regular expression.' },
        regex: { type: 'boolean', description: 'Whether the pattern is a regular expression (no look-around).', optional: true },
        path: { ...DIRECTORY, description: 'The file or directory to look in.' },
        glob: { type: 'string', description: 'Looks only into files whose name matches, such as *.py.', optional: true },
      },
      async run({ pattern, regex = false, path = '', glob }, signal) {
        const query = { pattern, kind: regex ? 'regex' : 'literal', path, limit: MATCHES, ...(glob !== undefined && { glob }) } as const
        return say(await files.grep(query, { signal }), ({ matches, truncated }) => {
          const lines = matches.map((match) => `${shownPath(match.path)}:${match.line}: ${stripVTControlCharacters(match.text)}`)
          if (lines.length === 0 && !truncated) return 'No line matches.'
          return capText([...lines, ...(truncated ? ['There may be more; look for something narrower.'] : [])].join('\n'), maxOutputChars)
        })
      },
    }),
  ]
  return canWrite ? [...looking, ...changing(files, seen)] : looking
}

function changing(files: FileBackend, seen: SeenVersions): readonly AgentTool[] {
  return [
    defineTool({
      name: 'write_file',
      description: 'Writes a text file, whole, with the directories above it. What was in it is replaced.',
      fields: { path: PATH, content: { type: 'string', description: 'The whole content.' } },
      async run({ path, content }, signal) {
        const answer = await files.write(path, content, { signal })
        if (answer.ok) seen.note(answer)
        return say(answer, ({ created, sizeBytes }) => `${created ? 'Made' : 'Replaced'} ${shownPath(answer.path)}, ${sizeBytes} bytes.`)
      },
    }),
    defineTool({
      name: 'edit_file',
      description: 'Replaces a text in a file. It must stand there exactly once, unless replace_all is set. Read the file before.',
      fields: {
        path: PATH,
        old_text: { type: 'string', description: 'The text as it stands in the file, without line numbers.' },
        new_text: { type: 'string', description: 'The text to put in its place.' },
        replace_all: { type: 'boolean', description: 'Replaces it everywhere.', optional: true },
      },
      async run({ path, old_text: oldText, new_text: newText, replace_all: replaceAll = false }, signal) {
        const answer = await files.edit(path, oldText, newText, { replaceAll, ifUnchangedSince: seen.versionOf(path), signal })
        if (answer.ok) seen.note(answer)
        return say(
          answer,
          ({ occurrences }) => `Replaced ${occurrences} ${occurrences === 1 ? 'place' : 'places'} in ${shownPath(answer.path)}.`,
        )
      },
    }),
    defineTool({
      name: 'remove_file',
      description: 'Removes a file, or a directory with all it holds when recursive is set.',
      fields: { path: PATH, recursive: { type: 'boolean', description: 'Removes directories, too.', optional: true } },
      async run({ path, recursive = false }, signal) {
        return say(await files.remove(path, { recursive, signal }), (removed) => `Removed ${shownPath(removed.path)}.`)
      },
    }),
  ]
}

/** Which version of a file the model knows. */
class SeenVersions {
  readonly #versions = new Map<string, string>()

  note({ path, version }: { readonly path: string; readonly version: string }): void {
    this.#versions.set(path, version)
  }

  versionOf(path: string): string | undefined {
    return this.#versions.get(path.replace(/^(?:\.?\/)+/, ''))
  }
}

function say<T extends object>(answer: FileAnswer<T>, words: (found: T) => string): ToolOutput {
  return answer.ok ? done(words(answer)) : failed(`${answer.code}: ${answer.message}`)
}

function entriesText(entries: readonly FileEntry[], more: string | false, none: string, cap: (text: string) => string): string {
  if (entries.length === 0) return more || none
  return cap([...entries.map(entryLine), ...(more ? [more] : [])].join('\n'))
}

function entryLine({ path, kind, sizeBytes }: FileEntry): string {
  const name = shownPath(path)
  if (kind === 'directory') return `${name}/`
  return kind === 'file' ? `${name} ${sizeBytes}` : `${name} (${kind})`
}

/** A name may hold line breaks, which must not look like lines of ours. */
function shownPath(path: string): string {
  return /[\p{Cc}\u2028\u2029]/u.test(path) ? JSON.stringify(path) : path
}

function numbered(text: string, offset: number): string {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line, index) => `${String(offset + index + 1).padStart(6)}\t${line}`).join('\n')
}
