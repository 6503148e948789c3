import { PYTHON_IN_KERNEL } from './kernel-words.ts'
import type { Language, Toolchain } from '../language.ts'
import { interpreted } from '../toolchains.ts'
import { UTF8_LOCALE } from './environment.ts'

export const python: Language = {
  name: 'python',
  title: 'Python',
  aliases: ['py', 'python3', 'py3'],
  extensions: ['.py'],
  // -B is not given: caches of imported modules are what users expect in a shared working directory.
  // Unbuffered, so that what it printed is there when a limit ends it.
  toolchains: interpreted(['python3', 'python'], [], { env: () => ({ PYTHONUNBUFFERED: '1', PYTHONUTF8: '1' }) }),
  packages: { debian: ['python3'], images: ['python', 'polyglot'] },
  kernel: 'python3',
  inKernel: PYTHON_IN_KERNEL,
}

// Bun and Deno keep their caches in the home directory, which may be read-only.
const bun: readonly Toolchain[] = interpreted(['bun'], [], { env: () => ({ BUN_RUNTIME_TRANSPILER_CACHE_PATH: '0' }) })
const deno: readonly Toolchain[] = interpreted(['deno'], ['run', '--quiet', '--allow-all'], { env: () => ({ DENO_NO_UPDATE_CHECK: '1' }) })

export const javascript: Language = {
  name: 'javascript',
  title: 'JavaScript',
  aliases: ['js', 'node', 'nodejs', 'mjs', 'cjs', 'ecmascript'],
  // Node tells CommonJS from modules by the text of a .js file, so both `require` and `import` work.
  extensions: ['.js', '.mjs', '.cjs'],
  toolchains: [...interpreted(['node', 'nodejs']), ...bun, ...deno],
  packages: { debian: ['nodejs'], npm: ['node'], images: ['node', 'polyglot'] },
  kernel: 'javascript',
}

export const typescript: Language = {
  name: 'typescript',
  title: 'TypeScript',
  aliases: ['ts', 'tsx', 'mts', 'cts'],
  extensions: ['.ts', '.mts', '.cts', '.tsx'],
  // Node itself is last: it knows the flag from 22.6 on, and refuses enums and parameter properties.
  toolchains: [
    ...interpreted(['tsx']),
    ...bun,
    ...deno,
    ...interpreted(['node'], ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']),
  ],
  packages: { npm: ['tsx'], images: ['node', 'polyglot'] },
  kernel: 'deno',
}

export const ruby: Language = {
  name: 'ruby',
  title: 'Ruby',
  aliases: ['rb'],
  extensions: ['.rb'],
  toolchains: interpreted(['ruby'], [], UTF8_LOCALE),
  packages: { debian: ['ruby'], images: ['polyglot'] },
  kernel: 'ruby',
}

export const perl: Language = {
  name: 'perl',
  title: 'Perl',
  aliases: ['perl5'],
  extensions: ['.pl', '.pm', '.t'],
  // Bytes in and out by default, and programs that say `use utf8` set the layers they want.
  toolchains: interpreted(['perl']),
  packages: { debian: ['perl'], images: ['polyglot'] },
}

export const php: Language = {
  name: 'php',
  title: 'PHP',
  aliases: ['php8'],
  extensions: ['.php'],
  // Without a php.ini errors go to standard output, with Debian's to the log; -- keeps arguments from being flags.
  toolchains: interpreted(['php'], ['-d', 'display_errors=stderr', '-d', 'log_errors=0', '-d', 'html_errors=0']),
  packages: { debian: ['php-cli'], images: ['polyglot'] },
}

export const lua: Language = {
  name: 'lua',
  title: 'Lua',
  aliases: ['lua5', 'luajit'],
  extensions: ['.lua'],
  toolchains: interpreted(['lua', 'lua5.4', 'lua5.3', 'luajit', 'lua5.1']),
  packages: { debian: ['lua5.4'], images: ['polyglot'] },
  kernel: 'lua',
}
