import { CodeExecutorError } from '../../../core/index.ts'
import { orAborted } from '../../../engine/index.ts'
import type { DockerClient } from '../client.ts'
import { explainFailure } from './explain-failure.ts'
import { findImage, type FoundImage, type ImageRequest } from './find-image.ts'
import { followTask } from './follow-task.ts'
import { findLogin, loginCommand } from './registry-login.ts'

/** When an image is fetched: when the engine lacks it, each time, or not at all. */
export type PullPolicy = 'missing' | 'always' | 'never'

/** What to do next, by what the engine or the registry says. */
const NEXT_STEPS: readonly (readonly [RegExp, (image: string) => string])[] = [
  [
    /denied|unauthorized|authentication required|no basic auth/i,
    (image) => `Check the name. If the registry wants a login, run ${loginCommand(image)}: it is taken from there.`,
  ],
  [
    /no matching manifest|does not match the specified platform|image operating system/i,
    () => 'Choose an image that was made for that platform, or another platform.',
  ],
  [/manifest .*(?:unknown|not found)|name unknown|not found/i, () => 'Check its name and its tag.'],
  [
    /dial tcp|lookup |no such host|i\/o timeout|connection refused|unreachable|certificate|TLS|request canceled|EOF/,
    (image) =>
      `The engine's machine does not reach the registry: check its network, or bring the image there with docker save ${image} and docker load.`,
  ],
]

/**
 * The id of an image, fetched from its registry where the policy says so.
 *
 * @throws `IMAGE_UNAVAILABLE`; `INVALID_ARGUMENT` for a name that cannot be one; the signal's reason
 */
export async function pullImage(
  client: DockerClient,
  image: string,
  { policy, ...request }: ImageRequest & { readonly policy: PullPolicy },
): Promise<string> {
  const { platform, signal, onProgress } = request
  signal?.throwIfAborted()
  assertName(image)
  if (policy !== 'always') {
    const found = await findImage(client, image, signal)
    if (found !== undefined && isFor(found, platform)) return found.Id
    if (policy === 'never') throw new CodeExecutorError('IMAGE_UNAVAILABLE', whyNever(image, found, platform), { image })
  }
  const { login, trouble } = await orAborted(findLogin(image), signal)
  const options = {
    ...(platform !== undefined && { platform }),
    ...(signal && { abortSignal: signal }),
    ...(login && { authconfig: login }),
  }
  const task = followTask({
    subject: { image, task: 'pull' },
    request: () => client.pull(image, options),
    explain: (cause) =>
      signal?.aborted === true
        ? signal.reason
        : explainFailure(cause, `fetching the image ${image}`, image, (words) => describeFailure(image, words, trouble)),
  })
  for await (const progress of task) onProgress?.(progress)
  signal?.throwIfAborted()
  const pulled = await findImage(client, image, signal)
  if (pulled !== undefined) return pulled.Id
  throw new CodeExecutorError('IMAGE_UNAVAILABLE', `The image ${image} was fetched and is not there. See what removes images there.`, {
    image,
  })
}

/** The client puts the name into an address as it is. */
function assertName(image: string): void {
  if (/^[\w[][\w.:/@[\]-]*$/.test(image) && !/\.\.|\/\//.test(image)) return
  const message = `image cannot be ${JSON.stringify(image)}: write it like name:tag or registry/name:tag.`
  throw new CodeExecutorError('INVALID_ARGUMENT', message, { argument: 'image', value: image })
}

/** Whether an image is for a platform such as `linux/arm64/v8`. An engine that does not tell has what it can run. */
function isFor({ Os, Architecture, Variant }: FoundImage, platform: string | undefined): boolean {
  if (platform === undefined || Os === undefined || Architecture === undefined) return true
  const parts = platform.toLowerCase().split('/')
  const [os = '', architecture, variant] = parts.length > 1 ? parts : [Os, ...parts]
  const isVariant = variant === undefined || Variant === undefined || Variant === '' || variant === Variant
  return os === Os && architecture === Architecture && isVariant
}

function whyNever(image: string, found: FoundImage | undefined, platform: string | undefined): string {
  const what = found === undefined ? 'not there' : `there for ${found.Os}/${found.Architecture} and not for ${platform}`
  return `The image ${image} is ${what}, and pull is 'never'. Fetch it with docker pull, or set pull: 'missing'.`
}

function describeFailure(image: string, words: string, trouble: string | undefined): string {
  const [, nextStep] = NEXT_STEPS.find(([pattern]) => pattern.test(words)) ?? []
  const withoutLogin = trouble === undefined ? '' : ` It was asked without a login: ${trouble}.`
  return `The image ${image} could not be fetched. The engine says: ${words}.${withoutLogin} ${nextStep?.(image) ?? 'Check its name and its registry.'}`
}
