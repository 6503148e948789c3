import type { LittlePrograms } from '../little-programs.ts'

export const d: LittlePrograms = {
  hello: {
    source: `import std.stdio;

void main() {
    writeln("hello");
}
`,
  },
  echo: {
    source: `import std.stdio;

void main() {
    foreach (chunk; stdin.byChunk(4096)) stdout.rawWrite(chunk);
}
`,
  },
  args: {
    source: `import std.stdio;

void main(string[] arguments) {
    foreach (argument; arguments[1 .. $]) writeln(argument);
}
`,
  },
  exit3: {
    source: `import std.stdio;

int main() {
    writeln("leaving");
    return 3;
}
`,
  },
  twoFiles: {
    source: {
      'main.d': `import std.stdio;
import helper;

void main() {
    writeln(answer());
}
`,
      'helper.d': `module helper;

int answer() {
    return 42;
}
`,
    },
  },
  broken: {
    source: `import std.stdio;

void main() {
    int word = "hello";
    writeln(word);
}
`,
    phase: 'compile',
  },
  unicode: {
    source: `import std.stdio;

void main() {
    writeln("héllo wörld ✓ 世界 😀");
}
`,
  },
}
