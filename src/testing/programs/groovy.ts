import type { LittlePrograms } from '../little-programs.ts'

export const groovy: LittlePrograms = {
  hello: { source: "println 'hello'\n" },
  echo: { source: 'System.out << System.in\n' },
  args: { source: 'args.each { argument -> println argument }\n' },
  exit3: {
    source: `println 'leaving'
System.exit(3)
`,
  },
  twoFiles: {
    source: {
      'main.groovy': 'println new Helper().answer()\n',
      'Helper.groovy': `class Helper {
    int answer() { 42 }
}
`,
    },
  },
  broken: { source: "println('hello'\n", phase: 'run' },
  unicode: { source: "println 'héllo wörld ✓ 世界 😀'\n" },
}
