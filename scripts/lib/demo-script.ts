import { setTimeout as delay } from 'node:timers/promises'
import type { ModelFunction } from '../../src/agent/index.ts'

const F = '```'

/** What the coder says, in order: a program with a mistake, the corrected one, its answer, a check, and its last word. */
const CODER = [
  `I will try them all and remember chains that I have seen.

${F}python
def chain(n):
    steps = 1
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps

best = max(range(1, limit), key=chain)
print(best, chain(best))
${F}`,
  `I never said what the limit is. Again:

${F}python
LIMIT = 10_000

def chain(n):
    steps = 1
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps

best = 1
for n in range(1, LIMIT):
    if chain(n) > chain(best):
        best = n
        if n > 1000:
            print("so far", best, "with", chain(best), "numbers", flush=True)
print("longest:", best, chain(best))
${F}`,
  'Below 10000 it is **6171**, whose chain has 262 numbers.',
  `Gladly, in another language:

${F}javascript
const seen = new Map([[1, 1]])
const chain = (n) => {
  if (!seen.has(n)) seen.set(n, 1 + chain(n % 2 === 0 ? n / 2 : 3 * n + 1))
  return seen.get(n)
}
let best = 1
for (let n = 1; n < 10_000; n += 1) if (chain(n) > chain(best)) best = n
console.log('longest:', best, chain(best))
${F}`,
  'A second program, written another way, says the same: **6171**, with 262 numbers.',
]

const REVIEWER = [
  'Plausible, but one program proves little. Please check it with a second one in another language.',
  'Both agree. APPROVED',
]

/** The models of the demo when there is no real one: they say their lines as if they thought. */
export function scriptedModels(): { readonly coder: ModelFunction; readonly reviewer: ModelFunction } {
  return { coder: saying(CODER), reviewer: saying(REVIEWER) }
}

function saying(lines: readonly string[]): ModelFunction {
  let next = 0
  return async function* (_, { signal }) {
    const line = lines[next] ?? 'I have nothing more to say.'
    next += 1
    for (const piece of line.match(/\s*\S+/g) ?? []) {
      await delay(process.stdout.isTTY ? 15 : 0, undefined, { signal })
      yield piece
    }
  }
}
