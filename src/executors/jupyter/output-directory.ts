import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { CodeExecutorError } from '../../core/index.ts'
import { messageOf, type CellRecord } from '../../engine/index.ts'
import { HostDirectory, randomName } from '../../workspace/index.ts'

/** What is written as a file, and with which ending. */
const ENDINGS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/svg+xml': 'svg',
  'application/pdf': 'pdf',
  'text/html': 'html',
}

/** Writes what cells showed into a directory: `cell-3-1.png` is the first output of the third cell. */
export class OutputDirectory {
  readonly #path: string
  /** Of this executor, so that two of them can share a directory. */
  readonly #id = randomName(3)
  #cells = 0

  constructor(path: string) {
    if (typeof path !== 'string' || path === '' || path.includes('\0'))
      throw new CodeExecutorError('INVALID_ARGUMENT', 'outputDir must be the path of a directory.', { argument: 'outputDir', value: path })
    this.#path = resolve(path)
  }

  readonly write = ({ outputs }: CellRecord): void => {
    this.#cells += 1
    const files = outputs.flatMap((output, index) =>
      output.kind !== 'display'
        ? []
        : Object.entries(output.display.data).flatMap(([type, content]) => {
            const ending = ENDINGS[type]
            if (ending === undefined || (typeof content !== 'string' && !(content instanceof Uint8Array))) return []
            return [[`cell-${this.#id}-${this.#cells}-${index + 1}.${ending}`, Buffer.from(content)] as const]
          }),
    )
    if (files.length === 0) return
    try {
      mkdirSync(this.#path, { recursive: true })
      const directory = new HostDirectory(this.#path)
      for (const [name, content] of files) directory.writeFile(name, content)
    } catch (cause) {
      const message = `outputDir ${this.#path} could not be written to: ${messageOf(cause)}. See its rights and the room there.`
      throw new CodeExecutorError('BACKEND_REJECTED', message, { executor: 'jupyter', reason: 'outputDir' }, { cause })
    }
  }
}
