import type { DockerClient } from '../../../src/executors/docker/client.ts'
import type { Probe } from '../../../src/testing/index.ts'
import { runScript } from './probe-script.ts'

/** Needs nothing of the image but its shell. The wanted text is in a variable, and so in no argument of this shell. */
const FIND_MARKER = `
for file in /proc/[0-9]*/cmdline; do
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in *"$WANTED"*) exit 0 ;; esac
  done <"$file"
done 2>/dev/null
exit 1`

/**
 * Root without capabilities may not enter what is another user's: the owner of the first such directory on the way is told,
 * to be asked next. An old gVisor has no statx, which leaves ls without an answer; busybox's find may not print.
 */
const FIND_FILE = `
[ -e "$WANTED" ] || [ -L "$WANTED" ] && exit 0
rest=\${WANTED#/} way=
while [ "$rest" != "\${rest#*/}" ]; do
  way=$way/\${rest%%/*} rest=\${rest#*/}
  [ -d "$way" ] || exit 1
  cd "$way" 2>/dev/null && continue
  owner=$(find "$way" -prune -printf %U 2>/dev/null) || { set -- $(ls -ldn "$way"); owner=$3; }
  echo "owner=$owner"
  exit 3
done
exit 1`

/**
 * Looks into the running containers that have a label, through the engine: processes under gVisor are none of the host's,
 * and files in a container's memory are in no archive of it.
 *
 * @param label - a name, or `name=value`
 */
export function containerProbe(client: DockerClient, label: string): Probe {
  const inAny = async (script: string, wanted: string): Promise<boolean> => {
    const containers = await containersWith(client, label)
    const running = containers.filter(({ State }) => State === 'running')
    const found = await Promise.all(running.map(({ Id }) => runScript(client.getContainer(Id), script, wanted)))
    return found.includes(true)
  }
  return {
    isAlive: (marker) => inAny(FIND_MARKER, marker),
    fileExists: (path) => inAny(FIND_FILE, path),
  }
}

/** All containers with a label, those that do not run included. */
export async function containersWith(client: DockerClient, label: string): Promise<{ readonly Id: string; readonly State: string }[]> {
  return client.listContainers({ all: true, filters: { label: [label] } })
}

/** The names of the volumes with a label. */
export async function volumesWith(client: DockerClient, label: string): Promise<string[]> {
  const { Volumes } = await client.listVolumes({ filters: { label: [label] } })
  return (Volumes ?? []).map(({ Name }) => Name)
}
