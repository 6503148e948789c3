import type { LittlePrograms } from '../little-programs.ts'

export const go: LittlePrograms = {
  hello: {
    source: `package main

import "fmt"

func main() {
	fmt.Println("hello")
}
`,
  },
  echo: {
    source: `package main

import (
	"io"
	"os"
)

func main() {
	io.Copy(os.Stdout, os.Stdin)
}
`,
  },
  args: {
    source: `package main

import (
	"fmt"
	"os"
)

func main() {
	for _, argument := range os.Args[1:] {
		fmt.Println(argument)
	}
}
`,
  },
  exit3: {
    source: `package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Println("leaving")
	os.Exit(3)
}
`,
  },
  twoFiles: {
    source: {
      'go.mod': `module example.com/answer

go 1.19
`,
      'main.go': `package main

import (
	"example.com/answer/helper"
	"fmt"
)

func main() {
	fmt.Println(helper.Answer() * factor)
}
`,
      'factor.go': `package main

const factor = 7
`,
      'helper/helper.go': `package helper

func Answer() int { return 6 }
`,
    },
  },
  broken: {
    source: `package main

import "fmt"

func main() {
	var unused int
	fmt.Println("hello")
}
`,
    phase: 'compile',
  },
  unicode: {
    source: `package main

import "fmt"

func main() {
	fmt.Println("héllo wörld ✓ 世界 😀")
}
`,
  },
}
