import { Transformer } from '@napi-rs/image'
import { GifWriter } from 'omggif'

type Picture = (width: number, height: number) => Promise<Uint8Array>

const drawn = (width: number, height: number): Transformer =>
  Transformer.fromRgbaPixels(
    Uint8Array.from({ length: width * height * 4 }, (_, at) => (at % 4 === 3 ? 255 : (at * 7) % 256)),
    width,
    height,
  )

/** Pictures of every format that tools show, made here. */
export const png: Picture = (width, height) => drawn(width, height).png()
export const jpeg: Picture = (width, height) => drawn(width, height).jpeg()
export const webp: Picture = (width, height) => drawn(width, height).webp()
export const bmp: Picture = (width, height) => drawn(width, height).bmp()
export const tiff: Picture = (width, height) => drawn(width, height).tiff()

export const gif: Picture = (width, height) => {
  const bytes = Buffer.alloc(1_024 + width * height * 2)
  const writer = new GifWriter(bytes, width, height, { palette: [0x000000, 0xff0000] })
  const pixels = Array.from({ length: width * height }, (_, at) => at % 2)
  writer.addFrame(0, 0, width, height, pixels)
  return Promise.resolve(bytes.subarray(0, writer.end()))
}
