import type { LittlePrograms } from '../little-programs.ts'

export const erlang: LittlePrograms = {
  hello: {
    source: `-module(hello).
-export([main/1]).

main(_) -> io:format("hello~n").
`,
  },
  echo: {
    source: `-module(echo).
-export([main/1]).

main(Arguments) ->
    case io:get_line("") of
        eof -> ok;
        Line -> io:put_chars(Line), main(Arguments)
    end.
`,
  },
  args: {
    source: `-module(arguments).
-export([main/1]).

main(Arguments) -> [io:format("~ts~n", [Argument]) || Argument <- Arguments].
`,
  },
  exit3: {
    source: `-module(leaving).
-export([main/1]).

main(_) ->
    io:format("leaving~n"),
    halt(3).
`,
  },
  twoFiles: {
    source: {
      'main.erl': `-module(main).
-export([main/1]).

main(_) -> io:format("~p~n", [helper:answer()]).
`,
      'helper.erl': `-module(helper).
-export([answer/0]).

answer() -> 42.
`,
    },
  },
  broken: {
    source: `-module(broken).
-export([main/1]).

main(_) -> Word.
`,
    phase: 'compile',
  },
  unicode: {
    source: `-module(unicode_line).
-export([main/1]).

main(_) -> io:format("~ts~n", ["héllo wörld ✓ 世界 😀"]).
`,
  },
}
