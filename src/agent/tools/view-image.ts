import { GifReader } from 'omggif'
import type { FileBackend } from '../../files/index.ts'
import { imageSize } from '../execution/image-size.ts'
import { loadPeer } from '../model/load-peer.ts'
import { defineTool, done, failed, type AgentTool } from './tool.ts'

/** What the tool is made for. */
export interface ViewImageSettings {
  readonly files: FileBackend
  /** The most pixels of what the model gets; larger images are shrunk. */
  readonly maxPixels: number
}

/** Larger files are not read. */
const MAX_FILE_BYTES = 32 * 1024 ** 2
/** Images of more pixels are not decoded: they would take more memory than a look is worth. */
const MAX_DECODED_PIXELS = 64_000_000

/** The part of `@napi-rs/image` that is used. */
interface ImageLibrary {
  readonly Transformer: {
    new (input: Uint8Array): ImageTransformer
    fromRgbaPixels(pixels: Uint8Array, width: number, height: number): ImageTransformer
  }
}

interface ImageTransformer {
  metadata(
    withExif?: boolean,
    signal?: AbortSignal,
  ): Promise<{ readonly width: number; readonly height: number; readonly format: string; readonly orientation?: number }>
  rotate(): ImageTransformer
  fastResize(options: { readonly width: number; readonly height: number }): ImageTransformer
  png(options?: undefined, signal?: AbortSignal): Promise<Uint8Array>
}

/** The formats that are looked at, by their first bytes. Everything else is refused before it reaches a decoder. */
const FORMATS: readonly { readonly name: string; readonly matches: (head: string) => boolean }[] = [
  { name: 'PNG', matches: (head) => head.startsWith('\x89PNG\r\n\x1a\n') },
  { name: 'JPEG', matches: (head) => head.startsWith('\xff\xd8\xff') },
  { name: 'GIF', matches: (head) => head.startsWith('GIF87a') || head.startsWith('GIF89a') },
  { name: 'WebP', matches: (head) => head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP' },
  { name: 'BMP', matches: (head) => head.startsWith('BM') },
  { name: 'TIFF', matches: (head) => head.startsWith('II*\0') || head.startsWith('MM\0*') },
]

/**
 * A tool that shows the model an image file, whatever its name says: decoded, upright, as PNG, and no larger than a model
 * looks at. It needs the package `@napi-rs/image`.
 */
export function viewImageTool({ files, maxPixels }: ViewImageSettings): AgentTool {
  return defineTool({
    name: 'view_image',
    description: 'Shows you an image file: PNG, JPEG, WebP, GIF (its first picture), BMP or TIFF.',
    fields: { path: { type: 'string', description: 'The image file, relative to the working directory.' } },
    async run({ path }, signal) {
      const answer = await files.readBytes(path, { limit: MAX_FILE_BYTES, signal })
      if (!answer.ok) return failed(`${answer.code}: ${answer.message}`)
      if (answer.truncated)
        return failed(`The file has ${answer.sizeBytes} bytes, and ${MAX_FILE_BYTES} are the most that is looked at. Make it smaller.`)
      const format = formatOf(answer.bytes)
      if (format === undefined)
        return failed(`It is none of ${FORMATS.map(({ name }) => name).join(', ')}. Read it as a file, or convert it.`)
      const stated = imageSize(answer.bytes)
      if (stated && stated.width * stated.height > MAX_DECODED_PIXELS) {
        return failed(`It has ${stated.width}x${stated.height} pixels, which is too many. Make it smaller.`)
      }
      const library = await loadPeer<ImageLibrary>('@napi-rs/image', 'The view_image tool', () => import('@napi-rs/image'))
      try {
        const { bytes, words } = await shrink(library, answer.bytes, format, maxPixels, signal)
        return done(`${answer.path}: ${words}.`, [{ mediaType: 'image/png', bytes }])
      } catch (error) {
        signal?.throwIfAborted()
        return failed(`It begins like ${format} and cannot be decoded: ${error instanceof Error ? error.message : String(error)}`)
      }
    },
  })
}

function formatOf(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(16, bytes.byteLength)).toString('latin1')
  return FORMATS.find(({ matches }) => matches(head))?.name
}

async function shrink(
  { Transformer }: ImageLibrary,
  bytes: Uint8Array,
  format: string,
  maxPixels: number,
  signal: AbortSignal | undefined,
): Promise<{ readonly bytes: Uint8Array; readonly words: string }> {
  const gif = format === 'GIF' ? firstPicture(bytes) : undefined
  const image = gif ? Transformer.fromRgbaPixels(gif.pixels, gif.width, gif.height) : new Transformer(bytes)
  const { width, height, orientation = 1 } = gif ?? (await image.metadata(true, signal))
  const factor = Math.min(1, Math.sqrt(maxPixels / (width * height)))
  const [newWidth, newHeight] = [Math.max(1, Math.floor(width * factor)), Math.max(1, Math.floor(height * factor))]
  if (factor < 1) image.fastResize({ width: newWidth, height: newHeight })
  // Cameras state which way is up; from 5 on width and height change places.
  if (orientation > 1) image.rotate()
  const shrunk = factor < 1 ? `, shown as ${newWidth}x${newHeight}` : ''
  return { bytes: await image.png(undefined, signal), words: `${format} of ${width}x${height} pixels${shrunk}` }
}

function firstPicture(bytes: Uint8Array): {
  readonly pixels: Uint8Array
  readonly width: number
  readonly height: number
  readonly orientation?: number
} {
  const reader = new GifReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  const pixels = new Uint8Array(reader.width * reader.height * 4)
  reader.decodeAndBlitFrameRGBA(0, pixels)
  return { pixels, width: reader.width, height: reader.height }
}
