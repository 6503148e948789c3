import type { DisplayData } from '../../core/index.ts'
import { imageSize } from './image-size.ts'

/** One rich output in a line: what it is and how large, never the bytes. */
export function describeDisplay({ data, metadata }: DisplayData): string {
  return (
    Object.entries(data)
      .filter(([type]) => type !== 'text/plain')
      // Programs choose the types too.
      .map(([type, content]) => describeRepresentation(type.replaceAll(/[^\w.+/-]/g, '').slice(0, 100), content, metadata[type]))
      .join(', ')
  )
}

/** What a rich output says in words, if anything. */
export function plainText({ data }: DisplayData): string | undefined {
  const text = data['text/plain']
  return typeof text === 'string' ? text : undefined
}

function describeRepresentation(type: string, content: unknown, metadata: unknown): string {
  if (typeof content === 'string' && !type.startsWith('image/')) return `${type}, ${content.length} characters`
  const bytes = toBytes(content)
  if (bytes === undefined) return type
  const { width, height } = statedSize(metadata) ?? imageSize(bytes) ?? {}
  return `${type}${width === undefined ? '' : ` ${width}x${height}`}, ${bytes.byteLength} bytes`
}

/** Bytes, or the base64 that kernels send for them; an SVG is text and as large as it is. */
function toBytes(content: unknown): Uint8Array | undefined {
  if (content instanceof Uint8Array) return content
  return typeof content === 'string' ? Buffer.from(content, content.startsWith('<') ? 'utf8' : 'base64') : undefined
}

function statedSize(metadata: unknown): { readonly width: number; readonly height: number } | undefined {
  if (typeof metadata !== 'object' || metadata === null) return undefined
  const { width, height } = metadata as { readonly width?: unknown; readonly height?: unknown }
  return typeof width === 'number' && typeof height === 'number' ? { width, height } : undefined
}
