// A thread that never comes up: everyone who waits for it hears so soon, with the cause; where it can come up, it does.
//
// Promises R7 for threads that are not up yet, and S10 for their ports. A boot is measured in a process of its own, since what it dies of concerns the whole process. How long a
// death goes unnoticed is 100 ms on a machine that is not busy; the bound here is one that a busy machine keeps.

import ava from 'ava'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AsyncRunner, ShutdownType } from 'threaded-async'
import { ends, passes, programs, root } from '../support/program.mjs'

const test = ava.serial
const SOON = 5000
const preload = ['--require', './boot-preload.cjs']

async function dies(t, args, { cause, exitCode = null, flags = preload, ...options }) {
  const lines = await passes(t, [...flags, 'boot-deaths.mjs', ...args], options)
  const [code, message, exit, ms] = JSON.parse(lines[1])
  t.is(code, 'ERR_RUNNER_DIED', lines.join('\n'))
  t.regex(message, cause)
  t.is(exit, exitCode)
  t.true(ms < SOON, `${ms} ms`)
  const [, shutdownType, closing] = lines[2].split(' ')
  if (shutdownType !== 'undefined') t.is(Number(shutdownType), ShutdownType.UNKNOWN)
  t.true(Number(closing) < SOON, `closed within ${closing} ms`)
  return ms
}

const env = HOW => ({ HOW, WHO: 'stillborn' })
const blocking = ['run', 'wait', 'callInLoop', 'waitForNextEventloopIteration', 'getWait', 'eventWait', 'close']
const awaiting = ['result', 'get', 'closeAsync']

for (const door of [...blocking, 'process', 'listener', ...awaiting]) {
  test(`R7: ${door} ends soon with the error of a thread that dies while it starts`, async t => {
    t.log(`${await dies(t, [door], { env: env('throws'), cause: /^no loops, please$/ })} ms`)
  })
}

for (const how of ['exits', 'exits without an error']) {
  test(`R7: run and close end soon where the thread ${how} while it starts`, async t => {
    for (const door of ['run', 'close']) {
      // How it has exited is known only to a loop that turns: no code is better than a wrong one.
      await dies(t, [door], { env: env(how), cause: /before its loop was up/ })
    }
    const exitCode = how === 'exits' ? 5 : 0
    await dies(t, ['result'], { env: env(how), exitCode, cause: new RegExp(`exit code ${exitCode} before`) })
  })
}

test('R7: a thread that throws what cannot cross is noticed as well', async t => {
  await dies(t, ['run'], { env: env('throws what cannot cross'), cause: /./ })
})

// Elsewhere nothing tells of the thread, and its maker has to.
const onLinux = process.platform === 'linux' ? test : test.skip

onLinux('R7: another thread hears of the death while the maker computes', async t => {
  t.log(`${await dies(t, ['third'], { env: env('throws'), cause: /before its loop was up/ })} ms`)
})

onLinux('R7: a thread that finds no descriptors left says so', async t => {
  const shell = left => `ulimit -n 64; exec '${process.execPath}' boot-deaths.mjs run descriptors=${left}`
  const options = { flags: [], command: 'bash', cause: /EMFILE/ }
  const lines = await passes(t, ['-c', shell(0)], options)
  t.regex(lines[1], /ERR_RUNNER_DIED.*EMFILE/)
  // With a few it may die at any step, or come up.
  for (const left of [1, 2, 3, 4]) {
    const [, line] = await passes(t, ['-c', shell(left)], options)
    t.regex(line, /^result|ERR_RUNNER_DIED.*(EMFILE|before its loop was up)/)
  }
})

test('R7: a thread whose heap is too small is noticed, wherever it runs out of memory', async t => {
  for (const limit of [4, 5, 6, 8]) {
    const [, line] = await passes(t, ['boot-deaths.mjs', 'run', `limits=${limit}`])
    t.regex(line, /^result|ERR_RUNNER_DIED",(?!"undefined)/)
  }
})

test('a limit with which V8 would end the process is refused', t => {
  for (const resourceLimits of [{ maxOldGenerationSizeMb: 1 }, { stackSizeMb: 0.1 }]) {
    const error = t.throws(() => new AsyncRunner({ resourceLimits }), { code: 'ERR_OUT_OF_RANGE' })
    t.regex(error.message, /options\.resourceLimits\.\w+/)
  }
})

