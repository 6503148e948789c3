// npm run build: dist/ from src/, with nothing left of an earlier build. Types mirror the sources; code is joined into few
// files, since each file costs an import half a millisecond (docs/decisions/0009-bundled-code.md).
import { chmod, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'rolldown'
import { ROOT } from './lib/paths.ts'
import { runCommand } from './lib/run-command.ts'

const dist = join(ROOT, 'dist')
const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>
  readonly bin: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
}
/** What users import or run, by the path in `src/` and in `dist/`. */
const entries = [
  ...Object.values(manifest.exports).map((entry) => (typeof entry === 'string' ? entry : entry.default)),
  ...Object.values(manifest.bin),
]
  .map((path) => /^\.\/dist\/(.+)\.js$/.exec(path)?.[1])
  .filter((entry) => entry !== undefined)
await rm(dist, { recursive: true, force: true })
const types = ['-p', 'tsconfig.build.json', '--emitDeclarationOnly']
const { exitCode } = await runCommand('tsc', types, { timeoutMs: 5 * 60_000, output: 'inherit' })
if (exitCode === 0) {
  await build({
    cwd: ROOT,
    platform: 'node',
    input: Object.fromEntries(entries.map((entry) => [entry, `src/${entry}.ts`])),
    external: [/^node:/, ...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)],
    transform: { target: 'node22' },
    // As deep as the entries of the command line, which look for package.json two directories up.
    output: { dir: dist, format: 'esm', chunkFileNames: 'chunks/[name]-[hash].js' },
  })
  await chmod(join(dist, 'cli', 'main.js'), 0o755)
}
process.exitCode = exitCode
