import type { LittlePrograms } from '../little-programs.ts'

export const typescript: LittlePrograms = {
  hello: {
    source: `const word: string = 'hello'
console.log(word)
`,
  },
  echo: { source: 'process.stdin.pipe(process.stdout)\n' },
  args: { source: 'for (const argument of process.argv.slice(2) as string[]) console.log(argument)\n' },
  exit3: {
    source: `const code: number = 3
console.log('leaving')
process.exitCode = code
`,
  },
  twoFiles: {
    source: {
      'main.ts': `import { answer } from './helper.ts'

console.log(answer())
`,
      'helper.ts': 'export const answer = (): number => 42\n',
    },
  },
  broken: {
    source: `const word: string = 'hello
console.log(word)
`,
    phase: 'run',
  },
  unicode: {
    source: `const line: string = 'héllo wörld ✓ 世界 😀'
console.log(line)
`,
  },
}
