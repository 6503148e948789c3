import type { LittlePrograms } from '../little-programs.ts'

export const javascript: LittlePrograms = {
  hello: { source: "console.log('hello')\n" },
  echo: { source: 'process.stdin.pipe(process.stdout)\n' },
  args: { source: 'for (const argument of process.argv.slice(2)) console.log(argument)\n' },
  exit3: {
    source: `console.log('leaving')
process.exitCode = 3
`,
  },
  twoFiles: {
    source: {
      'main.js': `import { answer } from './helper.js'

console.log(answer())
`,
      'helper.js': 'export const answer = () => 42\n',
    },
  },
  broken: { source: "console.log('hello'\n", phase: 'run' },
  unicode: { source: "console.log('héllo wörld ✓ 世界 😀')\n" },
}
