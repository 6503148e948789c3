import { fileURLToPath } from 'node:url'

/** The directory of package.json. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
