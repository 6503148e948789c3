// Lets node run TypeScript, through the compiler esbuild: what the command tsx of this image loads into node. Types are
// taken out and not checked. The images that have node have a copy each.

import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { register } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'

// Node loads this a second time, in a thread of its own, for the two functions that are exported.
if (isMainThread) register(import.meta.url)

const LOADERS = { '.ts': 'ts', '.mts': 'ts', '.cts': 'ts', '.tsx': 'tsx' }
/** TypeScript names another file by what it is compiled to, or without an extension. */
const SOURCES_OF = { '.js': ['.ts', '.tsx'], '.mjs': ['.mts'], '.cjs': ['.cts'], '.jsx': ['.tsx'] }
const ENDINGS = ['.ts', '.tsx', '.mts', '.js', '.mjs', '/index.ts', '/index.tsx', '/index.js']
const MOST_OUTPUT = 256 * 1024 ** 2

let entryPoint

export async function resolve(specifier, context, next) {
  const resolved = await resolveSource(specifier, context, next)
  if (context.parentURL === undefined) entryPoint = resolved.url
  return resolved
}

async function resolveSource(specifier, context, next) {
  try {
    return await next(specifier, context)
  } catch (error) {
    const found = findSource(specifier, context.parentURL)
    if (found === undefined) throw error
    return next(found, context)
  }
}

function findSource(specifier, parent) {
  if (!/^(?:\.{0,2}\/|\.{1,2}$|file:)/.test(specifier)) return undefined
  const { href } = new URL(specifier, parent)
  const extension = extname(href)
  const stem = href.slice(0, href.length - extension.length)
  const candidates = [...(SOURCES_OF[extension] ?? []).map((other) => stem + other), ...ENDINGS.map((ending) => href + ending)]
  return candidates.find((candidate) => statSync(fileURLToPath(candidate), { throwIfNoEntry: false })?.isFile())
}

export async function load(url, context, next) {
  const loader = url.startsWith('file:') ? LOADERS[extname(url)] : undefined
  if (loader === undefined) return next(url, context)
  const path = fileURLToPath(url)
  const text = readFileSync(path, 'utf8')
  return { format: 'module', source: prelude(text, url === entryPoint) + compile(text, loader, path), shortCircuit: true }
}

/** What programs written for CommonJS use and modules do not have, on the line of the first statement. */
function prelude(text, isEntryPoint) {
  if (!/\b(?:require|__filename|__dirname)\b/.test(text) || /\b(?:createRequire|fileURLToPath)\b/.test(text)) return ''
  return [
    `import { createRequire as __createRequire } from 'node:module'`,
    'const require = __createRequire(import.meta.url), module = { exports: {} }',
    'const __filename = import.meta.filename, __dirname = import.meta.dirname',
    `require.main = ${isEntryPoint ? 'module' : '{}'};`,
  ].join(';')
}

function compile(text, loader, path) {
  const flags = [`--loader=${loader}`, `--sourcefile=${path}`, '--format=esm', '--target=node20', '--sourcemap=inline', '--log-level=error']
  try {
    return execFileSync('esbuild', flags, { input: text, encoding: 'utf8', maxBuffer: MOST_OUTPUT, stdio: ['pipe', 'pipe', 'pipe'] })
  } catch (error) {
    // A program that is wrong is told by the compiler's words, and not by where it was called.
    const words = error.stderr || error.message
    throw Object.assign(new SyntaxError(words), { stack: words })
  }
}
