import type { LittlePrograms } from '../little-programs.ts'

export const octave: LittlePrograms = {
  hello: { source: "disp('hello')\n" },
  echo: {
    source: `while ischar(line = fgets(stdin))
  fputs(stdout, line);
end
`,
  },
  args: {
    source: `arguments = argv();
for index = 1:numel(arguments)
  puts([arguments{index} "\\n"]);
end
`,
  },
  exit3: {
    source: `disp('leaving')
exit(3)
`,
  },
  twoFiles: {
    source: {
      'main.m': `printf("%d\\n", answer())
`,
      'answer.m': `function result = answer()
  result = 42;
end
`,
    },
  },
  broken: { source: "disp('hello'\n", phase: 'run' },
  unicode: { source: "disp('héllo wörld ✓ 世界 😀')\n" },
}
