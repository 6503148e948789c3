import * as fs from 'node:fs'
import { resolve } from 'node:path'
import { CodeExecutorError } from '../../core/index.ts'
import { randomName } from '../../workspace/index.ts'
import type { Downloaded, FileBackend, FileCallOptions, FileEntry, TransferFailure } from '../file-backend.ts'
import { FileProblem } from '../file-failure.ts'
import { HostStore } from '../host/host-store.ts'
import { batches } from './batches.ts'
import { findFiles } from './find-files.ts'

/**
 * Saves files of a backend below a directory of this machine; see `ExecutorFiles.download`. Each file is there whole or not
 * at all; links in the directory are not followed out of it.
 * @throws `INVALID_ARGUMENT` for a directory that cannot be made
 */
export async function downloadFiles(
  backend: FileBackend,
  paths: string | readonly string[],
  outputDir: string,
  options: FileCallOptions = {},
): Promise<Downloaded> {
  const root = makeOutput(outputDir)
  const target = new HostStore('output', root)
  const failed: TransferFailure[] = []
  const saved: Downloaded['saved'][number][] = []
  const found = await findFiles(backend, typeof paths === 'string' ? [paths] : paths, failed, options)
  for (const batch of batches(withoutCollisions(found, foldsCase(root), failed))) {
    const answers = await backend.readFiles(
      batch.map(({ path }) => path),
      options,
    )
    for (const answer of answers) {
      try {
        if (!answer.ok) throw new FileProblem(answer.code, answer.path, 'could not be read')
        if (answer.truncated) throw new FileProblem('too_large', answer.path, 'is larger than one call moves')
        // Never more than the rights of its owner, its group and others: nothing that came from there runs as somebody else.
        await target.write(answer.path, answer.bytes, { mode: answer.mode ?? 0o644, ifVersion: undefined })
        saved.push({ path: answer.path, target: resolve(root, answer.path), sizeBytes: answer.sizeBytes })
      } catch (error) {
        if (!(error instanceof FileProblem)) throw error
        const message = answer.ok ? error.message : answer.message
        failed.push({ path: answer.path, code: error.code, message })
      }
    }
  }
  return { saved, failed }
}

/** Where names differ only by case or accents they are one; the first wins. */
export function withoutCollisions(files: readonly FileEntry[], folds: boolean, failed: TransferFailure[]): readonly FileEntry[] {
  if (!folds) return files
  const taken = new Map<string, string>()
  return files.filter(({ path }) => {
    const key = path.normalize('NFC').toLowerCase()
    const other = taken.get(key)
    if (other === undefined) taken.set(key, path)
    else
      failed.push({
        path,
        code: 'collision',
        message: `${JSON.stringify(path)} and ${JSON.stringify(other)} are one file here. Rename one of them.`,
      })
    return other === undefined
  })
}

function makeOutput(outputDir: string): string {
  try {
    fs.mkdirSync(outputDir, { recursive: true })
    return fs.realpathSync(outputDir)
  } catch (cause) {
    const message = `outputDir ${JSON.stringify(outputDir)} is no directory and cannot be made; name another one.`
    throw new CodeExecutorError('INVALID_ARGUMENT', message, { argument: 'outputDir', value: outputDir }, { cause })
  }
}

/** Whether this directory takes names that differ by case for one: asked, since it is the file system's to say. */
function foldsCase(root: string): boolean {
  const name = `.polyrun-case-${randomName(6)}`
  try {
    fs.writeFileSync(`${root}/${name}`, '', { flag: 'wx' })
    return fs.existsSync(`${root}/${name.toUpperCase()}`)
  } catch {
    return false // what is written next says why
  } finally {
    fs.rmSync(`${root}/${name}`, { force: true })
  }
}
