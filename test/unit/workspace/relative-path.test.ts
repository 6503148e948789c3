import { describe, expect, test } from 'vitest'
import { assertNoCollisions, assertRelativePath, OWN_PREFIX } from '../../../src/workspace/index.ts'
import { expectCode } from '../../support/expect-code.ts'

describe('assertRelativePath', () => {
  test.each([
    ['main.py'],
    ['a/b/c.txt'],
    ['.hidden'],
    ['.config/settings'],
    ['...three'],
    ['..b'],
    ['a..b'],
    ['-c.py'],
    ['--help'],
    ['with space.txt'],
    [' leading space'],
    [`it's "quoted" & $HOME`],
    ['semi;colon'],
    ['star*?[x]'],
    ['a~b'],
    ['sub/~'],
    ['漢字/ünïcode.py'],
    ['😀'],
    ['con2.txt'],
    ['console'],
    ['com'],
    ['com10'],
    ['lpt'],
    ['auxiliary/null.txt'],
    ['a.con'],
    ['polyrun-x'],
    [`x${OWN_PREFIX}`],
    ['x'.repeat(255)],
    [`${'x'.repeat(252)}字`],
    [`${'d/'.repeat(2047)}ff`],
    ['10:30.txt'],
  ])('%j is fine', (path) => {
    assertRelativePath(path)
  })

  test.each<[string, string]>([
    ['', 'is empty'],
    ['/etc/passwd', 'is absolute'],
    ['//server/share', 'is absolute'],
    ['C:/x', 'is absolute'],
    ['c:x', 'is absolute'],
    ['C:', 'is absolute'],
    ['a:b', 'is absolute'],
    ['~', 'starts with ~, which is not expanded'],
    ['~/x', 'starts with ~, which is not expanded'],
    ['~root/x', 'starts with ~, which is not expanded'],
    ['..', 'has a .. part'],
    ['../x', 'has a .. part'],
    ['a/../b', 'has a .. part'],
    ['a/..', 'has a .. part'],
    ['.', 'has a . part'],
    ['./x', 'has a . part'],
    ['a/./b', 'has a . part'],
    ['a//b', 'has an empty part'],
    ['a/', 'ends with /, so it names a directory'],
    ['a\\b', 'has a backslash; parts are separated by /'],
    ['..\\x', 'has a backslash; parts are separated by /'],
    ['\\\\server\\share', 'has a backslash; parts are separated by /'],
    ['a\0b', 'has a control character'],
    ['a\nb', 'has a control character'],
    ['a\tb', 'has a control character'],
    ['a\x7fb', 'has a control character'],
    ['a\x1b[31m', 'has a control character'],
    ['a.', 'has a part that ends with a dot or a space'],
    ['a ', 'has a part that ends with a dot or a space'],
    ['a./b', 'has a part that ends with a dot or a space'],
    ['...', 'has a part that ends with a dot or a space'],
    ['con', 'has the reserved name con'],
    ['NUL', 'has the reserved name NUL'],
    ['Aux.c', 'has the reserved name Aux.c'],
    ['sub/prn.tar.gz', 'has the reserved name prn.tar.gz'],
    ['com0', 'has the reserved name com0'],
    ['COM9.txt', 'has the reserved name COM9.txt'],
    ['lpt1/x', 'has the reserved name lpt1'],
    [`${OWN_PREFIX}x`, `uses the prefix ${OWN_PREFIX}, which is reserved`],
    [`sub/${OWN_PREFIX}x/y`, `uses the prefix ${OWN_PREFIX}, which is reserved`],
    ['x'.repeat(256), 'has a part longer than 255 bytes'],
    ['x'.repeat(300), 'has a part longer than 255 bytes'],
    [`${'x'.repeat(253)}字`, 'has a part longer than 255 bytes'],
    [`${'d/'.repeat(2048)}f`, 'is longer than 4096 bytes'],
    ['x/'.repeat(2500).slice(0, -1), 'is longer than 4096 bytes'],
    ['\uD83D', 'has a lone surrogate, which no file name can hold'],
  ])('%j is refused, with the reason', async (path, reason) => {
    const { details, message } = await expectCode(() => assertRelativePath(path), 'INVALID_PATH', path.slice(0, 40))
    expect(details).toEqual({ path, reason })
    expect(message).toContain('Give a relative path below the working directory.')
    expect(message.length).toBeLessThan(400)
  })

  test.each<[unknown]>([[7], [{}], [['a']], [null], [undefined]])('%o, which is no text, is refused', async (path) => {
    await expectCode(() => assertRelativePath(path as string), 'INVALID_PATH', String(path))
  })
})

describe('assertNoCollisions', () => {
  test.each<[readonly string[]]>([
    [[]],
    [['a']],
    [['a', 'b']],
    [['a/b', 'a/c', 'ab']],
    [['a', 'ab/c', 'a.b/c']],
    [['dir/file', 'dir2']],
    [['ß', 's']],
  ])('%j stand beside each other', (paths) => {
    assertNoCollisions(paths)
  })

  test.each<[readonly [string, string]]>([
    [['a', 'A']],
    [['Sub/x', 'sub/X']],
    [['MAIN.PY', 'main.py']],
    [['É', 'é']],
    [['caf\u00e9', 'cafe\u0301']],
    [['CAF\u00c9', 'cafe\u0301']],
    [['\u212A', 'k']],
    [['ΟΔΟΣ', 'οδοσ']],
    [['data', 'data/one']],
    [['data/one', 'data']],
    [['Data', 'data/one']],
    [['a/b/c/d', 'a/b']],
  ])('%j collide', async (paths) => {
    const { details } = await expectCode(() => assertNoCollisions(paths), 'INVALID_PATH', paths.join(' and '))
    expect(paths).toContain(details.path)
    expect(details.reason).toMatch(/^(collides with|needs a directory where) "/)
  })

  test('ten thousand paths are checked in no time worth telling', () => {
    const paths = Array.from({ length: 10_000 }, (_, index) => `a/b/c/d/${index}.txt`)
    const startedAt = performance.now()
    assertNoCollisions(paths)
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })
})
