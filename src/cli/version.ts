import { readFileSync } from 'node:fs'

/** The version in our package.json, which is two directories up in the sources and in what is built from them. */
export function readVersion(): string {
  return (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version
}
