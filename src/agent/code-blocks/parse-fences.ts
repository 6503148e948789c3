import MarkdownIt from 'markdown-it'

/** A fenced block as CommonMark sees it. */
export interface Fence {
  /** The text after the opening fence. */
  readonly info: string
  readonly content: string
  /** Whether its closing fence is there. */
  readonly closed: boolean
  /** The characters of its fence: `` ```` `` or `~~~`. */
  readonly markup: string
  /** The line of the opening fence, counted from 1. */
  readonly line: number
}

/** An indented block of code, in which fences are a part of the text. */
export interface IndentedBlock {
  readonly content: string
  readonly line: number
}

/** The blocks of code of a Markdown text, in order. */
export interface ParsedFences {
  readonly fences: readonly Fence[]
  readonly indented: readonly IndentedBlock[]
}

const parser = new MarkdownIt('commonmark')

/** Finds the blocks of code. Only the block structure is parsed, in time linear in the text, whatever it holds. */
export function parseFences(markdown: string): ParsedFences {
  const tokens: Parameters<typeof parser.block.parse>[3] = []
  parser.block.parse(normalize(markdown), parser, {}, tokens)
  const fences: Fence[] = []
  const indented: IndentedBlock[] = []
  for (const { type, info, content, markup, map } of tokens) {
    const [begin = 0, end = 0] = map ?? []
    // The lines of the content and the opening fence: one line more is the closing fence.
    if (type === 'fence')
      fences.push({ info: info.trim(), content, closed: end - begin > countLines(content) + 1, markup, line: begin + 1 })
    if (type === 'code_block') indented.push({ content, line: begin + 1 })
  }
  return { fences, indented }
}

/** What `MarkdownIt.parse` does before the blocks. */
function normalize(markdown: string): string {
  return markdown.replaceAll(/\r\n?/g, '\n').replaceAll('\0', '\uFFFD')
}

function countLines(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1
  return text === '' || text.endsWith('\n') ? count : count + 1
}
