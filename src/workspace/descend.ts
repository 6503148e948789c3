import * as fs from 'node:fs'
import { enterDirectory } from './enter-directory.ts'
import { isErrno } from './errno.ts'

/** Links on one way, as the kernel counts them. */
const MOST_LINKS = 40
/** Directories on one way; each needs a descriptor. */
const DEEPEST = 256

/** Why a way ends that the system itself would let pass. */
export class DescentError extends Error {
  readonly code: 'OUTSIDE' | 'ELOOP' | 'TOO_DEEP'

  constructor(code: 'OUTSIDE' | 'ELOOP' | 'TOO_DEEP', message: string) {
    super(message)
    this.code = code
  }
}

/** How to go down. */
export interface DescendOptions {
  /** Makes the directories on the way that are missing. @defaultValue false */
  readonly create?: boolean
  /** Follows a link at the end, too. @defaultValue true */
  readonly followLast?: boolean
}

/** Where a way ends. */
export interface Descent {
  /** The last directory, by a path that no link can redirect. */
  readonly parent: string
  /** The name in it, which is no link (unless `followLast` is off); `''` when the path is the directory itself. */
  readonly name: string
  /** The way without links, relative to the root. */
  readonly resolved: string
  /** Whether the name was said by a link. */
  readonly fromLink: boolean
}

/**
 * Goes down from a directory whose inhabitants are hostile, and follows links as long as they stay below it. Every step
 * goes through the descriptor of the directory before it, where the system has such paths, so there is no moment between a
 * look at a link and its use. The descriptors are closed when `use` has returned. Directories that only a link names are not
 * made.
 * @throws DescentError, and what the system says
 */
export function descend<T>(root: string, path: string, options: DescendOptions, use: (descent: Descent) => T): T {
  const { create = false, followLast = true } = options
  const opened: number[] = []
  const stack = [{ at: root, name: '' }]
  let waiting = path.split('/')
  let [links, said] = [0, 0] // links followed, and how many of the waiting parts a link has said
  const resolve = (name: string): string => [...stack.slice(1).map((step) => step.name), name].filter((part) => part !== '').join('/')
  try {
    while (waiting.length > 0) {
      const [name = '', ...rest] = waiting
      waiting = rest
      const fromLink = said > 0
      if (fromLink) said -= 1
      if (name === '' || name === '.') continue
      if (name === '..') {
        stack.pop()
        if (stack.length === 0) throw new DescentError('OUTSIDE', 'leads outside of the root')
        continue
      }
      const here = stack.at(-1)?.at ?? root
      const next = `${here}/${name}`
      const isLast = rest.every((part) => part === '' || part === '.')
      const target = isLast && !followLast ? undefined : linkTarget(next)
      if (target !== undefined) {
        links += 1
        if (links > MOST_LINKS) throw new DescentError('ELOOP', 'goes through links that lead in circles')
        if (target.startsWith('/')) stack.splice(1)
        const parts = belowRoot(target, root).split('/')
        said += parts.length
        waiting = [...parts, ...rest]
      } else if (isLast) return use({ parent: here, name, resolved: resolve(name), fromLink })
      else {
        if (create && !fromLink) makeOne(next)
        if (stack.length > DEEPEST) throw new DescentError('TOO_DEEP', `is more than ${DEEPEST} directories deep`)
        stack.push({ at: enterDirectory(next, opened), name })
      }
    }
    return use({ parent: stack.at(-1)?.at ?? root, name: '', resolved: resolve(''), fromLink: false })
  } finally {
    for (const descriptor of opened) fs.closeSync(descriptor)
  }
}

/** Where a link leads; `undefined` for what is no link or not there. */
export function linkTarget(path: string): string | undefined {
  try {
    return fs.readlinkSync(path)
  } catch (error) {
    if (isErrno(error, 'EINVAL', 'ENOENT', 'UNKNOWN')) return undefined
    throw error
  }
}

/** A target of a link, relative to the root when it was absolute. @throws DescentError */
export function belowRoot(target: string, root: string): string {
  if (!target.startsWith('/')) return target
  if (target === root || target.startsWith(root === '/' ? '/' : `${root}/`)) return target.slice(root.length)
  throw new DescentError('OUTSIDE', 'leads outside of the root')
}

function makeOne(path: string): void {
  try {
    fs.mkdirSync(path)
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
  }
}
