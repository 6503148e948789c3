import { CodeExecutorError } from '../core/index.ts'
import { messageOf } from '../engine/index.ts'
import { CellIds } from './cell-id.ts'
import { FORMAT, isJsonType, type MimeBundle, type Notebook, type NotebookCell, type NotebookOutput } from './notebook.ts'

type Json = Readonly<Record<string, unknown>>

const FORMAT_3 =
  'is a notebook of format 3 or older, from before 2015. Convert it once: jupyter nbconvert --to notebook --inplace FILE.ipynb'

/**
 * Reads the text of an `.ipynb` file. Every notebook of format 4 is taken; one older than 4.5 gets what that format has more,
 * the names of cells.
 *
 * @throws `INVALID_ARGUMENT` for what is no JSON, no notebook, or of another format; it says where
 */
export function parseNotebook(text: string): Notebook {
  let content: unknown
  try {
    content = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    throw invalid('is no JSON', text.slice(0, 100), messageOf(cause), cause)
  }
  return readNotebook(content)
}

/** The same for JSON that was parsed. @throws as {@link parseNotebook} */
export function readNotebook(content: unknown): Notebook {
  if (!isObject(content)) throw invalid('is no notebook', content, 'it must be an object with cells')
  const { nbformat, nbformat_minor: minor = 0, metadata = {}, cells } = content
  if (typeof nbformat === 'number' && nbformat < 4) throw invalid(FORMAT_3, nbformat)
  if (nbformat === undefined && 'worksheets' in content) throw invalid(FORMAT_3, undefined)
  if (nbformat !== 4) {
    const why =
      nbformat === undefined ? 'nbformat is missing' : `nbformat is ${JSON.stringify(nbformat)}, and 4 is the newest that is known`
    throw invalid('is no notebook that can be read', nbformat, why)
  }
  if (typeof minor !== 'number' || !Number.isInteger(minor) || minor < 0) throw wrong('nbformat_minor', minor, 'a whole number')
  if (!isObject(metadata)) throw wrong('metadata', metadata, 'an object')
  if (!Array.isArray(cells)) throw wrong('cells', cells, 'a list')
  const ids = new CellIds()
  return {
    nbformat,
    nbformat_minor: Math.max(minor, FORMAT.nbformat_minor),
    metadata: readMetadata(metadata),
    cells: cells.map((cell: unknown, index) => readCell(cell, `cells[${index}]`, ids)),
  }
}

function readMetadata(metadata: Json): Notebook['metadata'] {
  const { kernelspec, language_info: language } = metadata
  if (kernelspec !== undefined && !(isObject(kernelspec) && typeof kernelspec['name'] === 'string'))
    throw wrong('metadata.kernelspec', kernelspec, 'an object with a name')
  if (language !== undefined && !(isObject(language) && typeof language['name'] === 'string'))
    throw wrong('metadata.language_info', language, 'an object with a name')
  const named = kernelspec === undefined ? {} : { kernelspec: { display_name: kernelspec['name'], ...kernelspec } }
  return { ...metadata, ...named } as Notebook['metadata']
}

function readCell(cell: unknown, at: string, ids: CellIds): NotebookCell {
  if (!isObject(cell)) throw wrong(at, cell, 'an object')
  const { cell_type: type, metadata = {}, attachments } = cell
  if (!isObject(metadata)) throw wrong(`${at}.metadata`, metadata, 'an object')
  const { tags } = metadata
  if (tags !== undefined && !(Array.isArray(tags) && tags.every((tag) => typeof tag === 'string')))
    throw wrong(`${at}.metadata.tags`, tags, 'a list of texts')
  const parts = { id: ids.take(cell['id']), metadata, source: readText(cell['source'], `${at}.source`) }
  if (type === 'markdown' || type === 'raw') {
    if (attachments === undefined) return { ...parts, cell_type: type }
    if (!isObject(attachments)) throw wrong(`${at}.attachments`, attachments, 'an object')
    const read = Object.entries(attachments).map(([name, bundle]) => [
      name,
      readBundle(bundle, `${at}.attachments[${JSON.stringify(name)}]`),
    ])
    return { ...parts, cell_type: type, attachments: Object.fromEntries(read) as Record<string, MimeBundle> }
  }
  if (type !== 'code') throw wrong(`${at}.cell_type`, type, 'code, markdown or raw')
  const { outputs = [] } = cell
  if (!Array.isArray(outputs)) throw wrong(`${at}.outputs`, outputs, 'a list')
  return {
    ...parts,
    cell_type: type,
    execution_count: readCount(cell['execution_count'], `${at}.execution_count`),
    outputs: outputs.map((output: unknown, index) => readOutput(output, `${at}.outputs[${index}]`)),
  }
}

function readOutput(output: unknown, at: string): NotebookOutput {
  if (!isObject(output)) throw wrong(at, output, 'an object')
  const { output_type: type, name, metadata = {}, ename, evalue, traceback = [] } = output
  switch (type) {
    case 'stream':
      if (name !== 'stdout' && name !== 'stderr') throw wrong(`${at}.name`, name, 'stdout or stderr')
      return { output_type: type, name, text: readText(output['text'], `${at}.text`) }
    case 'error':
      if (!Array.isArray(traceback)) throw wrong(`${at}.traceback`, traceback, 'a list of texts')
      return {
        output_type: type,
        ename: readText(ename ?? '', `${at}.ename`),
        evalue: readText(evalue ?? '', `${at}.evalue`),
        traceback: traceback.map(String),
      }
    case 'display_data':
    case 'execute_result': {
      if (!isObject(metadata)) throw wrong(`${at}.metadata`, metadata, 'an object')
      const shown = { data: readBundle(output['data'] ?? {}, `${at}.data`), metadata }
      if (type === 'display_data') return { output_type: type, ...shown }
      return { output_type: type, execution_count: readCount(output['execution_count'], `${at}.execution_count`), ...shown }
    }
    default:
      throw wrong(`${at}.output_type`, type, 'stream, display_data, execute_result or error')
  }
}

function readBundle(bundle: unknown, at: string): MimeBundle {
  if (!isObject(bundle)) throw wrong(at, bundle, 'an object of MIME types')
  return Object.fromEntries(
    Object.entries(bundle).map(([type, content]) => [
      type,
      isJsonType(type) ? content : readText(content, `${at}[${JSON.stringify(type)}]`),
    ]),
  )
}

function readCount(count: unknown, at: string): number | null {
  if (count === null || count === undefined) return null
  if (typeof count === 'number' && Number.isInteger(count) && count >= 0) return count
  throw wrong(at, count, 'a whole number or null')
}

function readText(text: unknown, at: string): string {
  if (typeof text === 'string') return text
  if (Array.isArray(text) && text.every((line) => typeof line === 'string')) return text.join('')
  throw wrong(at, text, 'text or a list of lines')
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrong(at: string, value: unknown, what: string): CodeExecutorError<'INVALID_ARGUMENT'> {
  return invalid('is no valid notebook', value, `${at} must be ${what}`)
}

function invalid(what: string, value: unknown, why?: string, cause?: unknown): CodeExecutorError<'INVALID_ARGUMENT'> {
  const message = `The file ${what}${why === undefined ? '' : `: ${why}`}.`
  return new CodeExecutorError('INVALID_ARGUMENT', message, { argument: 'notebook', value }, cause === undefined ? undefined : { cause })
}
