import type { LittlePrograms } from '../little-programs.ts'

export const bash: LittlePrograms = {
  hello: { source: 'echo hello\n' },
  echo: { source: 'cat\n' },
  args: {
    source: `for argument in "$@"; do
  printf '%s\\n' "$argument"
done
`,
  },
  exit3: {
    source: `echo leaving
exit 3
`,
  },
  twoFiles: {
    source: {
      'main.sh': `source ./helper.sh
answer
`,
      'helper.sh': `answer() {
  echo $((6 * 7))
}
`,
    },
  },
  broken: { source: 'if true; then echo hello\n', phase: 'run' },
  unicode: { source: "echo 'héllo wörld ✓ 世界 😀'\n" },
}
