import type { LittlePrograms } from '../little-programs.ts'

export const racket: LittlePrograms = {
  hello: {
    source: `#lang racket
(displayln "hello")
`,
  },
  echo: {
    source: `#lang racket
(copy-port (current-input-port) (current-output-port))
`,
  },
  args: {
    source: `#lang racket
(for-each displayln (vector->list (current-command-line-arguments)))
`,
  },
  exit3: {
    source: `#lang racket
(displayln "leaving")
(exit 3)
`,
  },
  twoFiles: {
    source: {
      'main.rkt': `#lang racket
(require "helper.rkt")
(displayln (answer))
`,
      'helper.rkt': `#lang racket
(provide answer)
(define (answer) 42)
`,
    },
  },
  broken: {
    source: `#lang racket
(displayln "hello"
`,
    phase: 'run',
  },
  unicode: {
    source: `#lang racket
(displayln "héllo wörld ✓ 世界 😀")
`,
  },
}
