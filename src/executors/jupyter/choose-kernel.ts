import type { Language, LanguageRegistry } from '../../languages/index.ts'
import type { KernelSpec } from './client/rest.ts'

/** Which kernels the user wants. */
export interface KernelChoice {
  /** The one that is there from the beginning. */
  readonly kernelName: string
  /** Whether the user asked for it by name, so that it has to be there. */
  readonly isRequired: boolean
  /** Language to kernel, by the languages' own names. */
  readonly kernels: ReadonlyMap<string, string>
}

/**
 * The kernel for a language: the one that was named for it, the one that runs already if it speaks it, the one that usually
 * does, or any that says so.
 */
export function chooseKernel(
  language: Language,
  specs: readonly KernelSpec[],
  { kernelName, kernels }: KernelChoice,
  languages: LanguageRegistry,
): string | undefined {
  const named = kernels.get(language.name)
  if (named !== undefined) return specs.some(({ name }) => name === named) ? named : undefined
  const speaking = specs.filter((spec) => languageOf(spec, languages) === language).map(({ name }) => name)
  const usual = specs.find(({ name }) => name === language.kernel)?.name
  return speaking.find((name) => name === kernelName) ?? usual ?? speaking[0]
}

/** The language of a kernel; `undefined` for one that nobody here knows. */
export function languageOf(spec: KernelSpec | undefined, languages: LanguageRegistry): Language | undefined {
  try {
    return spec && languages.resolve(spec.language)
  } catch {
    return undefined
  }
}
