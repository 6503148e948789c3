import { describe, expect, test } from 'vitest'
import { makeLocal, makePortable, noCgroups, noSandbox, skipBecause } from '../support/local.ts'
import { OwnerProcess } from '../support/owner.ts'
import { cgroupsOf, newMarker, PATIENCE, processesWith, seeAlive, seeDead, temporaryDirectoriesOf } from '../support/world.ts'

/** Starts a program that ignores every request to end, without waiting for it. The marker comes in a variable: in the owner's arguments it would be found there. */
const START_PROGRAM =
  'executor.executeCode(`trap "" TERM HUP INT; sh -c "sleep 600; :" ${process.env.MARKER}; :`, "sh", { timeoutMs: 600_000 }).catch(() => {})'
const EXECUTORS = {
  'no isolation': `new LocalCodeExecutor({ isolation: 'none' })`,
  fallbacks: `new LocalCodeExecutor({ isolation: 'none' }, portableHost())`,
  bubblewrap: `new LocalCodeExecutor({ isolation: 'bubblewrap' })`,
} as const
const ways = Object.entries(EXECUTORS).map(([name, make]) => [name, make, name === 'bubblewrap' ? noSandbox : undefined] as const)

describe.each(ways)('%s', (name, make, missing) => {
  skipBecause(missing)
  test('process.exit without stop leaves no process and no temporary directory', async () => {
    const marker = newMarker()
    const owner = new OwnerProcess(
      `const executor = ${make}\n${START_PROGRAM}\nprocess.on('SIGUSR2', () => process.exit(7))\nconsole.log('up')\nsetInterval(() => {}, 1000)`,
      { MARKER: marker },
    )
    await owner.says('up')
    await seeAlive(marker)
    owner.child.kill('SIGUSR2')
    expect(await owner.ended).toEqual({ exitCode: 7, signal: null })
    await seeDead(marker)
    expect(temporaryDirectoriesOf(owner.pid)).toEqual([])
  })

  test('an exception that nobody caught leaves no process and no temporary directory', async () => {
    const marker = newMarker()
    const owner = new OwnerProcess(
      `const executor = ${make}\n${START_PROGRAM}\nprocess.on('SIGUSR2', () => { throw new Error('crash') })\nconsole.log('up')\nsetInterval(() => {}, 1000)`,
      { MARKER: marker },
    )
    await owner.says('up')
    await seeAlive(marker)
    owner.child.kill('SIGUSR2')
    expect((await owner.ended).exitCode).toBe(1)
    await seeDead(marker)
    expect(temporaryDirectoriesOf(owner.pid)).toEqual([])
  })

  test('the next start anywhere removes the directory of a killed process', async () => {
    const owner = new OwnerProcess(
      `const executor = ${make}\nawait executor.executeCode('true', 'sh')\nconsole.log('up')\nsetInterval(() => {}, 1000)`,
    )
    await owner.says('up')
    expect(temporaryDirectoriesOf(owner.pid)).toHaveLength(1)
    owner.child.kill('SIGKILL')
    await owner.ended
    await makeLocal().start()
    expect(temporaryDirectoriesOf(owner.pid)).toEqual([])
  })

  test('a started, idle executor does not keep its process alive', async () => {
    const owner = new OwnerProcess(`const executor = ${make}\nawait executor.start()\nconsole.log('up')`)
    await owner.says('up')
    expect(await owner.ended).toEqual({ exitCode: 0, signal: null })
    expect(temporaryDirectoriesOf(owner.pid)).toEqual([])
  })

  test('nor does one that ran programs, in several at once', async () => {
    const owner = new OwnerProcess(
      `const executor = ${make}\nconst runs = [1, 2, 3].map((n) => executor.executeCode('cat; echo ' + n, 'sh', { stdin: 'x' }))\nconsole.log((await Promise.all(runs)).length)`,
    )
    expect(await owner.ended).toEqual({ exitCode: 0, signal: null })
    expect(owner.stdout).toBe('3\n')
    expect(temporaryDirectoriesOf(owner.pid)).toEqual([])
  })

  test('an idle executor of a process that is killed leaves no process', async () => {
    const owner = new OwnerProcess(`const executor = ${make}\nawait executor.start()\nconsole.log('up')\nsetInterval(() => {}, 1000)`)
    await owner.says('up')
    owner.child.kill('SIGKILL')
    await owner.ended
    // What waits has the name of the owner's directory or cgroup in its arguments.
    await expect.poll(() => processesWith(`polyrun-${owner.pid}-`), PATIENCE).toEqual([])
  })

  test('a program that runs keeps its process alive until its end', async () => {
    const owner = new OwnerProcess(
      `const executor = ${make}\nexecutor.executeCode('sleep 0.5; echo done', 'sh').then((result) => console.log(result.output))`,
    )
    expect(await owner.ended).toEqual({ exitCode: 0, signal: null })
    expect(owner.stdout, name).toBe('done\n\n')
  })
})

