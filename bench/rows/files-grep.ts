import { FilesystemBackend } from '../../src/files/index.ts'
import { LocalCodeExecutor } from '../../src/executors/local/index.ts'
import type { FileBackend } from '../../src/files/index.ts'
import { measureFileGrowth, type FileWork } from '../lib/file-growth.ts'
import { withManyFiles } from '../lib/many-files.ts'
import type { BenchRow } from '../lib/row.ts'

const FILES = 20_000
const MOST_BYTES = 64e6
const CONTENT = `${'a line like many others in a file of a project\n'.repeat(40)}the needle is here\n`

export const filesGrep: BenchRow = {
  name: 'files-grep',
  what: `grep over ${FILES} files of 2 KB, with ripgrep and without: how much this process grows`,
  target: `<= ${MOST_BYTES / 1e6} MB`,
  rounds: 1,
  fixed: true,
  nodeFlags: ['--expose-gc'],
  run: () =>
    withManyFiles(FILES, CONTENT, async (workDir) => {
      await using executor = new LocalCodeExecutor({ isolation: 'none', languages: ['sh'], workDir })
      await executor.start()
      const plain = new FilesystemBackend({ rootDir: workDir })
      const work = (name: string, files: FileBackend, pattern: string): FileWork => ({
        name,
        run: async () => {
          const answer = await files.grep({ pattern, kind: 'regex' })
          if (!answer.ok) throw new Error(answer.message)
          return `${answer.matches.length} lines${answer.truncated ? ', truncated' : ''}`
        },
      })
      return await measureFileGrowth(
        [
          work('ripgrep', executor.files, 'ne+dle is'),
          work('ripgrepNothing', executor.files, 'not the[re]'),
          work('plain', plain, 'ne+dle is'),
          work('plainNothing', plain, 'not the[re]'),
        ],
        MOST_BYTES,
      )
    }),
}
