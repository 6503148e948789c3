import type { LittlePrograms } from '../little-programs.ts'

export const kotlin: LittlePrograms = {
  hello: {
    source: `fun main() {
    println("hello")
}
`,
  },
  echo: {
    source: `fun main() {
    System.\`in\`.copyTo(System.out)
    System.out.flush()
}
`,
  },
  args: {
    source: `fun main(args: Array<String>) {
    for (argument in args) println(argument)
}
`,
  },
  exit3: {
    source: `import kotlin.system.exitProcess

fun main() {
    println("leaving")
    exitProcess(3)
}
`,
  },
  twoFiles: {
    source: {
      'main.kt': `import helper.answer

fun main() {
    println(answer())
}
`,
      'helper.kt': `package helper

fun answer() = 42
`,
    },
  },
  broken: {
    source: `fun main() {
    val word: Int = "hello"
    println(word)
}
`,
    phase: 'compile',
  },
  unicode: {
    source: `fun main() {
    println("héllo wörld ✓ 世界 😀")
}
`,
  },
}
