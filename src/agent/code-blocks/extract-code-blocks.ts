import { CodeExecutorError, type LanguageName } from '../../core/index.ts'
import { createLanguageRegistry, type Language, type LanguageDefinition, type LanguageRegistry } from '../../languages/index.ts'
import type { CodeBlock, SkippedBlock, SkipReason } from './code-block.ts'
import { isDataTag } from './data-tags.ts'
import { fileFromComment } from './file-comment.ts'
import { parseInfoString } from './info-string.ts'
import { parseFences, type Fence, type ParsedFences } from './parse-fences.ts'

/** Options of {@link extractCodeBlocks}. */
export interface ExtractOptions {
  /** The languages whose blocks are wanted, by name or as rows of one's own. @defaultValue every built-in one */
  readonly languages?: readonly (LanguageName | LanguageDefinition)[]
  /** The language of a block whose fence names none. @defaultValue such blocks are left alone */
  readonly untagged?: LanguageName
}

/** The fenced blocks of a text. */
export interface ExtractedCode {
  /** Those that can be run, in order. */
  readonly blocks: readonly CodeBlock[]
  /** Those that are left alone, in order, each with its reason. */
  readonly skipped: readonly SkippedBlock[]
}

/**
 * The code in a Markdown text, mostly the answer of a model, found as CommonMark does: fences of backticks and tildes of any
 * length, in lists and quotes, with any ends of lines. Nothing is guessed: what cannot be run for certain is told in `skipped`.
 * @throws `INVALID_ARGUMENT` and `LANGUAGE_UNKNOWN` for bad options; never for a text
 */
export function extractCodeBlocks(markdown: string, options: ExtractOptions = {}): ExtractedCode {
  return createCodeExtractor(options)(markdown)
}

/** Checks the options once, for many texts. */
export function createCodeExtractor({ languages, untagged }: ExtractOptions): (markdown: string) => ExtractedCode {
  const known = createLanguageRegistry()
  const allowed = languages === undefined ? known : createLanguageRegistry(languages)
  const forUntagged = untagged === undefined ? undefined : allowed.resolve(untagged)
  const judge = (fence: Fence, isTangled: boolean): Judgement => {
    const info = parseInfoString(fence.info)
    const found = info.tag === '' ? (forUntagged ?? 'untagged') : languageOf(info.tag, allowed, known)
    const extensions = typeof found === 'string' ? [] : found.extensions
    const file = info.file ?? fileFromComment(fence.content, extensions)
    const { content: code, line } = fence
    if (typeof found === 'string') return { skipped: { reason: found, tag: info.tag, code, file, line } }
    const reason = whyNotWhole(fence, isTangled)
    if (reason !== undefined) return { skipped: { reason, tag: info.tag, code, file, line } }
    return { block: { language: found.name, code, file, attributes: info.attributes, line } }
  }
  return (markdown) => judgeAll(parseFences(readText(markdown)), judge)
}

type Judgement = { readonly block: CodeBlock } | { readonly skipped: SkippedBlock }

function judgeAll({ fences, indented }: ParsedFences, judge: (fence: Fence, isTangled: boolean) => Judgement): ExtractedCode {
  const blocks: CodeBlock[] = []
  const skipped: SkippedBlock[] = []
  const lastOpen = fences.findLastIndex(({ closed }) => !closed)
  for (const [index, fence] of fences.entries()) {
    const judgement = judge(fence, index < lastOpen && opensAnother(fence))
    if ('block' in judgement) blocks.push(judgement.block)
    else skipped.push(judgement.skipped)
  }
  for (const { content, line } of indented) {
    const inner = parseFences(content).fences[0]
    if (inner?.line !== 1) continue
    skipped.push({ reason: 'indented', tag: parseInfoString(inner.info).tag, code: content, file: undefined, line })
  }
  return { blocks, skipped: skipped.toSorted((a, b) => a.line - b.line) }
}

/** An unfinished block would run as another program than the one that was meant. */
function whyNotWhole({ closed, content }: Fence, isTangled: boolean): SkipReason | undefined {
  if (!closed) return 'unclosed'
  if (isTangled) return 'nested-fence'
  return content.trim() === '' ? 'empty' : undefined
}

/** A line in the code that would open a fence of the same kind, such as a Markdown example in a string. */
function opensAnother({ content, markup }: Fence): boolean {
  const marker = markup.charAt(0).repeat(3)
  return content.split('\n').some((line) => /^ {0,3}[`~]{3,}[ \t]*[A-Za-z{]/.test(line) && line.trimStart().startsWith(marker))
}

function languageOf(tag: string, allowed: LanguageRegistry, known: LanguageRegistry): Language | SkipReason {
  return resolveIn(allowed, tag) ?? (isDataTag(tag) ? 'data' : resolveIn(known, tag) === undefined ? 'unknown-language' : 'not-allowed')
}

function resolveIn(registry: LanguageRegistry, tag: string): Language | undefined {
  const wanted = tag.toLowerCase()
  return registry.languages.find(({ name, aliases }) => name === wanted || aliases.includes(wanted))
}

function readText(markdown: unknown): string {
  if (typeof markdown === 'string') return markdown
  throw new CodeExecutorError('INVALID_ARGUMENT', 'markdown must be text.', { argument: 'markdown', value: markdown })
}
