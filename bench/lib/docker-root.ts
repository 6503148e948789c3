import { spawn, type ChildProcess } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { PrivateDirectory, sweepPrivateDirectories } from '../../src/engine/host/private-directory.ts'
import type { BenchEngine } from './docker-engine.ts'
import type { BenchProgram } from './docker-programs.ts'
import { createRaw, removeRaw, type RawEnd } from './docker-raw.ts'

/** What no program here needs; without it the copy is a third smaller. */
const LEFT_OUT = ['usr/share/doc', 'usr/share/fonts', 'usr/share/icons', 'usr/share/locale', 'usr/share/man', 'var/cache', 'var/lib/apt']
/** chroot(2) leads there, and no directory of the caller's does. */
const DIRECTORY = '/tmp'

/** The file system of an image, as a directory of this machine. */
export interface ImageRoot {
  /** Puts the program there, and starts it as often as wanted with nothing around it but chroot(1). */
  readonly bare: (program: BenchProgram) => Promise<() => Promise<void>>
  /** Starts chroot(1) and `true`, which has nothing to do. */
  readonly chrootTrue: () => Promise<void>
  /** Starts `true`, in the same way. */
  readonly plainTrue: () => Promise<void>
}

/** Why a program cannot be started out of an image's file system here; `undefined` when it can. */
export function whyNoImageRoot(): string | undefined {
  if (process.platform !== 'linux') return 'the programs of an image run on Linux only'
  return process.getuid?.() === 0 ? undefined : 'only root may start the programs of an image without a container (chroot)'
}

/** Works with a copy of the engine's image that has no container around it, and removes it, and those that benches left when they were killed. */
export async function withImageRoot<T>(engine: BenchEngine, work: (root: ImageRoot) => Promise<T>): Promise<T> {
  await sweepPrivateDirectories()
  const directory = new PrivateDirectory()
  const root = directory.make('root')
  try {
    await exportImage(engine, root)
    return await work({
      bare: async (program) => {
        await writeFile(join(root, DIRECTORY, program.file), program.source)
        return () => runBare(engine, root, program)
      },
      chrootTrue: () => run('chroot', ['/', 'true'], {}).then(() => {}),
      plainTrue: () => run('true', [], {}).then(() => {}),
    })
  } finally {
    await directory.remove()
  }
}

async function exportImage(engine: BenchEngine, root: string): Promise<void> {
  const container = await createRaw(engine)
  try {
    const files = await container.export()
    const tar = spawn('tar', ['-x', '--numeric-owner', ...LEFT_OUT.map((path) => `--exclude=${path}`), '-C', root], {
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    const [, { exitCode, error }] = await Promise.all([pipeline(files, tar.stdin), endOf(tar)])
    if (exitCode !== 0) throw new Error(`the image could not be unpacked: ${error}`)
  } finally {
    await removeRaw(container)
  }
}

async function runBare(engine: BenchEngine, root: string, { argv, file, env, expected }: BenchProgram): Promise<void> {
  const words = argv.map((word) => (word === file ? `${DIRECTORY}/${file}` : word))
  const { output, error } = await run('chroot', [root, ...words], { HOME: DIRECTORY, ...engine.environment, ...env })
  if (output !== expected) throw new Error(`the bare ${argv[0]} printed ${JSON.stringify(output)}: ${error}`)
}

/** One spawn, both outputs read, waited for until they are closed. */
function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<RawEnd> {
  return endOf(spawn(program, args, { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] }))
}

async function endOf(child: ChildProcess): Promise<RawEnd> {
  let [output, error] = ['', '']
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (error += text))
  const exitCode = await new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject))
  return { output, error, exitCode }
}
