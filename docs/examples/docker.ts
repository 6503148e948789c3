import { createExecutorPool } from 'polyrun'
import { DockerCodeExecutor } from 'polyrun/docker'

export async function analyze(): Promise<string> {
  // #region docker
  await using executor = new DockerCodeExecutor({ limits: { memory: '512m', cpus: 1 } })
  const result = await executor.executeCode('import numpy as np\nprint(np.arange(6).reshape(2, 3).sum(axis=0))', 'python')
  console.log(result.output) // [3 5 7]
  // #endregion
  return result.output
}

export async function useFiles(directory: string): Promise<string> {
  // #region volume
  await using executor = new DockerCodeExecutor({
    volumes: { [directory]: { bind: '/workspace', mode: 'rw' } }, // the working directory, and what programs write stays
  })
  const result = await executor.executeCode('wc -l < data.csv > count.txt; cat count.txt', 'sh')
  // #endregion
  return result.output
}

export async function preloaded(): Promise<string> {
  // #region preload
  await using executor = new DockerCodeExecutor({ preload: { python: ['pandas'] } })
  await executor.start() // imports pandas, once
  const result = await executor.executeCode('import pandas as pd\nprint(pd.Series([1, 2, 3]).mean())', 'python')
  // #endregion
  return result.output
}

export async function isolated(): Promise<readonly string[]> {
  // #region pool
  await using pool = createExecutorPool({
    size: 2,
    create: () => new DockerCodeExecutor({ concurrency: 1 }),
    recycle: 'container', // nobody sees what the one before left
  })
  await pool.executeCode('echo mine > secret.txt', 'sh')
  const { output } = await pool.executeCode('ls', 'sh')
  // #endregion
  return output.split('\n').filter((name) => name !== '' && !name.startsWith('main_'))
}

export async function fromDockerfile(context: string): Promise<string> {
  // #region build
  await using executor = new DockerCodeExecutor({
    build: { context, dockerfile: 'Dockerfile', args: { GREETING: 'hello' } }, // an unchanged context is not built again
    forwardEnv: ['API_KEY'], // names of variables of this process
  })
  const { output } = await executor.runCommand('cat /greeting; echo "$API_KEY"')
  // #endregion
  return output
}

export async function workInContainer(directory: string): Promise<string> {
  // #region work
  await using executor = new DockerCodeExecutor()
  await executor.files.write('script.py', 'open("report.txt", "w").write("42")')
  const { exitCode } = await executor.runCommand('python3 script.py', { timeoutMs: 30_000 })
  const { saved } = await executor.files.download('report.txt', directory)
  // #endregion
  return `${exitCode} ${saved.map(({ path }) => path).join()}`
}
