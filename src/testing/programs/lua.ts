import type { LittlePrograms } from '../little-programs.ts'

export const lua: LittlePrograms = {
  hello: { source: "print('hello')\n" },
  echo: { source: "io.write(io.read('*a'))\n" },
  args: {
    source: `for index = 1, #arg do
  print(arg[index])
end
`,
  },
  exit3: {
    source: `print('leaving')
os.exit(3)
`,
  },
  twoFiles: {
    source: {
      'main.lua': `local helper = require('helper')

print(helper.answer())
`,
      'helper.lua': `local helper = {}

function helper.answer()
  return 42
end

return helper
`,
    },
  },
  broken: { source: "print('hello'\n", phase: 'run' },
  unicode: { source: "print('héllo wörld ✓ 世界 😀')\n" },
}
