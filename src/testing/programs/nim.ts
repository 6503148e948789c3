import type { LittlePrograms } from '../little-programs.ts'

export const nim: LittlePrograms = {
  hello: { source: 'echo "hello"\n' },
  echo: { source: 'stdout.write(stdin.readAll())\n' },
  args: {
    source: `import os

for argument in commandLineParams():
  echo argument
`,
  },
  exit3: {
    source: `echo "leaving"
quit(3)
`,
  },
  twoFiles: {
    source: {
      'main.nim': `import helper

echo answer()
`,
      'helper.nim': 'proc answer*(): int = 42\n',
    },
  },
  broken: {
    source: `let word: int = "hello"
echo word
`,
    phase: 'compile',
  },
  unicode: { source: 'echo "héllo wörld ✓ 世界 😀"\n' },
}
