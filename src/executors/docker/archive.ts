import { pack } from 'tar-stream'

/** Blocks of an archive as tar writes them: a reader of a pipe may want them whole. */
const RECORD_BYTES = 10_240

/** Files as one archive. Directories are made on the way. */
export async function packArchive(files: ReadonlyMap<string, Uint8Array>): Promise<Buffer> {
  const archive = pack()
  for (const [name, content] of files) {
    archive.entry({ name, mode: 0o644, mtime: new Date() }, Buffer.from(content.buffer, content.byteOffset, content.byteLength))
  }
  archive.finalize()
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of archive as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.byteLength
  }
  chunks.push(Buffer.alloc((RECORD_BYTES - (bytes % RECORD_BYTES)) % RECORD_BYTES))
  return Buffer.concat(chunks)
}
