import type { LittlePrograms } from '../little-programs.ts'

export const sql: LittlePrograms = {
  hello: { source: "SELECT 'hello';\n" },
  echo: { absent: 'SQL has no statement that reads standard input' },
  args: { absent: 'SQL has no arguments' },
  exit3: {
    source: `SELECT 'leaving';
.exit 3
`,
  },
  twoFiles: {
    source: {
      'main.sql': `.read helper.sql
SELECT value FROM answer;
`,
      'helper.sql': `CREATE TABLE answer (value INTEGER);
INSERT INTO answer VALUES (42);
`,
    },
  },
  broken: { source: "SELECT 'hello' FROM nowhere;\n", phase: 'run' },
  unicode: { source: "SELECT 'héllo wörld ✓ 世界 😀';\n" },
}
