import { withEngine, type BenchImage } from '../lib/docker-engine.ts'
import { compareWarm } from '../lib/docker-hello.ts'
import { programProbe, whyNotInImage } from '../lib/docker-probe.ts'
import { HELLOS } from '../lib/docker-programs.ts'
import { judge, wordBounds } from '../lib/docker-verdict.ts'
import { unavailable, type BenchRow } from '../lib/row.ts'

const BOUNDS = { exec: 0.25, bare: 1.1 } as const

/** Programs that are warm: the executor ran them before. The bare spawn is one of the image's own interpreter, on this machine. */
export const dockerHellos: readonly BenchRow[] = [
  helloRow('python', 'Python', 'python'),
  helloRow('node', 'Node', 'node'),
  helloRow('sh', 'shell', 'python'),
]

function helloRow(name: keyof typeof HELLOS, title: string, image: BenchImage): BenchRow {
  const program = HELLOS[name]
  return {
    name: `docker-hello-${name}`,
    what: `${title} hello in a hardened container, against exec by the engine in one, and a bare spawn of the image's interpreter`,
    target: wordBounds(BOUNDS),
    rounds: 60,
    run: (rounds) =>
      withEngine(image, async (engine) => {
        const missing = await whyNotInImage(engine, programProbe(program.argv[0]))
        if (missing !== undefined) return unavailable(missing)
        return judge(await compareWarm(engine, engine.executor(), program, { rounds }), BOUNDS)
      }),
  }
}