describe('a process that was killed while its program ran', () => {
  test('the next start anywhere ends the program and removes its cgroup', async (context) => {
    context.skip(noCgroups !== undefined, noCgroups)
    const marker = newMarker()
    const owner = new OwnerProcess(`const executor = ${EXECUTORS['no isolation']}\n${START_PROGRAM}\nsetInterval(() => {}, 1000)`, {
      MARKER: marker,
    })
    await seeAlive(marker)
    expect(cgroupsOf(owner.pid)).not.toEqual([])
    owner.child.kill('SIGKILL')
    await owner.ended
    expect(processesWith(marker), 'it lives on, or there is nothing to sweep').not.toEqual([])
    await makeLocal().start()
    await seeDead(marker)
    await expect
      .poll(async () => {
        await makeLocal().start() // a cgroup cannot be removed in the instant after its end; a later start does it
        return cgroupsOf(owner.pid)
      }, PATIENCE)
      .toEqual([])
  })

  test('without cgroups the next start without them ends the program', async () => {
    const marker = newMarker()
    const owner = new OwnerProcess(`const executor = ${EXECUTORS['fallbacks']}\n${START_PROGRAM}\nsetInterval(() => {}, 1000)`, {
      MARKER: marker,
    })
    await seeAlive(marker)
    owner.child.kill('SIGKILL')
    await owner.ended
    expect(processesWith(marker), 'it lives on, or there is nothing to sweep').not.toEqual([])
    const living = makePortable()
    const own = newMarker()
    const run = living.executeCode(`sleep 600 # ${own}`, 'sh', { args: [own] })
    run.catch(() => {})
    await seeAlive(own)
    await makePortable().start()
    await seeDead(marker)
    expect(processesWith(own), 'what a living process runs is left alone').not.toEqual([])
  })

  test('many that start at once do not trip over each other’s sweeping', async (context) => {
    context.skip(noCgroups !== undefined, noCgroups)
    const owner = new OwnerProcess(`const executor = new LocalCodeExecutor({ isolation: 'none', concurrency: 12 })
await Promise.all(Array.from({ length: 12 }, () => executor.executeCode('echo', 'sh')))
for (let n = 0; n < 12; n += 1) executor.executeCode('sleep 600', 'sh').catch(() => {})
setTimeout(() => console.log('up'), 500)
setInterval(() => {}, 1000)`)
    await owner.says('up')
    owner.child.kill('SIGKILL')
    await owner.ended
    const starters = Array.from(
      { length: 6 },
      () => new OwnerProcess(`const executor = ${EXECUTORS['no isolation']}\nawait executor.start()\nconsole.log('started')`),
    )
    for (const starter of starters) expect(await starter.ended, starter.stderr).toEqual({ exitCode: 0, signal: null })
  })

  test('in a sandbox the program dies with it', async (context) => {
    context.skip(noSandbox !== undefined, noSandbox)
    const marker = newMarker()
    const owner = new OwnerProcess(`const executor = ${EXECUTORS.bubblewrap}\n${START_PROGRAM}\nsetInterval(() => {}, 1000)`, {
      MARKER: marker,
    })
    await seeAlive(marker)
    owner.child.kill('SIGKILL')
    await owner.ended
    await seeDead(marker)
  })

  test('the directory of a process that lives is left alone', async () => {
    const owner = new OwnerProcess(
      `const executor = ${EXECUTORS['no isolation']}\nawait executor.executeCode('echo > kept', 'sh')\nconsole.log('up')\nprocess.on('SIGUSR2', async () => { console.log((await executor.executeCode('ls', 'sh')).output); process.exit() })\nsetInterval(() => {}, 1000)`,
    )
    await owner.says('up')
    await Promise.all([makeLocal().start(), makePortable().start()])
    expect(temporaryDirectoriesOf(owner.pid)).toHaveLength(1)
    owner.child.kill('SIGUSR2')
    await owner.ended
    expect(owner.stdout).toContain('kept')
  })
})

describe('the warning that nothing is isolated', () => {
  const warnings = (owner: OwnerProcess): number => owner.stderr.split('POLYRUN_NO_ISOLATION').length - 1

  test('comes once per process, however many executors are made', async () => {
    const owner = new OwnerProcess('for (let n = 0; n < 5; n += 1) new LocalCodeExecutor()')
    await owner.ended
    expect(warnings(owner)).toBe(1)
    expect(owner.stderr).toContain("isolation is 'none'")
  })

  test('does not come where none was asked for by name', async () => {
    const owner = new OwnerProcess(`new LocalCodeExecutor({ isolation: 'none' })`)
    await owner.ended
    expect(owner.stderr).toBe('')
  })

  test('comes where auto found no sandbox', async () => {
    const owner = new OwnerProcess(`new LocalCodeExecutor({ isolation: 'auto' }, portableHost())`)
    await owner.ended
    expect(warnings(owner)).toBe(1)
  })

  test('does not come in a sandbox', async (context) => {
    context.skip(noSandbox !== undefined, noSandbox)
    const owner = new OwnerProcess(`new LocalCodeExecutor({ isolation: 'auto' }); new LocalCodeExecutor({ isolation: 'bubblewrap' })`)
    await owner.ended
    expect(owner.stderr).toBe('')
  })
})

test('many executors at once give no warning about listeners', async () => {
  const owner = new OwnerProcess(`const executors = Array.from({ length: 15 }, () => new LocalCodeExecutor({ isolation: 'none' }))
await Promise.all(executors.map((executor) => executor.start()))
await Promise.all(executors.map((executor) => executor.stop()))`)
  expect(await owner.ended).toEqual({ exitCode: 0, signal: null })
  expect(owner.stderr).toBe('')
})
