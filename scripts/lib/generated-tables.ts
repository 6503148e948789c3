import { ERROR_CODES } from '../../src/core/index.ts'
import { BUILTIN_LANGUAGES } from '../../src/languages/builtin/index.ts'

/** The table of `docs/errors.md`. */
export function renderErrorTable(): string {
  const rows = Object.entries(ERROR_CODES).map(([code, { meaning, nextStep, retryable }]) => [
    `\`${code}\``,
    meaning,
    nextStep,
    retryable ? 'yes' : 'no',
  ])
  return table(['code', 'what happened', 'what to do', 'may a retry help?'], rows)
}

/** The table of `docs/languages.md`. */
export function renderLanguageTable(): string {
  const rows = BUILTIN_LANGUAGES.map((language) => [
    language.title,
    code(language.name, ...language.aliases),
    code(...language.extensions),
    language.toolchains.map(({ programs }) => programs.map((program) => `\`${program}\``).join(' with ')).join(', '),
    language.toolchains.some(({ compile }) => compile) ? 'yes' : '',
    [
      ...(language.packages.debian ?? []).map((name) => `\`${name}\``),
      ...(language.packages.npm ?? []).map((name) => `\`${name}\` (npm)`),
      language.packages.other ?? '',
    ]
      .filter(Boolean)
      .join(', '),
  ])
  return table(['language', 'names', 'files', 'runs with, best first', 'compiles', 'where to get it (Debian packages)'], rows)
}

function code(...words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(' ')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
