import { MARKER_NAME, quote } from '../../../engine/index.ts'

/**
 * The script that becomes the server, with the words of its command line as arguments. Beside it goes a shell that reads the
 * pipe that this process holds, its descriptor 3: it reads its end when this process is gone, however it went, and then ends
 * everything of this process. The pipe is not the server's input, since Node closes that when the server has ended.
 *
 * @param entry - commands by which the shell enters its scope
 * @param limits - commands by which it takes limits on itself
 * @param cgroups - where the scopes of this process are, to be killed with all they hold
 */
export function launchScript(entry: readonly string[], limits: readonly string[], cgroups: readonly string[], ownPrefix: string): string {
  const killEach = (condition: string): string[] =>
    cgroups.map(
      (parent) =>
        `  for each in ${quote(parent)}/${ownPrefix}*; do [ -e "$each/cgroup.kill" ] && ${condition} && echo 1 > "$each/cgroup.kill"; done`,
    )
  return [
    ...entry.map((command) => `${command} || exit 125`),
    ...limits,
    '{',
    `  trap '' HUP INT TERM`,
    '  while read -r _ <&3; do :; done',
    '  exec 2>/dev/null',
    `  own=$(exec sh -c 'echo "$PPID"')`,
    // The one that this shell is in comes last, since it ends this shell.
    ...killEach('! grep -qx "$own" "$each/cgroup.procs"'),
    // Where there are no cgroups, and for what is in none: by the mark in the environment that all of them inherit.
    `  for each in /proc/[0-9]*; do grep -qsF "${MARKER_NAME}=$${MARKER_NAME}" "$each/environ" && [ "\${each#/proc/}" != "$own" ] && kill -9 "\${each#/proc/}"; done`,
    ...killEach('true'),
    '} </dev/null >/dev/null 2>&1 &',
    'exec "$@" </dev/null 3<&- 2>&1',
  ].join('\n')
}
