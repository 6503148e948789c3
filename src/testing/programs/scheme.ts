import type { LittlePrograms } from '../little-programs.ts'

export const scheme: LittlePrograms = {
  hello: {
    source: `(display "hello")
(newline)
`,
  },
  echo: {
    source: `(let loop ((letter (read-char)))
  (unless (eof-object? letter)
    (write-char letter)
    (loop (read-char))))
`,
  },
  args: {
    source: `(for-each
  (lambda (argument) (display argument) (newline))
  (cdr (command-line)))
`,
  },
  exit3: {
    source: `(display "leaving")
(newline)
(exit 3)
`,
  },
  twoFiles: {
    source: {
      'main.scm': `(use-modules (helper))

(display (answer))
(newline)
`,
      'helper.scm': `(define-module (helper)
  #:export (answer))

(define (answer) 42)
`,
    },
  },
  broken: { source: '(display "hello"\n', phase: 'run' },
  unicode: {
    source: `(display "héllo wörld ✓ 世界 😀")
(newline)
`,
  },
}
