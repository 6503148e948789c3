import { execFileSync } from 'node:child_process'
import { builtEntry, hardDependencies } from '../lib/built-package.ts'
import { interleave, timed } from '../lib/interleave.ts'
import type { BenchRow } from '../lib/row.ts'
import { comparePairs, summarize } from '../lib/statistics.ts'
import { milliseconds, spread } from '../lib/words.ts'

const MOST_MS = 60
const WARM_UP = 3
const NOTHING = 'data:text/javascript,'

/** In a fresh process: how long the import takes there, and afterwards how long the whole process did. */
export const importRoot: BenchRow = {
  name: 'import-root',
  what: 'import of the built root entry in a fresh process',
  target: `<= ${MOST_MS} ms, and reaches no optional peer`,
  rounds: 40,
  async run(rounds) {
    const entry = builtEntry()
    const inside = { empty: [] as number[], root: [] as number[] }
    const fresh = (name: keyof typeof inside, url: string) => () => timed(async () => inside[name].push(importTime(url)))
    const whole = await interleave({ empty: fresh('empty', NOTHING), root: fresh('root', entry) }, { rounds, warmUp: WARM_UP, pauseMs: 20 })
    const [empty, root] = [summarize(inside.empty.slice(WARM_UP)), summarize(inside.root.slice(WARM_UP))]
    const { difference } = comparePairs(whole.empty, whole.root)
    const reached = reachedFrom(entry)
    const allowed = hardDependencies()
    const strangers = reached.packages.filter((name) => !allowed.includes(name))
    return {
      measured: `${milliseconds(root.p50)}, ${strangers.length === 0 ? 'no optional peer' : `reaches ${strangers.join(', ')}`}`,
      met: root.p50 <= MOST_MS && strangers.length === 0,
      details: [
        `the import alone: root ${spread(root)}; empty ${spread(empty)}; ${rounds} pairs of processes`,
        `the whole process: root ${spread(summarize(whole.root))}; empty ${spread(summarize(whole.empty))}; difference ${milliseconds(difference, true)}`,
        `${reached.files} files of ours, packages reached: ${reached.packages.join(', ') || 'none'}`,
      ],
      figures: { rootImportP50Ms: root.p50, rootImportP95Ms: root.p95, emptyImportP50Ms: empty.p50, processDifferenceMs: difference },
      samples: { ...whole, rootImport: inside.root.slice(WARM_UP), emptyImport: inside.empty.slice(WARM_UP) },
    }
  },
}

/** How long a fresh process takes for one import, by its own clock. */
function importTime(url: string): number {
  return Number(evaluate(`const from = performance.now(); await import(${JSON.stringify(url)}); console.log(performance.now() - from)`))
}

/** Everything that an import loads, seen by a hook in a fresh process. */
function reachedFrom(url: string): { readonly files: number; readonly packages: readonly string[] } {
  const urls = evaluate(`
    import { registerHooks } from 'node:module'
    const seen = new Set()
    registerHooks({ resolve: (name, context, next) => { const found = next(name, context); seen.add(found.url); return found } })
    await import(${JSON.stringify(url)})
    console.log([...seen].join('\\n'))`)
    .split('\n')
    .filter((each) => each.startsWith('file:'))
  const names = urls.map((each) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(each)?.[1])
  return { files: names.filter((name) => name === undefined).length, packages: [...new Set(names.filter((name) => name !== undefined))] }
}

function evaluate(code: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' }).trim()
}
