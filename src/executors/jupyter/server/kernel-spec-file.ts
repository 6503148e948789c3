import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A kernel for one executor, as its file says it. */
export interface KernelSpecFile {
  readonly name: string
  readonly displayName: string
  readonly language: string
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/**
 * Puts a kernel where a server finds it.
 * @see https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs
 */
export function writeKernelSpec(dataDir: string, { name, displayName, language, argv, env }: KernelSpecFile): void {
  const directory = join(dataDir, 'kernels', name)
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'kernel.json'), JSON.stringify({ display_name: displayName, language, argv, env }))
}
