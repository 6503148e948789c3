/** A page after its fences and tables were filled in, and what is wrong with it. */
export interface RenderedPage {
  readonly text: string
  readonly problems: readonly string[]
}

const SOURCE = /^<!-- source: (\S+?)(?:#(\S+))? -->$/
const TABLE = /^<!-- table: (\S+) -->$/
const TABLE_END = '<!-- /table -->'

/**
 * Fills a Markdown page. A fence must follow a line `<!-- source: file#region -->` and gets that region's lines; what
 * stands between `<!-- table: name -->` and `<!-- /table -->` is made by the table of that name.
 */
export function renderPage(
  text: string,
  readSource: (path: string) => string,
  tables: Readonly<Record<string, () => string>>,
): RenderedPage {
  const problems: string[] = []
  const lines = text.split('\n')
  const out: string[] = []
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? ''
    out.push(line)
    const table = TABLE.exec(line)
    if (table) {
      const render = tables[table[1] ?? '']
      const end = lines.indexOf(TABLE_END, index)
      if (render === undefined || end === -1) {
        problems.push(`line ${index + 1}: the table ${table[1]} is unknown or has no end`)
        continue
      }
      out.push('', render(), '', TABLE_END)
      index = end
    } else if (line.startsWith('```')) {
      const end = lines.indexOf('```', index + 1)
      if (end === -1) {
        problems.push(`line ${index + 1}: the fence has no end`)
        continue
      }
      const source = SOURCE.exec(lines[index - 1] ?? '')
      if (source) out.push(...regionOf(readSource(source[1] ?? ''), source[2], (problem) => problems.push(`line ${index}: ${problem}`)))
      else problems.push(`line ${index + 1}: the fence comes from no file; put <!-- source: file#region --> before it`)
      out.push('```')
      index = end
    }
  }
  return { text: out.join('\n'), problems }
}

function regionOf(source: string, region: string | undefined, complain: (problem: string) => void): string[] {
  const lines = source.trimEnd().split('\n')
  if (region === undefined) return lines
  const start = lines.findIndex((line) => line.trim().endsWith(`#region ${region}`))
  const end = lines.findIndex((line, index) => index > start && line.trim().endsWith('#endregion'))
  if (start === -1 || end === -1) {
    complain(`there is no region ${region}`)
    return []
  }
  const body = lines.slice(start + 1, end)
  const indent = Math.min(...body.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length))
  return body.map((line) => line.slice(indent))
}
