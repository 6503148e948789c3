import type { LittlePrograms } from '../little-programs.ts'

export const scala: LittlePrograms = {
  hello: {
    source: `object Main extends App {
  println("hello")
}
`,
  },
  echo: {
    source: `object Main {
  def main(args: Array[String]): Unit = {
    val bytes = new Array[Byte](8192)
    Iterator.continually(System.in.read(bytes)).takeWhile(_ >= 0).foreach(System.out.write(bytes, 0, _))
    System.out.flush()
  }
}
`,
  },
  args: {
    source: `object Main {
  def main(args: Array[String]): Unit = {
    args.foreach(argument => println(argument))
  }
}
`,
  },
  exit3: {
    source: `object Main {
  def main(args: Array[String]): Unit = {
    println("leaving")
    sys.exit(3)
  }
}
`,
  },
  twoFiles: {
    source: {
      'main.scala': `import helper.Helper

object Main extends App {
  println(Helper.answer)
}
`,
      'Helper.scala': `package helper

object Helper {
  def answer: Int = 42
}
`,
    },
  },
  broken: {
    source: `object Main extends App {
  val word: Int = "hello"
  println(word)
}
`,
    phase: 'compile',
  },
  unicode: {
    source: `object Main extends App {
  println("héllo wörld ✓ 世界 😀")
}
`,
  },
}
