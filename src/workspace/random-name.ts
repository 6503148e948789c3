/** A name that nobody guesses, of so many random bytes in hexadecimal. (`node:crypto` would take 7 ms of every import.) */
export function randomName(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex')
}
