import type { Copied, CopyOptions, FileBackend, FileToWrite, TransferFailure } from '../file-backend.ts'
import { FileProblem } from '../file-failure.ts'
import { joinPath } from '../file-path.ts'
import { batches } from './batches.ts'
import { findFiles } from './find-files.ts'

/** Copies files from one backend to another; see `ExecutorFiles.copyTo`. */
export async function copyFiles(
  from: FileBackend,
  to: FileBackend,
  paths: string | readonly string[],
  options: CopyOptions = {},
): Promise<Copied> {
  const failed: TransferFailure[] = []
  const copied: Copied['copied'][number][] = []
  const found = await findFiles(from, typeof paths === 'string' ? [paths] : paths, failed, options)
  for (const batch of batches(found)) {
    const files: FileToWrite[] = []
    const sources: string[] = []
    const read = await from.readFiles(
      batch.map(({ path }) => path),
      options,
    )
    for (const answer of read) {
      if (answer.ok && !answer.truncated) {
        const mode = answer.mode !== undefined && (answer.mode & 0o111) !== 0 ? 0o755 : undefined
        files.push({ path: joinPath(options.to ?? '', answer.path), content: answer.bytes, mode })
        sources.push(answer.path)
      } else {
        const { code, message } = answer.ok ? new FileProblem('too_large', answer.path, 'is larger than one call moves') : answer
        failed.push({ path: answer.path, code, message })
      }
    }
    for (const [index, answer] of (await to.writeFiles(files, options)).entries()) {
      const path = sources[index] ?? ''
      if (answer.ok) copied.push({ path, target: answer.path, sizeBytes: answer.sizeBytes })
      else failed.push({ path, code: answer.code, message: answer.message })
    }
  }
  return { copied, failed }
}
