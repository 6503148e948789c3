import { readFile, writeFile } from 'node:fs/promises'
import { JupyterCodeExecutor } from 'polyrun/jupyter'
import { formatNotebook, parseNotebook, recordNotebook, runNotebook } from 'polyrun/notebook'

/** Saves what was run as a notebook. */
export async function save(virtualEnv: string, path: string): Promise<number> {
  // #region record
  await using executor = new JupyterCodeExecutor({ virtualEnv })
  using session = recordNotebook(executor)
  await executor.executeCode('x = 6', 'python')
  await executor.executeCode('x * 7', 'python')
  await writeFile(path, formatNotebook(session.toNotebook()))
  // #endregion
  return session.toNotebook().cells.length
}

/** Runs a notebook. */
export async function run(virtualEnv: string, path: string): Promise<boolean> {
  // #region run
  await using executor = new JupyterCodeExecutor({ virtualEnv })
  const { notebook, failed } = await runNotebook(parseNotebook(await readFile(path, 'utf8')), executor, {
    timeoutMs: 60_000, // of each cell
    onProgress: ({ state, number, of }) => console.log(`cell ${number} of ${of}: ${state}`),
  })
  await writeFile(path, formatNotebook(notebook))
  // #endregion
  return failed.length === 0
}
