import type { LittlePrograms } from '../little-programs.ts'

export const perl: LittlePrograms = {
  hello: {
    source: `print "hello\\n";
`,
  },
  echo: { source: 'print while <STDIN>;\n' },
  args: {
    source: `print "$_\\n" for @ARGV;
`,
  },
  exit3: {
    source: `print "leaving\\n";
exit 3;
`,
  },
  twoFiles: {
    source: {
      'main.pl': `use strict;
use warnings;
use lib '.';
use Helper;

print Helper::answer(), "\\n";
`,
      'Helper.pm': `package Helper;

sub answer { return 42 }

1;
`,
    },
  },
  broken: { source: "print ('hello'\n", phase: 'run' },
  unicode: {
    source: `use utf8;
binmode STDOUT, ":encoding(UTF-8)";
print "héllo wörld ✓ 世界 😀\\n";
`,
  },
}
