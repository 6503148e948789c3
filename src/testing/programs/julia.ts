import type { LittlePrograms } from '../little-programs.ts'

export const julia: LittlePrograms = {
  hello: { source: 'println("hello")\n' },
  echo: { source: 'write(stdout, read(stdin))\n' },
  args: { source: 'foreach(println, ARGS)\n' },
  exit3: {
    source: `println("leaving")
exit(3)
`,
  },
  twoFiles: {
    source: {
      'main.jl': `include("helper.jl")
using .Helper

println(answer())
`,
      'helper.jl': `module Helper
export answer
answer() = 42
end
`,
    },
  },
  broken: { source: 'println("hello"\n', phase: 'run' },
  unicode: { source: 'println("héllo wörld ✓ 世界 😀")\n' },
}
