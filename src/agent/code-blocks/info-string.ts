/** What the text after an opening fence says. */
export interface FenceInfo {
  /** The language as written: `py` of ```` ```py title="x.py" ````. */
  readonly tag: string
  readonly attributes: Readonly<Record<string, string>>
  readonly file: string | undefined
}

/** Nobody means more than this; what follows is not read, so that a line of megabytes costs nothing. */
const MAX_INFO_LENGTH = 1000
const ATTRIBUTE = /(?<![\w.-])([A-Za-z_][\w.-]{0,63})=(?:"([^"]*)"|'([^']*)'|([^\s,}"']+))/g
const FILE_ATTRIBUTES = ['file', 'filename', 'path']

/**
 * Reads the info string of a fence in the forms people and models write: `python`, `python title="a b.py"`,
 * `python {1,3}`, `{python}`, `{.python file=a.py}`, `python:src/a.py`, `rust,no_run`.
 */
export function parseInfoString(whole: string): FenceInfo {
  const info = whole.slice(0, MAX_INFO_LENGTH).trim()
  const braced = info.startsWith('{')
  const [, tag = '', path = ''] = /^[{.\s]*([^\s{},:=]*)(?::([^\s{}]+))?/.exec(info) ?? []
  const attributes = readAttributes(info)
  // ```` ```title=x ```` names no language; the first word is an attribute.
  const isAttribute = !braced && info.startsWith(`${tag}=`)
  return { tag: isAttribute ? '' : tag, attributes, file: fileOf(attributes) ?? (path === '' ? undefined : path) }
}

function readAttributes(info: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...info.matchAll(ATTRIBUTE)].map(([, name = '', double, single, bare]) => [name.toLowerCase(), double ?? single ?? bare ?? '']),
  )
}

function fileOf(attributes: Readonly<Record<string, string>>): string | undefined {
  const named = FILE_ATTRIBUTES.map((name) => attributes[name]).find((value) => value !== undefined && value.trim() !== '')
  if (named !== undefined) return named.trim()
  const title = attributes['title']?.trim() ?? ''
  return looksLikePath(title) ? title : undefined
}

/** A title may be prose; one without blanks and with an extension is a path. */
function looksLikePath(text: string): boolean {
  return /^[^\s"'`<>|:*?]+\.[A-Za-z][\w+-]{0,9}$/.test(text)
}
