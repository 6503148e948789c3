import { readFile } from 'node:fs/promises'
import type { FileBackend, FileToWrite, TransferFailure, Uploaded, UploadOptions } from '../file-backend.ts'
import { FileProblem } from '../file-failure.ts'
import { FILE_LIMITS } from '../file-limits.ts'
import { joinPath } from '../file-path.ts'
import { explainErrno } from '../host/explain-errno.ts'
import { batches } from './batches.ts'
import { findSources, type HostSource } from './host-sources.ts'

/** Brings files of this machine to a backend; see `ExecutorFiles.upload`. */
export async function uploadFiles(
  backend: FileBackend,
  sources: string | readonly string[],
  options: UploadOptions = {},
): Promise<Uploaded> {
  const found = await findSources(typeof sources === 'string' ? [sources] : sources, options.signal)
  const failed: TransferFailure[] = [...found.failed]
  const uploaded: Uploaded['uploaded'][number][] = []
  for (const batch of batches(withoutCollisions(found.files, failed))) {
    const files = await Promise.all(batch.map((source) => load(source, options.to ?? '', failed)))
    const loaded = files.flatMap((file) => file ?? [])
    const answers = await backend.writeFiles(loaded, options)
    for (const [index, answer] of answers.entries()) {
      const source = loaded[index]?.source ?? ''
      if (answer.ok) uploaded.push({ source, path: answer.path, sizeBytes: answer.sizeBytes })
      else failed.push({ path: source, code: answer.code, message: answer.message })
    }
  }
  return { uploaded, failed }
}

/** The same file twice is one; of two files with one path the first wins. */
function withoutCollisions(files: readonly HostSource[], failed: TransferFailure[]): HostSource[] {
  const taken = new Map<string, HostSource>()
  for (const file of files) {
    const other = taken.get(file.path)
    if (other === undefined) taken.set(file.path, file)
    else if (other.source !== file.source) {
      const message = `${file.source} would land on ${JSON.stringify(file.path)}, as ${other.source} does. Upload it to another directory.`
      failed.push({ path: file.source, code: 'collision', message })
    }
  }
  return [...taken.values()]
}

async function load(
  file: HostSource,
  to: string,
  failed: TransferFailure[],
): Promise<(FileToWrite & { readonly source: string }) | undefined> {
  try {
    if (file.sizeBytes > FILE_LIMITS.fileBytes)
      throw new FileProblem('too_large', file.source, `has more than ${FILE_LIMITS.fileBytes} bytes`)
    return { source: file.source, path: joinPath(to, file.path), content: await readFile(file.source), mode: file.mode }
  } catch (error) {
    const problem = explainErrno(error, file.source)
    if (!(problem instanceof FileProblem)) throw problem
    failed.push({ path: file.source, code: problem.code, message: problem.message })
    return undefined
  }
}
