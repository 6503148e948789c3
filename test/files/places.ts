import { spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CommandExecutor } from '../../src/engine/index.ts'
import type { FilePlace } from '../../src/testing/index.ts'

/** A directory of this machine for one case, and programs in it. */
export async function directoryPlace(make: (root: string) => FilePlace['files']): Promise<FilePlace> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'files-')))
  return {
    files: make(root),
    run: async (source) => {
      const { status, stderr } = spawnSync('/bin/sh', ['-c', source], { cwd: root, encoding: 'utf8' })
      if (status !== 0) throw new Error(`the program of a test failed: ${stderr}`)
    },
    close: () => rm(root, { recursive: true, force: true }),
  }
}

/** The files of an executor that many cases share, empty for each. */
export async function executorPlace(executor: CommandExecutor): Promise<FilePlace> {
  const listing = await executor.files.list('', { limit: 10_000 })
  if (!listing.ok) throw new Error(listing.message)
  for (const { path } of listing.entries) await executor.files.remove(path, { recursive: true })
  return {
    files: executor.files,
    run: async (source) => {
      const result = await executor.executeCode(source, 'sh')
      if (!result.success) throw new Error(`the program of a test failed: ${result.error}`)
    },
  }
}
