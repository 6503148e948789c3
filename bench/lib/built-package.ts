import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const ENTRY = join(ROOT, 'dist', 'index.js')

/** The address of the built root entry; builds it when it is not there or older than the source. */
export function builtEntry(): string {
  if (!existsSync(ENTRY) || statSync(ENTRY).mtimeMs < newestSource()) {
    execFileSync(process.execPath, [join(ROOT, 'scripts', 'bootstrap.mjs'), 'scripts/build.ts'], {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  }
  return pathToFileURL(ENTRY).href
}

/** The packages that the root entry may need: its hard dependencies. */
export function hardDependencies(): readonly string[] {
  const { dependencies = {} } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies?: Record<string, string> }
  return Object.keys(dependencies)
}

function newestSource(): number {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  return Math.max(...files.map((file) => statSync(join(ROOT, 'src', file)).mtimeMs))
}
