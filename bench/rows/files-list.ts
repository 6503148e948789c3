import { FilesystemBackend, type FileAnswer, type Listing } from '../../src/files/index.ts'
import { measureFileGrowth, type FileWork } from '../lib/file-growth.ts'
import { withManyFiles } from '../lib/many-files.ts'
import type { BenchRow } from '../lib/row.ts'

const FILES = 100_000
const MOST_BYTES = 128e6

export const filesList: BenchRow = {
  name: 'files-list',
  what: `glob and list over ${FILES} files: how much this process grows`,
  target: `<= ${MOST_BYTES / 1e6} MB`,
  rounds: 1,
  fixed: true,
  nodeFlags: ['--expose-gc'],
  run: () =>
    withManyFiles(FILES, '', async (rootDir) => {
      const files = new FilesystemBackend({ rootDir })
      const work = (name: string, call: () => Promise<FileAnswer<Listing>>): FileWork => ({
        name,
        run: async () => {
          const answer = await call()
          if (!answer.ok) throw new Error(answer.message)
          return `${answer.entries.length} entries${answer.truncated ? ', truncated' : ''}`
        },
      })
      return measureFileGrowth(
        [
          work('globSome', () => files.glob('**/*.txt')),
          work('globAll', () => files.glob('**', { limit: FILES })),
          work('list', () => files.list('d7', { limit: FILES })),
        ],
        MOST_BYTES,
      )
    }),
}
