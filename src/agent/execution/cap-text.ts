/**
 * Keeps both ends of a text and says between them how much was left out. The result has at most `maxChars` characters of
 * the text.
 */
export function capText(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text
  const head = text.slice(0, Math.ceil(maxChars / 2))
  const tail = text.slice(text.length - Math.floor(maxChars / 2))
  // A cut may have split a pair of surrogates.
  return `${head.toWellFormed()}\n[... ${text.length - maxChars} of ${text.length} characters left out ...]\n${tail.toWellFormed()}`
}
