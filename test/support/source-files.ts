import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'oxc-parser'

/** A TypeScript file as the architecture tests see it. */
export interface SourceFile {
  /** Relative to the project, with `/`: `src/core/errors.ts`. */
  readonly path: string
  readonly lines: number
  readonly imports: readonly ImportOf[]
  /** The contents of string and template literals; import paths are not among them. */
  readonly strings: readonly string[]
  readonly identifiers: readonly string[]
}

export interface ImportOf {
  readonly specifier: string
  /** What the specifier points at: a path in the project for a relative one, else the specifier. */
  readonly target: string
  /** `import()` as an expression: loaded when it is reached, not when the file is. */
  readonly late: boolean
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Every file of `src/`. */
export async function readSourceFiles(): Promise<SourceFile[]> {
  const entries = await readdir(join(root, 'src'), { recursive: true })
  const paths = entries.filter((entry) => entry.endsWith('.ts')).map((entry) => `src/${entry.replaceAll('\\', '/')}`)
  return Promise.all(paths.toSorted().map(async (path) => parseSource(path, await readFile(join(root, path), 'utf8'))))
}

/** Reads one file; also what the tests make up. */
export function parseSource(path: string, text: string): SourceFile {
  const { program, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors.map(({ message }) => message).join('; ')}`)
  const found = { imports: [] as ImportOf[], strings: [] as string[], identifiers: [] as string[] }
  visit(program, (node) => {
    const specifier = importSpecifier(node)
    if (specifier !== undefined) {
      found.imports.push({ specifier, target: resolveFrom(path, specifier), late: node.type === 'ImportExpression' })
    } else if (node.type === 'Literal' && typeof node['value'] === 'string') found.strings.push(node['value'])
    else if (node.type === 'TemplateElement') found.strings.push((node['value'] as { cooked: string }).cooked)
    else if (node.type === 'Identifier') found.identifiers.push(String(node['name']))
    return specifier === undefined
  })
  return { path, lines: text.trimEnd().split('\n').length, ...found }
}

interface SyntaxNode {
  readonly type: string
  readonly [key: string]: unknown
}

/** What `import`, `export ... from`, `import()` and `import('...').Type` name; a computed path has no name. */
function importSpecifier({ type, source }: SyntaxNode): string | undefined {
  const importing = ['ImportDeclaration', 'ExportNamedDeclaration', 'ExportAllDeclaration', 'ImportExpression', 'TSImportType']
  if (!importing.includes(type) || !isNode(source) || typeof source['value'] !== 'string') return undefined
  return source['value']
}

function visit(value: unknown, enter: (node: SyntaxNode) => boolean): void {
  if (Array.isArray(value)) for (const item of value) visit(item, enter)
  else if (isNode(value) && enter(value)) for (const child of Object.values(value)) visit(child, enter)
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

function resolveFrom(path: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(dirname(path), specifier) : specifier
}
