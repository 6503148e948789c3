import type { TwinProgram } from './python-programs.ts'

/** What a program can see of how it was started. */
const STARTS: Readonly<Record<string, string>> = {
  'its command line': 'console.log(process.argv, process.execArgv, process.argv0, process.execPath, process.title)',
  'its variables': 'console.log(Object.entries(process.env).sort())',
  'its modules': `const Module = require('module')
console.log(Object.keys(require.cache), Object.keys(Module._pathCache), module.children, module.parent, module.paths, module.id, require.main === module)
console.log(Object.getOwnPropertyDescriptor(Module, 'runMain'), process.mainModule === module, Module.globalPaths)`,
  'what is global': 'console.log(Object.getOwnPropertyNames(globalThis).sort(), Object.keys(process).sort())',
  'what matched last': "console.log([RegExp.$1, RegExp.lastMatch, RegExp.input, RegExp['$`']])",
  'its stack': "console.log(new Error('here').stack); console.trace('there')",
  'its directory and mask': "console.log(process.cwd(), __dirname, __filename, process.umask().toString(8), require('path').resolve('.'))",
  'its descriptors': `const fs = require('fs')
console.log(fs.openSync('main.js'), fs.readdirSync('/proc/self/fd').length)`,
  'its session': `const [, , , ppid, group, session] = require('fs').readFileSync('/proc/self/stat', 'utf8').split(' ')
console.log(process.pid === +group, process.pid === +session, process.ppid === +ppid)`,
  'its signals': "console.log(require('fs').readFileSync('/proc/self/status', 'utf8').match(/^Sig(Ign|Blk|Cgt).*$/gm))",
  'its listeners': 'console.log(process.eventNames(), process.listenerCount("exit"), process.getMaxListeners())',
  'what keeps it alive': 'console.log(process.getActiveResourcesInfo ? process.getActiveResourcesInfo() : 0)',
  'its report': 'console.log(process.report?.directory, process.features, process.config.variables.napi_build_version)',
}

/** Ends in every way that Node has. */
const ENDS: Readonly<Record<string, string>> = {
  'nothing at all': '',
  'process.exit()': 'process.exit()',
  'process.exit(3)': 'console.log(1); process.exit(3)',
  'an exit code': 'process.exitCode = 300',
  'process.abort': "process.kill(process.pid, 'SIGABRT'); setInterval(() => {}, 1e6)",
  'SIGTERM to itself': "process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1e6)",
  'SIGINT to itself': "process.kill(process.pid, 'SIGINT'); setInterval(() => {}, 1e6)",
  SIGKILL: "process.kill(process.pid, 'SIGKILL')",
  'a handler of a signal': "process.on('SIGTERM', (...all) => { console.log(all); process.exit(4) }); process.kill(process.pid, 'SIGTERM')",
  'exit handlers': "process.on('exit', (code) => console.log('exit', code)); process.on('beforeExit', () => console.log('before'))",
  'a handler that cancels': "process.on('exit', () => { process.exitCode = 9 })",
  'a promise that nobody settles': 'new Promise(() => {}).then(() => console.log(1))',
  'a top-level await that nobody settles': "import 'fs'; await new Promise(() => {})",
}

/** Errors, with the text that goes with them. */
const ERRORS: Readonly<Record<string, string>> = {
  'an exception': 'function f() { null.x }\nf()',
  'an exception of a timer': 'setTimeout(function late() { throw new TypeError("late") }, 5)',
  'an exception with a cause': "throw new Error('a', { cause: new RangeError('b') })",
  'something else that is thrown': "throw { code: 7, text: 'no error' }",
  'a rejection': "Promise.reject(new Error('nobody looks'))",
  'a rejection in a module': "import 'fs'; await Promise.reject(new Error('nobody looks'))",
  'a syntax error': 'let a = ;',
  'a syntax error in a module': "import 'fs'\nlet a = ;",
  'a module that is not there': "require('./not-there')",
  'an import that is not there': "import './not-there.js'",
  'a package that is not there': "require('not-there-either')",
  'a recursion without end': 'function f() { f() }\ntry { f() } catch (error) { console.log(error.message) }',
  'a warning': "process.emitWarning('look', { code: 'LOOK' }); new Buffer(1)",
  'an own handler': "process.on('uncaughtException', (error, origin) => console.log(error.message, origin)); throw new Error('x')",
  prepareStackTrace: `Error.prepareStackTrace = (_, frames) => frames.map((each) => [each.getFileName(), each.getFunctionName(), each.getTypeName(), each.getMethodName()])
console.log(JSON.stringify(new Error().stack))`,
}

