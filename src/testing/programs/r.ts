import type { LittlePrograms } from '../little-programs.ts'

export const r: LittlePrograms = {
  hello: {
    source: `cat("hello\\n")
`,
  },
  echo: {
    source: `input <- file("stdin")
writeLines(readLines(input, warn = FALSE))
`,
  },
  args: {
    source: `for (argument in commandArgs(trailingOnly = TRUE)) cat(argument, "\\n", sep = "")
`,
  },
  exit3: {
    source: `cat("leaving\\n")
quit(status = 3)
`,
  },
  twoFiles: {
    source: {
      'main.R': `source("helper.R")

cat(answer(), "\\n", sep = "")
`,
      'helper.R': 'answer <- function() 42\n',
    },
  },
  broken: {
    source: `cat("hello\\n"
`,
    phase: 'run',
  },
  unicode: {
    source: `cat(enc2native("héllo wörld ✓ 世界 😀"), "\\n", sep = "")
`,
  },
}
