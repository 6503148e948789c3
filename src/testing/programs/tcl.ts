import type { LittlePrograms } from '../little-programs.ts'

export const tcl: LittlePrograms = {
  hello: { source: 'puts hello\n' },
  echo: { source: 'fcopy stdin stdout\n' },
  args: {
    source: `foreach argument $argv {
  puts $argument
}
`,
  },
  exit3: {
    source: `puts leaving
exit 3
`,
  },
  twoFiles: {
    source: {
      'main.tcl': `source [file join [file dirname [info script]] helper.tcl]

puts [answer]
`,
      'helper.tcl': `proc answer {} {
  return 42
}
`,
    },
  },
  broken: { source: 'puts [hello\n', phase: 'run' },
  unicode: { source: 'puts {héllo wörld ✓ 世界 😀}\n' },
}