/** Makes a directory with a copy of the package, or a link to it, among its modules. */
function installed(t, isLink) {
  const directory = mkdtempSync(join(tmpdir(), 'threaded-async-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const place = join(directory, 'node_modules', 'threaded-async')
  mkdirSync(join(directory, 'node_modules'))
  if (isLink) symlinkSync(root, place)
  else {
    mkdirSync(place)
    const addons = readdirSync(root).filter(name => name.endsWith('.node'))
    for (const name of ['package.json', 'dist', 'binding.cjs', ...addons]) {
      cpSync(join(root, name), join(place, name), { recursive: true })
    }
    for (const name of ['acorn', 'eslint-scope', 'tslib', 'estraverse', 'esrecurse']) {
      symlinkSync(join(root, 'node_modules', name), join(directory, 'node_modules', name))
    }
  }
  return directory
}

const linked = `
  import { AsyncRunner, Queue, taskModule } from 'threaded-async'
  import { realpathSync } from 'node:fs'
  const tasks = taskModule(new URL('./tasks.mjs', import.meta.url))
  const runner = new AsyncRunner()
  const queue = new Queue(runner)
  const name = runner.run(tasks.current, [queue])
  const isOne = queue.getWait() === queue && runner.run(tasks.nested) === 2
  runner.close()
  console.log(name === runner.name && isOne ? 'pass' : name)`
const linkedTasks = `
  import { AsyncRunner, Queue } from 'threaded-async'
  export async function current(queue) {
    if (!(queue instanceof Queue)) throw new Error('another copy')
    await queue.put(queue)
    return AsyncRunner.current.name
  }
  export async function nested() {
    const runner = new AsyncRunner()
    const result = await runner.createTask(() => 2).result()
    await runner.closeAsync()
    return result
  }`

test('with --preserve-symlinks and a linked package loops start, and have one copy of it', async t => {
  const cwd = installed(t, true)
  writeFileSync(join(cwd, 'main.mjs'), linked)
  writeFileSync(join(cwd, 'tasks.mjs'), linkedTasks)
  await ends(t, ['main.mjs'], { cwd })
  await ends(t, ['--preserve-symlinks', 'main.mjs'], { cwd })
  await ends(t, ['--preserve-symlinks', '--preserve-symlinks-main', 'main.mjs'], { cwd })
  await ends(t, ['--preserve-symlinks', '--expose-gc', 'main.mjs'], { cwd })
  await ends(t, ['main.mjs'], { cwd, env: { NODE_OPTIONS: '--preserve-symlinks' } })
})

test('with --frozen-intrinsics loops start, and write what they are asked to', async t => {
  const code = `
    const { AsyncRunner } = require('threaded-async')
    const runner = new AsyncRunner()
    runner.run(async () => {
      await new Promise(resolve => setTimeout(resolve, 1))
      await new Promise(resolve => setImmediate(resolve))
      console.log('pass')
    })
    runner.close()`
  await ends(t, ['--no-warnings', '--frozen-intrinsics', '-e', code])
})

const flags = [
  ['--no-warnings', '--disable-proto=throw'],
  ['--no-warnings', '--disable-proto=delete'],
  ['--no-warnings', '--disallow-code-generation-from-strings'],
  ['--no-deprecation', '--pending-deprecation'],
  ['--no-warnings', '--no-global-search-paths'],
  ['--no-warnings', '--experimental-vm-modules'],
  ['--no-warnings', '--unhandled-rejections=warn'],
]

for (const given of flags) {
  test(`under ${given.at(-1)} a loop starts, or the error comes at once`, async t => {
    const code = `
      try {
        const { AsyncRunner } = require('threaded-async')
        const runner = new AsyncRunner()
        runner.run(async () => 1)
        runner.close()
      } catch (error) {
        if (!error.code) throw error
      }
      console.log('pass')`
    await ends(t, [...given, '-e', code])
  })
}

test('R7: a thread that finds the package gone is noticed, and others go on', async t => {
  const cwd = installed(t, false)
  cpSync(join(programs, 'boot-deaths.mjs'), join(cwd, 'boot-deaths.mjs'))
  cpSync(join(programs, 'support.mjs'), join(cwd, 'support.mjs'))
  const args = ['run', `gone=${join(cwd, 'node_modules', 'threaded-async')}`]
  await dies(t, args, { flags: [], cwd, cause: /Cannot find module/ })
})

test('a thread that is slow to start is never taken for dead', t => {
  const runners = Array.from({ length: 40 }, () => new AsyncRunner())
  const tasks = runners.map(runner => runner.createTask(() => 1))
  t.deepEqual(new Set(tasks.map(task => task.wait())), new Set([1]))
  for (const runner of runners) runner.close()
})

test('S10: a maker keeps no port for each runner it has made', async t => {
  const code = `
    import { AsyncRunner } from 'threaded-async'
    const asyncs = () => process.report.getReport().libuv.filter(({ type }) => type === 'async').length
    const turn = () => new Promise(resolve => setImmediate(resolve))
    async function live(count, isBlocking) {
      for (let i = 0; i < count; i++) {
        const runner = new AsyncRunner()
        if (isBlocking) runner.run(() => 1)
        else await runner.createTask(() => 1).result()
        if (isBlocking) runner.close()
        else await runner.closeAsync()
        await turn()
      }
    }
    process.report.excludeNetwork = true
    await live(10, true)
    await live(10, false)
    const before = asyncs()
    await live(60, true)
    await live(60, false)
    // A thread tells its maker's loop of its end after its runner has ended.
    for (const end = performance.now() + 60_000; asyncs() > before && performance.now() < end;) await turn()
    console.log(asyncs() <= before ? 'pass' : asyncs() + ' after ' + before)`
  await ends(t, ['--input-type=module', '-e', code], { deadline: 120_000 })
})
