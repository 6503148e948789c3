import type { CommandLine, Toolchain, Unit } from './language.ts'

/** One toolchain per candidate, each of which is handed the file and the arguments: `python3 main.py a b`. */
export function interpreted(
  candidates: readonly string[],
  flags: readonly string[] = [],
  more: Pick<Toolchain, 'env'> = {},
): readonly Toolchain[] {
  return candidates.map((name) => ({
    programs: [name],
    run: (unit, args) => [unit.program(name), ...flags, unit.entryPoint, ...args],
    ...more,
  }))
}

/** One toolchain per candidate compiler, which turns all sources into one executable. */
export function compiled(
  candidates: readonly string[],
  commandLine: (compiler: string, unit: Unit, executable: string) => readonly CommandLine[],
  more: Pick<Toolchain, 'env' | 'buildFiles'> = {},
): readonly Toolchain[] {
  return candidates.map((name) => ({
    programs: [name],
    compile: (unit) => commandLine(unit.program(name), unit, executableOf(unit)),
    run: (unit, args) => [executableOf(unit), ...args],
    ...more,
  }))
}

/** Where a compiler leaves the program. */
export function executableOf(unit: Unit): string {
  return `${unit.buildDir}/program`
}
