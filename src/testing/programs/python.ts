import type { LittlePrograms } from '../little-programs.ts'

export const python: LittlePrograms = {
  hello: { source: "print('hello')\n" },
  echo: {
    source: `import sys
for line in sys.stdin:
    sys.stdout.write(line)
`,
  },
  args: {
    source: `import sys
for argument in sys.argv[1:]:
    print(argument)
`,
  },
  exit3: {
    source: `import sys
print('leaving')
sys.exit(3)
`,
  },
  twoFiles: {
    source: {
      'main.py': `from helper import answer

print(answer())
`,
      'helper.py': `def answer():
    return 42
`,
    },
  },
  broken: { source: "print('hello'\n", phase: 'run' },
  unicode: { source: "print('héllo wörld ✓ 世界 😀')\n" },
}
