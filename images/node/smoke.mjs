// Shows that the image keeps its promises, in the place where programs run: no network, nothing to write to but two directories.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'

assert.ok(Number(process.versions.node.split('.')[0]) >= 20)
assert.deepEqual([process.getuid(), process.getgid()], [10_001, 10_001])
assert.equal(new Intl.DateTimeFormat('de', { month: 'long', timeZone: 'UTC' }).format(0), 'Januar')
assert.equal(await new Response('✓').text(), '✓')
assert.throws(() => writeFileSync('/usr/file', ''))

function runs(program, files, expected) {
  mkdirSync('/workspace/program/lib', { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(`/workspace/program/${name}`, text)
  const { status, stdout, stderr } = spawnSync(program, [Object.keys(files)[0], 'argument'], {
    cwd: '/workspace/program',
    encoding: 'utf8',
  })
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stderr: '', ...expected })
}

runs('node', { 'a.cjs': `console.log(require('node:path').basename(__filename), process.argv[2])` }, { stdout: 'a.cjs argument\n' })
runs(
  'tsx',
  {
    'main.ts': `
import { Color, Point } from './lib'
import { Point as Same } from './lib/point.js'
const read: (path: string) => boolean = require('node:fs').existsSync
console.log(Color.Red, new Point(21).twice, Same === Point, read(__filename), process.argv[2])
if (require.main === module) console.log(await Promise.resolve('the entry point'))`,
    'lib/index.ts': `export { Point } from './point'
export enum Color { Red = 'red' }`,
    'lib/point.ts': `export class Point {
  constructor(private readonly x: number) {}
  get twice(): number { return this.x * 2 }
}
if (typeof require !== 'undefined' && require.main === module) console.log('not the entry point')`,
  },
  { stdout: 'red 42 true true argument\nthe entry point\n' },
)

writeFileSync('/workspace/program/wrong.ts', 'const x: number =\n')
const wrong = spawnSync('tsx', ['wrong.ts'], { cwd: '/workspace/program', encoding: 'utf8' })
assert.notEqual(wrong.status, 0)
assert.match(wrong.stderr, /wrong\.ts:2/)

writeFileSync('/workspace/program/throws.ts', 'interface A { b: number }\n\nthrow new Error("thrown")\n')
assert.match(spawnSync('tsx', ['throws.ts'], { cwd: '/workspace/program', encoding: 'utf8' }).stderr, /throws\.ts:3/)

console.log('ok')
