import type { LittlePrograms } from '../little-programs.ts'

export const ruby: LittlePrograms = {
  hello: { source: "puts 'hello'\n" },
  echo: { source: '$stdout.write($stdin.read)\n' },
  args: { source: 'ARGV.each { |argument| puts argument }\n' },
  exit3: {
    source: `puts 'leaving'
exit 3
`,
  },
  twoFiles: {
    source: {
      'main.rb': `require_relative 'helper'

puts answer
`,
      'helper.rb': `def answer
  42
end
`,
    },
  },
  broken: { source: "puts('hello'\n", phase: 'run' },
  unicode: { source: "puts 'héllo wörld ✓ 世界 😀'.unicode_normalize\n" },
}
