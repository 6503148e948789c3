import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Works with a directory of so many files, a thousand in each directory below; removes it afterwards. */
export async function withManyFiles<T>(count: number, content: string, work: (root: string) => Promise<T>): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'bench-files-'))
  try {
    for (let index = 0; index < count; index += 1) {
      const directory = join(root, `d${Math.floor(index / 1_000)}`)
      if (index % 1_000 === 0) mkdirSync(directory)
      writeFileSync(join(directory, `${index}.txt`), content)
    }
    return await work(root)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}
