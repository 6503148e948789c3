/** Variables with names that a script may well use itself, each with a value of its own. */
export const PLAIN_NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  `all archive at base before born chunk command count descriptor dir directories directory drop ended entry event fact file files
   found fresh from full gone group groups head held holders init inner input keep kept kills limit line lines live middle more most
   name need new now one order other own p1 part private process real refused rest room rounds said same saved script sealed
   secret segment session shell signaled start starts state status table temporary told turn two uid user value way what who why
   work written`
    .split(/\s+/)
    .map((name) => [name, `the value of ${name}`]),
)

/** Prints those variables as they arrive in a program, sorted. */
export const PRINT_PLAIN_NAMES = `env | grep '^[a-z0-9]*=' | sort`

/** What it prints when they arrive as they were given. */
export const PLAIN_NAMES_PRINTED = Object.entries(PLAIN_NAMES)
  .map(([name, value]) => `${name}=${value}\n`)
  .toSorted((a, b) => (a < b ? -1 : 1))
  .join('')
