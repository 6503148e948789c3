import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'

const BLOCK_BYTES = 512

/** Bytes on disk of everything below some directories. Links are not followed, and a file with two names counts once. */
export async function diskUsage(directories: readonly string[]): Promise<number> {
  const seen = new Set<string>()
  const waiting = [...directories]
  let total = 0
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    for await (const name of namesIn(directory)) {
      const path = join(directory, name)
      const stat = await lstat(path).catch(() => undefined) // removed while we looked
      if (stat === undefined) continue
      if (stat.isDirectory()) waiting.push(path)
      if (stat.nlink > 1 && !stat.isDirectory()) {
        const identity = `${stat.dev}:${stat.ino}`
        if (seen.has(identity)) continue
        seen.add(identity)
      }
      total += stat.isDirectory() ? 0 : stat.blocks * BLOCK_BYTES
    }
  }
  return total
}

async function* namesIn(directory: string): AsyncGenerator<string> {
  try {
    for await (const entry of await opendir(directory)) yield entry.name
  } catch {
    // Removed while we looked, or closed to us.
  }
}
