import { FileProblem } from './file-failure.ts'

/** What work gives, or the problem that ended it. */
export async function catching<T>(work: () => Promise<T>): Promise<T | Error> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof FileProblem) return error
    throw error
  }
}

/** Work for each, one after the other. */
export async function eachIn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (const item of items) results.push(await work(item))
  return results
}

/** A result, or the problem in its place, thrown. */
export function unwrap<T extends object>(result: T | Error | undefined): T {
  if (result instanceof Error) throw result
  if (result === undefined) throw new Error('the store gave fewer answers than there were files')
  return result
}
