import type { Hash } from 'node:crypto'
import { types } from 'node:util'
import type { CodeSource, ExecuteOptions, LanguageName } from '../core/index.ts'
import type { LanguageRegistry } from '../languages/index.ts'

/** A call whose every part is a copy, so that what the key was made of is what runs. */
export interface CacheableCall {
  readonly source: CodeSource
  readonly language: LanguageName
  /** Without the signal: whether somebody still waits says nothing about the result. */
  readonly options: Omit<ExecuteOptions, 'signal'>
}

/** Changes with what a key covers, so that entries of another version are not found. */
const KEY_VERSION = 'polyrun result 1'

/**
 * SHA-256, in hex, over who runs it, the language by its canonical name, and everything that the call says. `undefined`
 * for a call that no executor would take: it has no result that could be kept, and the executor says what is wrong.
 */
export function cacheKey(identity: string, { source, language, options }: CacheableCall, registry: LanguageRegistry): string | undefined {
  const digest = new Digest()
  try {
    digest.text(KEY_VERSION).text(identity).list(canonicalName(language, registry))
    if (typeof source === 'string') digest.text('text').text(source)
    else digest.entries(source)
    digest
      .optional(options.entryPoint)
      .list(options.args ?? [])
      .optional(options.stdin)
      .entries(options.env ?? {})
    // A result that was served to a shorter limit than it needed would be wrong, and a limit that is none has to be refused.
    digest.list(options.timeoutMs === undefined ? [] : [toNumber(options.timeoutMs)])
    return digest.hex()
  } catch (error) {
    if (error instanceof Malformed) return undefined
    throw error
  }
}

/** A name that is not known may still be one of the executor's own, and must not meet a canonical one. */
function canonicalName(language: LanguageName, registry: LanguageRegistry): readonly string[] {
  try {
    return ['known', registry.resolve(language).name]
  } catch {
    return ['as given', language]
  }
}

function toNumber(value: unknown): string {
  if (typeof value !== 'number') throw new Malformed()
  return String(value)
}

/** A value of a type that the call may not have. */
class Malformed extends Error {}

/** Every field goes in with its type and length, so that no two different calls are the same bytes. */
class Digest {
  // Loaded with the first key: it would take 7 ms of every import.
  readonly #hash: Hash = process.getBuiltinModule('node:crypto').createHash('sha256')

  text(value: unknown): this {
    // A lone surrogate would become U+FFFD, and a call that must be refused would get the result of another one.
    if (typeof value !== 'string' || !value.isWellFormed()) throw new Malformed()
    return this.#field('t', Buffer.from(value, 'utf8'))
  }

  optional(value: unknown): this {
    return value === undefined ? this.#field('u', new Uint8Array()) : this.#content(value)
  }

  list(values: unknown): this {
    if (!Array.isArray(values)) throw new Malformed()
    this.#field('l', Buffer.from(String(values.length)))
    for (const value of values) this.text(value)
    return this
  }

  entries(value: unknown): this {
    if (typeof value !== 'object' || value === null) throw new Malformed()
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
    this.#field('e', Buffer.from(String(entries.length)))
    for (const [name, content] of entries) this.text(name).#content(content)
    return this
  }

  hex(): string {
    return this.#hash.digest('hex')
  }

  /** Text and bytes stay apart: executors unify the line ends of text and leave bytes alone. */
  #content(value: unknown): this {
    return types.isUint8Array(value) ? this.#field('b', value) : this.text(value)
  }

  #field(type: string, bytes: Uint8Array): this {
    this.#hash.update(`${type}${bytes.byteLength}:`).update(bytes)
    return this
  }
}
