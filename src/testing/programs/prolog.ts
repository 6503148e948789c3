import type { LittlePrograms } from '../little-programs.ts'

export const prolog: LittlePrograms = {
  hello: { source: 'main :- writeln(hello).\n' },
  echo: {
    source: `:- initialization(main).

main :- copy_stream_data(user_input, user_output).
`,
  },
  args: {
    source: `:- initialization(main, main).

main(Arguments) :- forall(member(Argument, Arguments), writeln(Argument)).
`,
  },
  exit3: {
    source: `:- initialization(main).

main :- writeln(leaving), halt(3).
`,
  },
  twoFiles: {
    source: {
      'main.pl': `:- use_module(helper).

main :- answer(Answer), writeln(Answer).
`,
      'helper.pl': `:- module(helper, [answer/1]).

answer(42).
`,
    },
  },
  broken: { source: 'main :- writeln(hello\n', phase: 'run' },
  unicode: { source: "main :- writeln('héllo wörld ✓ 世界 😀').\n" },
}
