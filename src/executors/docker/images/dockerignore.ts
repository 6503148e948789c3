import { posix } from 'node:path'

interface Rule {
  readonly pattern: RegExp
  /** Whether it takes back what an earlier one left out. */
  readonly keeps: boolean
}

/** What a `.dockerignore` leaves out of a build. */
export interface IgnoreRules {
  /** Whether a file or directory is left out, by its path in the context. */
  ignores(path: string): boolean
  /** Whether nothing below an ignored directory can be taken back, so that there is no need to look. */
  readonly final: boolean
}

/**
 * Reads a `.dockerignore` as the docker program does: the last pattern that fits a path or one of its directories decides.
 * See "Syntax" in https://docs.docker.com/build/concepts/context/#dockerignore-files.
 */
export function readIgnoreRules(text: string): IgnoreRules {
  const rules = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .flatMap(readRule)
  return {
    final: !rules.some(({ keeps }) => keeps),
    ignores(path) {
      const places = [path, ...directoriesOf(path)]
      return rules.findLast(({ pattern }) => places.some((place) => pattern.test(place)))?.keeps === false
    },
  }
}

function readRule(line: string): readonly Rule[] {
  const words = line.trim()
  const keeps = words.startsWith('!')
  const text = words.slice(keeps ? 1 : 0).trim()
  if (text === '') return []
  const path = posix.normalize(text).replace(/^\/+/, '').replace(/\/+$/, '')
  return path === '.' || path === '' ? [] : [{ pattern: toRegExp(path), keeps }]
}

function directoriesOf(path: string): readonly string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}

/** The parts of a pattern: `**` with a slash, `**`, `*`, `?`, a class, a quoted character, and any other character. */
const TOKENS = /\*\*\/|\*\*|\*|\?|\[(?:\\.|[^\]\\])+\]|\\.|[^]/gu

const WILDCARDS: Readonly<Record<string, string>> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' }

function toRegExp(path: string): RegExp {
  const parts = path.match(TOKENS) ?? []
  return new RegExp(`^${parts.map(toSource).join('')}$`, 'su')
}

function toSource(token: string): string {
  const wildcard = WILDCARDS[token]
  if (wildcard !== undefined) return wildcard
  if (token.length > 1 && token.startsWith('[')) return token.replaceAll('[', (bracket, at: number) => (at === 0 ? bracket : '\\['))
  return quoted(token.length > 1 && token.startsWith('\\') ? token.slice(1) : token)
}

function quoted(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/u, '\\$&')
}
