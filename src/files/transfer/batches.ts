/** What goes in one piece. */
const BATCH_BYTES = 64 * 1024 ** 2
const BATCH_FILES = 2_000

/** Puts files together that are moved at once; a large one goes alone. */
export function* batches<T extends { readonly sizeBytes: number }>(files: readonly T[]): Generator<readonly T[]> {
  let [batch, bytes]: [T[], number] = [[], 0]
  for (const file of files) {
    if (batch.length > 0 && (bytes + file.sizeBytes > BATCH_BYTES || batch.length === BATCH_FILES)) {
      yield batch
      ;[batch, bytes] = [[], 0]
    }
    batch.push(file)
    bytes += file.sizeBytes
  }
  if (batch.length > 0) yield batch
}
