import type { LittlePrograms } from '../little-programs.ts'

export const c: LittlePrograms = {
  hello: {
    source: `#include <stdio.h>

int main(void) {
  puts("hello");
  return 0;
}
`,
  },
  echo: {
    source: `#include <stdio.h>

int main(void) {
  int byte;
  while ((byte = getchar()) != EOF) putchar(byte);
  return 0;
}
`,
  },
  args: {
    source: `#include <stdio.h>

int main(int count, char **arguments) {
  for (int index = 1; index < count; index++) puts(arguments[index]);
  return 0;
}
`,
  },
  exit3: {
    source: `#include <stdio.h>

int main(void) {
  puts("leaving");
  return 3;
}
`,
  },
  twoFiles: {
    source: {
      'main.c': `#include <stdio.h>
#include "helper.h"

int main(void) {
  printf("%d\\n", answer());
  return 0;
}
`,
      'src/helper.c': `#include "helper.h"

int answer(void) { return 42; }
`,
      'include/helper.h': `#pragma once

int answer(void);
`,
    },
  },
  broken: {
    source: `int main(void) {
  return word;
}
`,
    phase: 'compile',
  },
  unicode: {
    source: `#include <stdio.h>

int main(void) {
  puts("héllo wörld ✓ 世界 😀");
  return 0;
}
`,
  },
}
