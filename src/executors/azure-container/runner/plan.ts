import { quoteLiterally, scriptWord, type Command, type ProgramWay, type WholeProgram } from '../../../engine/index.ts'
import { NO_FILES, stepScript, takeScript, type StepFiles } from './step-script.ts'

/** Larger contents go beside the plan and not in it: a shell reads its script slowly. */
const INLINE_BYTES = 64 * 1024

/** What the runner is told: a script, and contents that are too large for it, by name. */
export interface Plan {
  readonly script: Buffer
  readonly parts: ReadonlyMap<string, Uint8Array>
}

/** What a program leaves behind is removed, where somebody would see it. */
export interface PlanPlace {
  readonly workDir: string
  /** Whether the place is gone after the run, with all that it holds. */
  readonly isGoneAfterwards: boolean
}

/** The plan of a whole program: the first way whose programs are there is taken. */
export function planProgram({ files, ways, temporary }: WholeProgram, place: PlanPlace): Plan {
  const parts = new Map<string, Uint8Array>()
  const branches = ways.map((way, index) => {
    const condition = `has ${way.programs.map(scriptWord).join(' ')}`
    return `${index === 0 ? 'if' : 'elif'} ${condition}; then\n${wayLines(files, way, place, parts).join(' &&\n')}`
  })
  const clean: Command = { argv: ['rm', '-rf', '--', ...temporary.map((path) => `./${path}`)], env: {} }
  const removal =
    place.isGoneAfterwards || temporary.length === 0 ? [] : [`clean ${quoteLiterally(stepScript(place.workDir, clean, NO_FILES))}`]
  return { script: encode([...branches, 'else missing', 'fi', ...removal]), parts }
}

/** The plan of one command. */
export function planCommand(command: Command, { workDir }: PlanPlace): Plan {
  const parts = new Map<string, Uint8Array>()
  return { script: encode([step(stepScript(workDir, command, NO_FILES), command.stdin, parts)]), parts }
}

/** The plan of writing files. */
export function planFiles(files: ReadonlyMap<string, Uint8Array>, { workDir }: PlanPlace): Plan {
  const parts = new Map<string, Uint8Array>()
  const steps = [...files].map(([path, content]) => step(takeScript(workDir, path), content, parts))
  return { script: encode([steps.join(' &&\n')]), parts }
}

/** How many bytes a plan has together. */
export function sizeOf({ script, parts }: Plan): number {
  return [...parts.values()].reduce((sum, part) => sum + part.byteLength, script.byteLength)
}

function wayLines(
  shared: WholeProgram['files'],
  way: ProgramWay,
  { workDir, isGoneAfterwards }: PlanPlace,
  parts: Map<string, Uint8Array>,
): string[] {
  const all = [...shared, ...way.files]
  const large = all.filter(([, content]) => content.byteLength > INLINE_BYTES)
  const written = new Map(all.filter(([, content]) => content.byteLength <= INLINE_BYTES))
  const first: StepFiles = { written, directory: way.directory, mayMeetLinks: !isGoneAfterwards }
  const commands = [...way.compile, way.run]
  return [
    ...large.map(([path, content]) => step(takeScript(workDir, path), content, parts)),
    ...commands.flatMap((command, index) => {
      const phase = command === way.run ? 'run' : 'compile'
      const announced = index === 0 || phase === 'run' ? [`phase ${phase}`] : []
      return [...announced, step(stepScript(workDir, command, index === 0 ? first : NO_FILES), command.stdin, parts)]
    }),
  ]
}

/** One step. Its input is a part beside the plan, the same part for the same bytes. */
function step(script: string, stdin: Uint8Array | undefined, parts: Map<string, Uint8Array>): string {
  return `step ${quoteLiterally(script)} ${stdin === undefined || stdin.byteLength === 0 ? '/dev/null' : `"$dir/${partOf(stdin, parts)}"`}`
}

function partOf(content: Uint8Array, parts: Map<string, Uint8Array>): string {
  for (const [name, known] of parts) if (known === content) return name
  const name = `part${parts.size}`
  parts.set(name, content)
  return name
}

/** Each character of a script is one byte. */
function encode(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join('\n')}\n`, 'latin1')
}
