import type { LanguageName } from '../core/index.ts'
import { createLanguageRegistry, type LanguageDefinition, type LanguageRegistry } from '../languages/index.ts'

/** The languages that a wrapper knows: a registry, or what an executor takes as its `languages` option. */
export type KnownLanguages = LanguageRegistry | readonly (LanguageName | LanguageDefinition)[]

/** A registry from either form. @defaultValue the built-in languages @throws `INVALID_ARGUMENT`, `LANGUAGE_UNKNOWN` */
export function toRegistry(languages: KnownLanguages | undefined): LanguageRegistry {
  if (typeof languages === 'object' && languages !== null && 'resolve' in languages) return languages
  return createLanguageRegistry(languages)
}
