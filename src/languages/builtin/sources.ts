/** What rows read from the names and texts of a program's files. */

/** The directory of a file, `.` at the top. */
export function directoryOf(file: string): string {
  const slash = file.lastIndexOf('/')
  return slash < 0 ? '.' : file.slice(0, slash)
}

/** The file's name without directories and extension. */
export function stemOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '')
}

/** Every directory that holds a file with one of the extensions, each once. */
export function directoriesWith(files: readonly string[], extensions: readonly string[]): readonly string[] {
  const fitting = files.filter((file) => extensions.some((extension) => file.endsWith(extension)))
  return [...new Set(fitting.map(directoryOf))]
}

/** The files so that each comes after those it needs. Files that need each other stay in the order given. */
export function inOrderOfNeed(files: readonly string[], needsOf: (file: string) => readonly string[]): readonly string[] {
  const seen = new Set<string>()
  const ordered: string[] = []
  const visit = (file: string) => {
    if (seen.has(file)) return
    seen.add(file)
    for (const need of needsOf(file)) visit(need)
    ordered.push(file)
  }
  for (const file of files) visit(file)
  return ordered
}

/** A class, an object or the like that stands in no other one. */
export interface TopLevelType {
  readonly name: string
  readonly header: string
  readonly body: string
}

/** The top-level types of a language with braces, in order, and the text that is in none of them. */
export function topLevelTypes(source: string): { readonly types: readonly TopLevelType[]; readonly rest: string } {
  const text = withoutCommentsAndStrings(source)
  const types: TopLevelType[] = []
  let rest = ''
  let headerStart = 0
  let bodyStart = 0
  let depth = 0
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '{' && depth++ === 0) bodyStart = index + 1
    if (text[index] !== '}' || --depth !== 0) continue
    const header = text.slice(headerStart, bodyStart - 1)
    const name = /\b(?:class|interface|enum|record|object)\s+(\w+)/.exec(header)?.[1]
    if (name !== undefined) types.push({ name, header, body: text.slice(bodyStart, index) })
    else rest += text.slice(headerStart, index + 1)
    headerStart = index + 1
  }
  return { types, rest: rest + text.slice(headerStart) }
}

/** The package that a file says it belongs to, with a dot behind it; empty without one. */
export function packagePrefix(source: string): string {
  const name = /^\s*package\s+([\w.]+)/m.exec(withoutCommentsAndStrings(source))?.[1]
  return name === undefined ? '' : `${name}.`
}

function withoutCommentsAndStrings(source: string): string {
  return source.replace(/"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|'(?:\\.[^'\n]*|[^'\\\n])'|\/\/[^\n]*|\/\*[\s\S]*?\*\//gu, '""')
}
