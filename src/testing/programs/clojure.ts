import type { LittlePrograms } from '../little-programs.ts'

export const clojure: LittlePrograms = {
  hello: { source: '(println "hello")\n' },
  echo: {
    source: `(print (slurp *in*))
(flush)
`,
  },
  args: {
    source: `(doseq [argument *command-line-args*]
  (println argument))
`,
  },
  exit3: {
    source: `(println "leaving")
(System/exit 3)
`,
  },
  twoFiles: {
    source: {
      'main.clj': `(load-file "helper.clj")

(println (helper/answer))
`,
      'helper.clj': `(ns helper)

(defn answer [] 42)
`,
    },
  },
  broken: { source: '(println "hello"\n', phase: 'run' },
  unicode: { source: '(println "héllo wörld ✓ 世界 😀")\n' },
}
