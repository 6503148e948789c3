import type { LittlePrograms } from '../little-programs.ts'

export const swift: LittlePrograms = {
  hello: { source: 'print("hello")\n' },
  echo: {
    source: `while let line = readLine(strippingNewline: false) {
    print(line, terminator: "")
}
`,
  },
  args: {
    source: `for argument in CommandLine.arguments.dropFirst() {
    print(argument)
}
`,
  },
  exit3: {
    source: `import Foundation

print("leaving")
exit(3)
`,
  },
  twoFiles: {
    source: {
      'main.swift': 'print(answer())\n',
      'helper.swift': `func answer() -> Int {
    return 42
}
`,
    },
  },
  broken: {
    source: `let word: Int = "hello"
print(word)
`,
    phase: 'compile',
  },
  unicode: { source: 'print("héllo wörld ✓ 世界 😀")\n' },
}
