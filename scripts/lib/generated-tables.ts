import { COMMAND_ERROR_KINDS, COMMAND_REFUSALS, ERROR_CODES, type CommandAdvice } from '../../src/core/index.ts'
import { FILE_FAILURES } from '../../src/files/index.ts'
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

/** The table of failures in `docs/files.md`. */
export function renderFileFailureTable(): string {
  return table(
    ['code', 'what its message says to do'],
    Object.entries(FILE_FAILURES).map(([name, nextStep]) => [code(name), nextStep]),
  )
}

/** The first table of `docs/commands.md`. */
export function renderCommandErrorTable(): string {
  return adviceTable('errorKind', COMMAND_ERROR_KINDS)
}

/** The second table of `docs/commands.md`. */
export function renderCommandRefusalTable(): string {
  return adviceTable('refusal', COMMAND_REFUSALS)
}

function adviceTable(head: string, rows: Readonly<Record<string, CommandAdvice>>): string {
  return table(
    [head, 'what happened', 'advice'],
    Object.entries(rows).map(([name, { meaning, advice }]) => [`\`${name}\``, meaning, advice]),
  )
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
    code(...(language.packages.images ?? [])),
  ])
  return table(
    ['language', 'names', 'files', 'runs with, best first', 'compiles', 'where to get it (Debian packages)', 'images of this project'],
    rows,
  )
}

function code(...words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(' ')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
