import type { LittlePrograms } from '../little-programs.ts'

export const php: LittlePrograms = {
  hello: {
    source: `<?php
echo "hello\\n";
`,
  },
  echo: {
    source: `<?php
fpassthru(STDIN);
`,
  },
  args: {
    source: `<?php
foreach (array_slice($argv, 1) as $argument) {
    echo $argument, "\\n";
}
`,
  },
  exit3: {
    source: `<?php
echo "leaving\\n";
exit(3);
`,
  },
  twoFiles: {
    source: {
      'main.php': `<?php
require __DIR__ . '/helper.php';

echo answer(), "\\n";
`,
      'helper.php': `<?php
function answer(): int
{
    return 42;
}
`,
    },
  },
  broken: {
    source: `<?php
echo 'hello'
echo;
`,
    phase: 'run',
  },
  unicode: {
    source: `<?php
echo "héllo wörld ✓ 世界 😀\\n";
`,
  },
}
