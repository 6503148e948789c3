import { writeFile } from 'node:fs/promises'
import { DockerJupyterCodeExecutor } from 'polyrun/docker-jupyter'

/** Keeps a data frame over three calls. */
export async function analyze(): Promise<string> {
  // #region state
  await using executor = new DockerJupyterCodeExecutor({ limits: { memory: '1g' } })
  await executor.executeCode('import pandas as pd\nsales = pd.DataFrame({"city": ["Oslo", "Rome", "Oslo"], "sold": [3, 5, 4]})', 'python')
  await executor.executeCode('by_city = sales.groupby("city")["sold"].sum()', 'python')
  const result = await executor.executeCode('print(by_city["Oslo"])', 'python')
  console.log(result.output) // 7
  // #endregion
  return result.output
}

/** Makes a plot and saves it. */
export async function plot(path: string): Promise<Uint8Array> {
  // #region plot
  await using executor = new DockerJupyterCodeExecutor({ kernelName: 'ir' }) // the R kernel, and no Python one
  const { display } = await executor.executeCode('plot(c(1, 4, 9, 16), type = "l")', 'r')
  const png = display.map(({ data }) => data['image/png']).find((part) => part instanceof Uint8Array)
  if (png) await writeFile(path, png)
  // #endregion
  return png ?? new Uint8Array()
}

/** Publishes the server on a port of this machine. */
export async function published(token: string): Promise<string> {
  // #region port
  await using executor = new DockerJupyterCodeExecutor({
    network: 'bridge', // a port needs one, and kernels reach it too
    portRange: [18_880, 18_899],
    token,
  })
  const result = await executor.executeCode('6 * 7', 'python')
  // #endregion
  return String(result.display[0]?.data['text/plain'])
}
