import type { Language } from '../language.ts'
import { interpreted } from '../toolchains.ts'

export const python: Language = {
  name: 'python',
  title: 'Python',
  aliases: ['py', 'python3', 'py3'],
  extensions: ['.py'],
  // -B is not given: caches of imported modules are what users expect in a shared working directory.
  toolchains: interpreted(['python3', 'python']),
  packages: { debian: ['python3'] },
  kernel: 'python3',
}
