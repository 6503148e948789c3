import * as fs from 'node:fs'

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = fs.constants

/** Linux reaches an open directory by this path, which is what `openat` is elsewhere. */
export const DESCRIPTOR_PATHS = fs.existsSync('/proc/self/fd') ? '/proc/self/fd' : undefined

/**
 * Opens a directory, unless it is a link, and returns a path to it that stays true when somebody moves it or puts a link
 * in its place. The descriptor is added to `opened`, for the caller to close. Where the system has no such paths the
 * directory is only looked at, and the path returned as it is.
 */
export function enterDirectory(path: string, opened: number[]): string {
  if (DESCRIPTOR_PATHS === undefined) {
    if (fs.lstatSync(path).isDirectory()) return path
    throw Object.assign(new Error(`${path} is no directory`), { code: 'ENOTDIR' })
  }
  opened.push(fs.openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW))
  return `${DESCRIPTOR_PATHS}/${opened.at(-1)}`
}
