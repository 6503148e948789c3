import type { LittlePrograms } from '../little-programs.ts'

export const elixir: LittlePrograms = {
  hello: { source: 'IO.puts("hello")\n' },
  echo: { source: 'IO.stream(:stdio, :line) |> Enum.each(&IO.write/1)\n' },
  args: { source: 'Enum.each(System.argv(), &IO.puts/1)\n' },
  exit3: {
    source: `IO.puts("leaving")
System.halt(3)
`,
  },
  twoFiles: {
    source: {
      'main.exs': `Code.require_file("helper.ex", __DIR__)

IO.puts(Helper.answer())
`,
      'helper.ex': `defmodule Helper do
  def answer, do: 42
end
`,
    },
  },
  broken: { source: 'IO.puts("hello"\n', phase: 'run' },
  unicode: { source: 'IO.puts("héllo wörld ✓ 世界 😀")\n' },
}
