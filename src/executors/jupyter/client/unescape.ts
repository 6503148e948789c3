const BACKSLASH = 0x5c
const SHORT: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, b: 8, f: 12, '"': 34, '\\': 92, '/': 47 }

/**
 * Takes the escapes out of the inside of a JSON text, in the memory where it is: what an escape stands for is never longer.
 * Returns the part of the memory that holds the result, as UTF-8. A lone surrogate becomes U+FFFD.
 */
export function unescapeInPlace(text: Buffer): Uint8Array {
  let read = text.indexOf(BACKSLASH)
  if (read === -1) return text
  let write = read
  while (read < text.byteLength) {
    if (text[read] !== BACKSLASH) {
      const next = text.indexOf(BACKSLASH, read)
      const end = next === -1 ? text.byteLength : next
      text.copyWithin(write, read, end)
      write += end - read
      read = end
      continue
    }
    const kind = String.fromCharCode(text[read + 1] ?? 0)
    const short = SHORT[kind]
    if (short !== undefined) {
      text[write++] = short
      read += 2
      continue
    }
    const first = codeUnitAt(text, read)
    const second = isHigh(first) ? codeUnitAt(text, read + 6) : undefined
    const isPair = second !== undefined && second >= 0xdc00 && second <= 0xdfff
    write += text.write(isPair ? String.fromCharCode(first, second) : String.fromCharCode(first).toWellFormed(), write)
    read += isPair ? 12 : 6
  }
  return text.subarray(0, write)
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

/** The code unit of a `\uXXXX` at a place; U+FFFD for what is none. */
function codeUnitAt(text: Buffer, at: number): number {
  const words = text.toString('latin1', at, at + 6)
  return /^\\u[0-9a-fA-F]{4}$/.test(words) ? Number.parseInt(words.slice(2), 16) : 0xfffd
}
