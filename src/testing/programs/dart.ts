import type { LittlePrograms } from '../little-programs.ts'

export const dart: LittlePrograms = {
  hello: { source: "void main() => print('hello');\n" },
  echo: {
    source: `import 'dart:io';

Future<void> main() => stdin.pipe(stdout);
`,
  },
  args: { source: 'void main(List<String> arguments) => arguments.forEach(print);\n' },
  exit3: {
    source: `import 'dart:io';

void main() {
  print('leaving');
  exitCode = 3;
}
`,
  },
  twoFiles: {
    source: {
      'main.dart': `import 'helper.dart';

void main() => print(answer());
`,
      'helper.dart': 'int answer() => 42;\n',
    },
  },
  broken: {
    source: `void main() {
  int word = 'hello';
  print(word);
}
`,
    phase: 'run',
  },
  unicode: { source: "void main() => print('héllo wörld ✓ 世界 😀');\n" },
}
