import { accessSync, constants, mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { randomName, removeTree } from '../../workspace/index.ts'
import { isOwnerDead, ownedName, ownerOf } from '../ownership.ts'

/** A directory in the system's temporary place that only this user may enter, gone when the executor is. */
export class PrivateDirectory {
  readonly path: string

  constructor() {
    this.path = join(temporaryPlace(), ownedName(randomName(4)))
    mkdirSync(this.path, { mode: 0o700 })
  }

  /** Makes a directory in it. */
  make(name: string): string {
    const path = join(this.path, name)
    mkdirSync(path, { mode: 0o700 })
    return path
  }

  async remove(): Promise<void> {
    await removeTree(dirname(this.path), basename(this.path))
  }

  /** For the moment this process itself ends. */
  removeSync(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** Removes the directories of processes that died without doing so. */
export async function sweepPrivateDirectories(): Promise<void> {
  const parent = temporaryPlace()
  for (const name of readdirSync(parent)) {
    const owner = ownerOf(name)
    // Somebody else's directory cannot be removed, and need not be.
    if (owner !== undefined && isOwnerDead(owner)) await removeTree(parent, name).catch(() => {})
  }
}

/** The system's temporary place, by its real path. @throws Error when it is none where a directory can be made */
function temporaryPlace(): string {
  const named = tmpdir()
  try {
    const path = realpathSync(named)
    accessSync(join(path, '.'), constants.W_OK | constants.X_OK)
    return path
  } catch (cause) {
    const message = `no directory can be made in ${named}, the place for temporary files. Set TMPDIR to a directory where that can be done.`
    throw new Error(message, { cause })
  }
}
