import type { LittlePrograms } from '../little-programs.ts'

export const awk: LittlePrograms = {
  hello: { source: 'BEGIN { print "hello" }\n' },
  echo: { source: '{ print }\n' },
  args: {
    source: `BEGIN {
  for (i = 1; i < ARGC; i++) print ARGV[i]
}
`,
  },
  exit3: {
    source: `BEGIN {
  print "leaving"
  exit 3
}
`,
  },
  twoFiles: {
    source: {
      'main.awk': 'BEGIN { print answer() }\n',
      'helper.awk': 'function answer() { return 6 * 7 }\n',
    },
  },
  broken: { source: 'BEGIN { print "hello"\n', phase: 'run' },
  unicode: { source: 'BEGIN { print "héllo wörld ✓ 世界 😀" }\n' },
}
