import type { CodeSource, LanguageName } from '../../core/index.ts'
import type { CodeBlock } from './code-block.ts'
import type { ExtractedCode } from './extract-code-blocks.ts'

/** What an executor is given for one or several blocks. */
export interface Program {
  readonly language: LanguageName
  readonly source: CodeSource
  /** Which file runs, when the program has names. */
  readonly entryPoint: string | undefined
  /** The line of the block that runs. */
  readonly line: number
}

/** Options of {@link toPrograms}. */
export interface ProgramOptions {
  /** Joins the blocks that name files into one program. @defaultValue false: each block is a program */
  readonly multiFile?: boolean
}

/**
 * Programs from blocks, in order. With `multiFile` all blocks that name files are one program, data such as a `json` block too:
 * `main` with any extension runs, else the last of them that can, and it runs where the last of them stands.
 */
export function toPrograms({ blocks, skipped }: ExtractedCode, { multiFile = false }: ProgramOptions = {}): readonly Program[] {
  const named = blocks.filter(({ file }) => file !== undefined)
  const entry = named.findLast(({ file }) => /(?:^|\/)main\.[^./]+$/i.test(file ?? '')) ?? named.at(-1)
  if (!multiFile || entry === undefined) return blocks.map(toProgram)
  const data = skipped.filter(({ reason, file }) => file !== undefined && (reason === 'data' || reason === 'untagged'))
  const files = [...data, ...named].toSorted((a, b) => a.line - b.line).map(({ file, code }) => [file, code] as const)
  const joined: Program = {
    language: entry.language,
    source: Object.fromEntries(files) as Record<string, string>,
    entryPoint: entry.file,
    line: entry.line,
  }
  const last = named.at(-1)
  return blocks.flatMap((block) => (block === last ? [joined] : block.file === undefined ? [toProgram(block)] : []))
}

function toProgram({ language, code, file, line }: CodeBlock): Program {
  if (file === undefined) return { language, source: code, entryPoint: undefined, line }
  return { language, source: { [file]: code }, entryPoint: file, line }
}

/** The text of a program for people: its files one after the other, each under its name when there are several. */
export function programText({ source }: Pick<Program, 'source'>): string {
  if (typeof source === 'string') return source
  const files = Object.entries(source).map(([path, content]) => [path, typeof content === 'string' ? content : '(bytes)'] as const)
  return files.length === 1 ? (files[0]?.[1] ?? '') : files.map(([path, text]) => `${path}:\n${text}`).join('\n')
}
