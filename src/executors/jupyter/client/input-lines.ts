/** Standard input for a kernel, which asks for it line by line. */
export class InputLines {
  #rest: string

  constructor(stdin: Uint8Array | undefined) {
    this.#rest = stdin === undefined ? '' : new TextDecoder('utf-8', { ignoreBOM: true }).decode(stdin)
  }

  /** The next line without its end, or `undefined` when there is none. */
  next(): string | undefined {
    if (this.#rest === '') return undefined
    const end = this.#rest.indexOf('\n')
    const line = end === -1 ? this.#rest : this.#rest.slice(0, end)
    this.#rest = end === -1 ? '' : this.#rest.slice(end + 1)
    return line.endsWith('\r') ? line.slice(0, -1) : line
  }
}
