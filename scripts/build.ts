// npm run build: dist/ from src/, with nothing left of an earlier build.
import { chmod, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ROOT } from './lib/paths.ts'
import { runCommand } from './lib/run-command.ts'

const dist = join(ROOT, 'dist')
await rm(dist, { recursive: true, force: true })
const { exitCode } = await runCommand('tsc', ['-p', 'tsconfig.build.json'], { timeoutMs: 5 * 60_000, output: 'inherit' })
if (exitCode === 0) await chmod(join(dist, 'cli', 'main.js'), 0o755)
process.exitCode = exitCode
