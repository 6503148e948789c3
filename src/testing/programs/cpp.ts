import type { LittlePrograms } from '../little-programs.ts'

export const cpp: LittlePrograms = {
  hello: {
    source: `#include <iostream>

int main() {
  std::cout << "hello\\n";
}
`,
  },
  echo: {
    source: `#include <iostream>
#include <iterator>

int main() {
  std::copy(std::istreambuf_iterator<char>(std::cin), {}, std::ostreambuf_iterator<char>(std::cout));
}
`,
  },
  args: {
    source: `#include <iostream>

int main(int count, char **arguments) {
  for (int index = 1; index < count; index++) std::cout << arguments[index] << "\\n";
}
`,
  },
  exit3: {
    source: `#include <iostream>

int main() {
  std::cout << "leaving\\n";
  return 3;
}
`,
  },
  twoFiles: {
    source: {
      'main.cpp': `#include <iostream>
#include "helper.hpp"

int main() {
  std::cout << answer() << "\\n";
}
`,
      'helper.cpp': `#include "helper.hpp"

int answer() { return 42; }
`,
      'helper.hpp': `#pragma once

int answer();
`,
    },
  },
  broken: {
    source: `int main() {
  return word;
}
`,
    phase: 'compile',
  },
  unicode: {
    source: `#include <iostream>

int main() {
  std::cout << "héllo wörld ✓ 世界 😀\\n";
}
`,
  },
}
