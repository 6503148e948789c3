import type { LittlePrograms } from '../little-programs.ts'

export const commonlisp: LittlePrograms = {
  hello: { source: '(format t "hello~%")\n' },
  echo: {
    source: `(loop for letter = (read-char *standard-input* nil)
      while letter do (write-char letter))
`,
  },
  args: {
    source: `(dolist (argument (rest sb-ext:*posix-argv*))
  (write-line argument))
`,
  },
  exit3: {
    source: `(format t "leaving~%")
(sb-ext:exit :code 3)
`,
  },
  twoFiles: {
    source: {
      'main.lisp': `(load (merge-pathnames "helper.lisp" *load-truename*))

(format t "~d~%" (answer))
`,
      'helper.lisp': '(defun answer () 42)\n',
    },
  },
  broken: { source: '(format t "hello~%"\n', phase: 'run' },
  unicode: { source: '(format t "héllo wörld ✓ 世界 😀~%")\n' },
}