/** What programs do for a living. */
const WORK: Readonly<Record<string, string>> = {
  'CommonJS and a file beside it': "console.log(require('./beside.js').name, Object.keys(require.cache).length)",
  'a module':
    "import { readFileSync } from 'node:fs'\nconsole.log(readFileSync(import.meta.filename ?? new URL(import.meta.url)).length, import.meta.url, this)\nexport {}",
  'dynamic import': "import('./beside.js').then((all) => console.log(all.default))",
  'much output': "process.stdout.write('x'.repeat(300_000)); console.error('y'.repeat(100_000))",
  'output at the exit': "process.on('exit', () => process.stdout.write('z'.repeat(5_000)))",
  'its input, at once': "console.log(require('fs').readFileSync(0, 'utf8'))",
  'its input, as a stream': "process.stdin.on('data', (all) => console.log(String(all).length)).on('end', () => console.log('end'))",
  'its input, line by line': "require('readline').createInterface({ input: process.stdin }).on('line', (line) => console.log([line]))",
  timers: `const begun = process.hrtime.bigint(); setTimeout(() => console.log(process.hrtime.bigint() - begun > 290_000_000n), 300)
setTimeout(() => console.log('sooner'), 100); setImmediate(() => console.log('immediate')); process.nextTick(() => console.log('tick'))`,
  'a worker': `const { Worker } = require('worker_threads')
new Worker("console.log(Object.keys(require.cache), process.execArgv, process.argv.length, process.env.NODE_OPTIONS, new Error('in it').stack)", { eval: true })`,
  'a worker with options of its own': `const { Worker } = require('worker_threads')
new Worker('console.log(process.execArgv, process.env)', { eval: true, execArgv: ['--no-warnings'], env: { A: '1' } })`,
  'another Node': `const { spawnSync, execFileSync } = require('child_process')
console.log(String(execFileSync(process.execPath, ['-p', '[process.execArgv, process.env.NODE_OPTIONS, Object.keys(require.cache)]'])))
console.log(spawnSync('cat', { stdio: ['inherit', 'pipe', 'inherit'] }).stdout.toString())`,
  'a fork':
    "if (process.send) process.send([process.argv.length, process.execArgv]); else require('child_process').fork(__filename).on('message', (all) => console.log(all))",
  'a program in the same descriptors':
    "require('child_process').spawnSync('sh', ['-c', 'cat; ls -l /proc/self/fd | wc -l; umask'], { stdio: 'inherit' })",
  'times of day': 'console.log(new Date(0).toString(), new Date().getFullYear() > 2000, Intl.DateTimeFormat().resolvedOptions().timeZone)',
  languages: "console.log((1234.5).toLocaleString(), Intl.DateTimeFormat().resolvedOptions().locale, 'é'.localeCompare('f'))",
  random: "console.log(Math.random() !== Math.random(), require('crypto').randomUUID().length)",
  'async contexts':
    "const { AsyncLocalStorage, executionAsyncId } = require('async_hooks'); console.log(executionAsyncId(), new AsyncLocalStorage().getStore())",
}

const BESIDE = { 'beside.js': "module.exports = { name: 'beside', file: __filename, parent: module.parent && module.parent.id }" }

/** Programs for a Node that waits and for a new one, by what they are about. */
export const NODE_PROGRAMS: readonly (readonly [name: string, program: TwinProgram])[] = [
  ...Object.entries({ ...STARTS, ...ENDS, ...ERRORS, ...WORK }).map(
    ([name, main]) => [name, { main, files: BESIDE, stdin: 'one\ntwo\n' }] as const,
  ),
  ['no input', { main: "console.log([require('fs').readFileSync(0, 'utf8')]); process.stdin.resume()" }],
  ['arguments', { main: 'console.log(process.argv.slice(1))', args: ['--version', '', 'ä b', "'", '-'] }],
  [
    'variables of the run',
    { main: 'console.log(process.env.LIKE, process.env["odd name"], process.env.NONE)', env: { LIKE: 'ünder\n', 'odd name': '1' } },
  ],
  ['.mjs', { script: 'm.mjs', main: '', files: { 'm.mjs': 'console.log(import.meta.url, typeof require, process.argv)' } }],
  ['.cjs', { script: 'm.cjs', main: '', files: { 'm.cjs': 'console.log(require.main === module, __filename)' } }],
  ['a package of modules', { main: "import 'fs'; console.log(import.meta.url)", files: { 'package.json': '{ "type": "module" }' } }],
  ['a package of CommonJS', { main: "import 'fs'", files: { 'package.json': '{ "type": "commonjs" }' } }],
  ['a package that is none', { main: 'console.log(1)', files: { 'package.json': '{ no json' } }],
  ['a script in a directory', { script: 'in/deep.js', main: '', files: { 'in/deep.js': 'console.log(__filename, process.cwd())' } }],
  ['a script that is not there', { script: 'gone.js', main: '' }],
  ['source maps and a shebang', { main: '#!/usr/bin/env node\nconsole.log(1)\nthrow new Error("2")\n' }],
]
