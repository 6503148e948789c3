import { writeFile } from 'node:fs/promises'
import { JupyterCodeExecutor } from 'polyrun/jupyter'

/** Keeps a data frame over three calls. */
export async function analyze(virtualEnv: string): Promise<string> {
  // #region state
  await using executor = new JupyterCodeExecutor({ virtualEnv }) // a directory with jupyter-server and ipykernel in it
  await executor.executeCode('import pandas as pd\nsales = pd.DataFrame({"city": ["Oslo", "Rome", "Oslo"], "sold": [3, 5, 4]})', 'python')
  await executor.executeCode('by_city = sales.groupby("city")["sold"].sum()', 'python')
  const result = await executor.executeCode('print(by_city["Oslo"])', 'python')
  console.log(result.output) // 7
  // #endregion
  return result.output
}

/** Makes a plot and saves it. */
export async function plot(virtualEnv: string, path: string): Promise<Uint8Array> {
  // #region plot
  await using executor = new JupyterCodeExecutor({ virtualEnv })
  const { display } = await executor.executeCode('import matplotlib.pyplot as plt\nplt.plot([1, 4, 9, 16])\nplt.show()', 'python')
  const png = display.map(({ data }) => data['image/png']).find((part) => part instanceof Uint8Array)
  if (png) await writeFile(path, png)
  // #endregion
  return png ?? new Uint8Array()
}

/** Sees a cell that takes too long interrupted, and its names stay. */
export async function interrupt(virtualEnv: string): Promise<string> {
  // #region ends
  await using executor = new JupyterCodeExecutor({ virtualEnv, interruptGraceMs: 2_000 })
  await executor.executeCode('model = "trained for an hour"', 'python')
  for await (const event of executor.streamCode('import time\ntime.sleep(3600)', 'python', { timeoutMs: 500 })) {
    if (event.type === 'end') console.log(event.result.termination.kind, event.result.stateLost ?? 'state is kept') // timed-out state is kept
  }
  const { output } = await executor.executeCode('print(model)', 'python')
  // #endregion
  return output
}

/** Uses a server that runs already. */
export async function byUrl(serverUrl: string, token: string): Promise<string> {
  // #region url
  await using executor = new JupyterCodeExecutor({ serverUrl, token, timeoutMs: 30_000 })
  const result = await executor.executeCode('6 * 7', 'python')
  console.log(result.display[0]?.data['text/plain']) // 42
  // #endregion
  return String(result.display[0]?.data['text/plain'])
}
