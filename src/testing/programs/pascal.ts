import type { LittlePrograms } from '../little-programs.ts'

export const pascal: LittlePrograms = {
  hello: {
    source: `program Hello;
begin
  WriteLn('hello');
end.
`,
  },
  echo: {
    source: `program Echo;
var
  letter: Char;
begin
  while not Eof do
  begin
    Read(letter);
    Write(letter);
  end;
end.
`,
  },
  args: {
    source: `program Arguments;
var
  index: Integer;
begin
  for index := 1 to ParamCount do
    WriteLn(ParamStr(index));
end.
`,
  },
  exit3: {
    source: `program Leaving;
begin
  WriteLn('leaving');
  Halt(3);
end.
`,
  },
  twoFiles: {
    source: {
      'main.pas': `program Main;
uses
  Helper;
begin
  WriteLn(Answer);
end.
`,
      'helper.pas': `unit Helper;

interface

function Answer: Integer;

implementation

function Answer: Integer;
begin
  Answer := 42;
end;

end.
`,
    },
  },
  broken: {
    source: `program Broken;
begin
  WriteLn(word);
end.
`,
    phase: 'compile',
  },
  unicode: {
    source: `program Unicode;
begin
  WriteLn('héllo wörld ✓ 世界 😀');
end.
`,
  },
}
