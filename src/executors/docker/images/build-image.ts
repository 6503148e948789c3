import { readFile, stat } from 'node:fs/promises'
import { join, posix, resolve } from 'node:path'
import { assertKnownKeys, CodeExecutorError } from '../../../core/index.ts'
import { messageOf, orAborted } from '../../../engine/index.ts'
import type { BuildOptions, DockerClient } from '../client.ts'
import { packContext, readContext, type BuildContext } from './build-context.ts'
import { explainFailure } from './explain-failure.ts'
import { findImage, type ImageRequest } from './find-image.ts'
import { followTask, ImageTaskFailure } from './follow-task.ts'
import { findLogins, type RegistryLogin } from './registry-login.ts'

/** An image that is built where it is needed. */
export interface BuildSource {
  /** The directory whose files the build gets, but for those that its `.dockerignore` names. */
  readonly context: string
  /** The Dockerfile, relative to {@link context} and below it. @defaultValue 'Dockerfile' */
  readonly dockerfile?: string
  /** Values for the Dockerfile's `ARG` lines. */
  readonly args?: Readonly<Record<string, string>>
  /** The stage to build. @defaultValue the last one */
  readonly target?: string
}

/** A {@link BuildSource} whose files were found. */
export interface CheckedBuild {
  readonly context: BuildContext
  readonly dockerfile: string
  readonly args: Readonly<Record<string, string>>
  readonly target: string | undefined
}

/** What is built besides the files: its name, and what is written on it. */
export interface BuildRequest extends ImageRequest {
  readonly tag: string
  readonly labels: Readonly<Record<string, string>>
  /** Whether nothing of an earlier build is used. @defaultValue false */
  readonly force?: boolean | undefined
}

const SOURCE_NAMES = ['context', 'dockerfile', 'args', 'target'] as const satisfies readonly (keyof BuildSource)[]

/** Looks whether everything is there. @throws `INVALID_ARGUMENT` */
export async function checkBuild(source: BuildSource): Promise<CheckedBuild> {
  if (typeof source !== 'object' || source === null) throw invalid('build', source, "must be an object such as { context: './image' }")
  assertKnownKeys(source, SOURCE_NAMES, 'build')
  const { args = {}, target } = source
  const directory = resolve(readText(source.context, 'build.context'))
  if (!(await isThere(directory, 'isDirectory'))) {
    throw invalid('build.context', source.context, `must be a directory of this machine; there is none at ${directory}`)
  }
  const dockerfile = posix.normalize(readText(source.dockerfile ?? 'Dockerfile', 'build.dockerfile').replaceAll('\\', '/'))
  if (posix.isAbsolute(dockerfile) || dockerfile.startsWith('../')) {
    throw invalid('build.dockerfile', source.dockerfile, 'must be relative to build.context and below it')
  }
  if (!(await isThere(resolve(directory, dockerfile), 'isFile'))) {
    throw invalid('build.dockerfile', source.dockerfile, `must be a file below build.context; there is no ${dockerfile} in ${directory}`)
  }
  if (typeof args !== 'object' || args === null || Object.values(args).some((value) => typeof value !== 'string')) {
    throw invalid('build.args', args, 'must be an object of names and texts')
  }
  if (target !== undefined) readText(target, 'build.target')
  return { context: await readFiles(directory, dockerfile), dockerfile, args, target }
}

/**
 * Builds an image and resolves to its id. A signal that fires ends the build, and the engine removes what it had begun.
 *
 * @throws `IMAGE_UNAVAILABLE` with the end of the log; the signal's reason
 */
export async function buildImage(client: DockerClient, build: CheckedBuild, request: BuildRequest): Promise<string> {
  const { tag, signal, onProgress } = request
  const registryconfig = await orAborted(loginsFor(build), signal)
  const files = packContext(build.context)
  // The client does not look whether the files can be read, and the engine would wait for the rest of them.
  const unreadable = new AbortController()
  files.once('error', (error) => unreadable.abort(error))
  const abortSignal = signal === undefined ? unreadable.signal : AbortSignal.any([signal, unreadable.signal])
  const task = followTask({
    subject: { image: tag, task: 'build' },
    request: () => client.buildImage(files, { ...buildOptions(build, request), registryconfig, abortSignal }),
    explain: (cause) => {
      if (signal?.aborted === true) return signal.reason
      if (unreadable.signal.aborted) return unreadableContext(build, unreadable.signal.reason)
      return explainFailure(cause, `building the image ${tag}`, tag, (words) => describeFailure(tag, words, cause))
    },
  })
  try {
    for await (const progress of task) onProgress?.(progress)
  } finally {
    files.destroy()
  }
  signal?.throwIfAborted()
  const built = await findImage(client, tag, signal)
  if (built !== undefined) return built.Id
  throw new CodeExecutorError('IMAGE_UNAVAILABLE', `The build of the image ${tag} ended and made no image. Try again.`, { image: tag })
}

/** Nobody is told of logins that the build has no use for. */
async function loginsFor({ context, dockerfile, args }: CheckedBuild): Promise<Record<string, RegistryLogin>> {
  const text = await readFile(join(context.directory, dockerfile), 'utf8').catch(() => '') // the engine says what is wrong with it
  return findLogins([text, ...Object.values(args)].join('\n'))
}

function buildOptions(
  { dockerfile, args, target }: CheckedBuild,
  { tag, labels, platform, force = false }: BuildRequest,
): BuildOptions & { readonly nocache?: true } {
  return {
    t: tag,
    dockerfile,
    labels: { ...labels },
    // What a build has begun is removed also when it fails.
    rm: true,
    forcerm: true,
    ...(Object.keys(args).length > 0 && { buildargs: { ...args } }),
    ...(target !== undefined && { target }),
    ...(platform !== undefined && { platform }),
    ...(force && { nocache: true }),
  }
}

function describeFailure(tag: string, words: string, cause: unknown): string {
  const log = cause instanceof ImageTaskFailure ? cause.log : []
  const end = log.length === 0 ? '' : ` The log ends with:\n${log.join('\n')}`
  return `The image ${tag} could not be built: ${words}. Correct its Dockerfile or what that needs, and try again.${end}`
}

function unreadableContext({ context: { directory } }: CheckedBuild, reason: unknown): CodeExecutorError {
  const message = `The files in ${directory} could not be read: ${messageOf(reason)}. Make them readable, leave them alone during a build, or name what is not needed in .dockerignore.`
  return new CodeExecutorError('INVALID_ARGUMENT', message, { argument: 'build.context', value: directory }, { cause: reason })
}

async function readFiles(directory: string, dockerfile: string): Promise<BuildContext> {
  try {
    return await readContext(directory, dockerfile)
  } catch (cause) {
    const message = `build.context must be readable: ${messageOf(cause)}. Correct its rights, or name what is not needed in .dockerignore.`
    throw new CodeExecutorError('INVALID_ARGUMENT', message, { argument: 'build.context', value: directory }, { cause })
  }
}

async function isThere(path: string, kind: 'isDirectory' | 'isFile'): Promise<boolean> {
  return stat(path).then(
    (facts) => facts[kind](),
    () => false,
  )
}

function readText(value: unknown, argument: string): string {
  if (typeof value === 'string' && value.trim() !== '' && !value.includes('\0')) return value
  throw invalid(argument, value, 'must be text that is not empty')
}

function invalid(argument: string, value: unknown, reason: string): CodeExecutorError<'INVALID_ARGUMENT'> {
  return new CodeExecutorError('INVALID_ARGUMENT', `${argument} ${reason}.`, { argument, value })
}
