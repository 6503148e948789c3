import { BASH_IN_KERNEL } from './kernel-words.ts'
import type { Language, Unit } from '../language.ts'
import { interpreted } from '../toolchains.ts'
import { UTF8_LOCALE } from './environment.ts'

export const bash: Language = {
  name: 'bash',
  title: 'Bash',
  aliases: ['shell', 'shellscript'],
  extensions: ['.sh', '.bash'],
  toolchains: interpreted(['bash'], [], UTF8_LOCALE),
  packages: { debian: ['bash'], images: ['python', 'node', 'polyglot'] },
  kernel: 'bash',
  inKernel: BASH_IN_KERNEL,
}

export const sh: Language = {
  name: 'sh',
  title: 'POSIX shell',
  aliases: ['posix', 'dash', 'ash'],
  extensions: ['.sh'],
  toolchains: interpreted(['sh', 'dash', 'ash'], [], UTF8_LOCALE),
  packages: { debian: ['dash'], images: ['python', 'node', 'polyglot'] },
}

export const zsh: Language = {
  name: 'zsh',
  title: 'Z shell',
  aliases: [],
  extensions: ['.zsh'],
  toolchains: interpreted(['zsh'], [], UTF8_LOCALE),
  packages: { debian: ['zsh'], images: ['polyglot'] },
}

export const powershell: Language = {
  name: 'powershell',
  title: 'PowerShell',
  aliases: ['pwsh', 'ps1', 'ps'],
  extensions: ['.ps1'],
  toolchains: [
    ...interpreted(['pwsh'], ['-NoLogo', '-NoProfile', '-NonInteractive', '-File'], {
      env: () => ({ POWERSHELL_TELEMETRY_OPTOUT: '1', POWERSHELL_UPDATECHECK: 'Off' }),
    }),
    ...interpreted(['powershell'], ['-NoLogo', '-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass', '-File']),
  ],
  packages: { other: 'https://github.com/PowerShell/PowerShell/releases' },
  kernel: '.net-powershell',
}

export const awk: Language = {
  name: 'awk',
  title: 'AWK',
  aliases: ['gawk', 'mawk', 'nawk'],
  extensions: ['.awk'],
  toolchains: ['gawk', 'mawk', 'awk', 'original-awk'].map((name) => ({
    programs: [name],
    run: (unit, args) => [unit.program(name), ...libraries(unit).flatMap((file) => ['-f', file]), '-f', unit.entryPoint, '--', ...args],
    ...UTF8_LOCALE,
  })),
  packages: { debian: ['gawk'], images: ['polyglot'] },
}

/** AWK has no import: further files are further -f. Only gawk's @include has the program name them itself, and then -f is an error. */
function libraries(unit: Unit): readonly string[] {
  return /^\s*@include\b/m.test(unit.source) ? [] : unit.sources.filter((file) => file !== unit.entryPoint)
}

export const tcl: Language = {
  name: 'tcl',
  title: 'Tcl',
  aliases: ['tclsh'],
  extensions: ['.tcl'],
  toolchains: interpreted(['tclsh', 'tclsh9.0', 'tclsh8.6'], [], UTF8_LOCALE),
  packages: { debian: ['tcl'], images: ['polyglot'] },
}
