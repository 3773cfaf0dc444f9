// Task modules: functions kept in a file of their own, named here and run there.
//
// Promises to cover R6: what fails in the module reaches every wait, quickly, with its own class and place; and that a
// module is loaded once per loop.

import ava from 'ava'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { AsyncRunner, Queue, taskModule } from 'threaded-async'
import { runnerFor } from '../support/runner-fixture.mjs'
import { CrawlError } from './tasks.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const url = new URL('./tasks.mjs', import.meta.url)
const tasks = taskModule(url)

const folder = mkdtempSync(join(tmpdir(), 'runner-modules-'))
ava.after.always(() => rmSync(folder, { recursive: true }))

/** The URL of a new module with this text. */
function moduleOf(name, text) {
  const path = join(folder, name)
  writeFileSync(path, text)
  return pathToFileURL(path)
}

test('a function of a module runs there, with all that the module has around it', t => {
  const runner = runnerFor(t)
  t.is(runner.run(tasks.double, [21]), 42)
  t.is(runner.callInLoop(tasks.double, [4]), 8)
  t.is(runner.createTask(tasks.default).wait(), 'default')
  t.deepEqual(runner.createTask(tasks.arrow, [1, 2]).wait(), ['arrow', 1, 2])
  t.deepEqual(runner.createTask(tasks.arrow, [], { name: 'given' }).wait(), ['given'])
})

test('the URL may be given as text, and as a data: URL', t => {
  const runner = runnerFor(t)
  t.is(runner.run(taskModule(url.href).double, [1]), 2)
  t.is(runner.run(taskModule('data:text/javascript,export const five = async () => 5').five), 5)
  t.is(typeof runner.run(taskModule('node:os').cpus).length, 'number')
})

test('the default export that TypeScript has compiled to CommonJS, and methods of what a CommonJS module exports', t => {
  const runner = runnerFor(t)
  const compiled = taskModule(new URL('../synchronized/modules/compiled.cjs', import.meta.url))
  t.is(runner.run(compiled.default, [1]), 2)
  t.is(runner.run(compiled.named, [1]), 4)
  const path = moduleOf('instance.cjs', 'module.exports = new (class { async five() { return 5 } })()')
  t.is(runner.run(taskModule(path).five), 5)
  for (const name of ['toString', 'constructor', 'missing', 'hasOwnProperty']) {
    t.throws(() => runner.run(taskModule(path)[name]), { message: /exports no function named/ }, name)
  }
})

test('a module is loaded once by each loop, however many ask for it at once', t => {
  const [one, two] = [runnerFor(t), runnerFor(t)]
  const again = taskModule(url)
  const both = [one, two].flatMap(runner =>
    [tasks.loads, again.loads, taskModule(url.href).loads].map(fn => runner.createTask(fn)),
  )
  t.deepEqual(
    both.map(task => task.wait()),
    Array(6).fill(1),
  )
})

test('tasks of a module start in order once it is loaded', t => {
  const runner = runnerFor(t)
  const href = moduleOf('order.mjs', 'export function put(queue, n) { queue.putNowait(n) }')
  const order = new Queue()
  for (let i = 0; i < 20; i++) runner.createTask(taskModule(href).put, [order, i])
  t.deepEqual(
    Array.from({ length: 20 }, () => order.getWait()),
    Array.from({ length: 20 }, (_, i) => i),
  )
})

test('an error of a class that both sides know arrives as that very class', async t => {
  const runner = runnerFor(t)
  const error = t.throws(() => runner.run(tasks.crawl, ['http://example.org/x']), { instanceOf: CrawlError })
  t.is(error.host, 'example.org')
  t.is(error.message, 'could not crawl http://example.org/x')
  t.true(error.cause instanceof TypeError)
  t.regex(error.stack, /\/tasks\.mjs/)
})

test('an error of a class that only the module knows arrives as its built-in ancestor, with its name', t => {
  const runner = runnerFor(t)
  const error = t.throws(() => runner.run(tasks.throwLocal), { instanceOf: RangeError, message: 'mine' })
  t.is(error.name, 'LocalError')
})

// --- R6

const broken = {
  'a missing module': {
    module: () => new URL('./no-such-module.mjs', import.meta.url),
    check: (t, error) => t.is(error.code, 'ERR_MODULE_NOT_FOUND'),
  },
  'a missing package': {
    module: () => moduleOf('needs.mjs', "import 'no-such-package-at-all'\nexport const fn = () => 1"),
    check: (t, error) => t.is(error.code, 'ERR_MODULE_NOT_FOUND'),
  },
  'a syntax error': {
    module: () => moduleOf('syntax.mjs', 'export const fn = = 1'),
    check: (t, error) => {
      t.true(error instanceof SyntaxError)
      t.true(error.stack.startsWith(`${pathToFileURL(join(folder, 'syntax.mjs'))}:1\n`), error.stack)
    },
  },
  'a throw at import': {
    module: () => moduleOf('throws.mjs', "throw new RangeError('at import')\nexport const fn = () => 1"),
    check: (t, error) => {
      t.true(error instanceof RangeError)
      t.is(error.message, 'at import')
    },
  },
  'a rejection at import': {
    module: () =>
      moduleOf('rejects.mjs', "await Promise.reject(new RangeError('at import'))\nexport const fn = () => 1"),
    check: (t, error) => t.is(error.message, 'at import'),
  },
  'a function that is not there': {
    module: () => moduleOf('other.mjs', 'export const other = () => 1'),
    check: (t, error) => t.regex(error.message, /fn/),
  },
  'an export that is no function': {
    module: () => moduleOf('value.mjs', 'export const fn = 5'),
    check: (t, error) => t.regex(error.message, /fn/),
  },
}

for (const [what, { module, check }] of Object.entries(broken)) {
  test(`R6: ${what}: every wait gets that error, quickly, and the loop lives on`, async t => {
    const runner = runnerFor(t)
    const { fn } = taskModule(module())
    runner.waitForNextEventloopIteration()
    const before = performance.now()
    check(
      t,
      t.throws(() => runner.run(fn, [], { timeout: 20_000 })),
    )
    check(
      t,
      t.throws(() => runner.callInLoop(fn, [], { timeout: 20_000 })),
    )
    check(t, await t.throwsAsync(runner.createTask(fn).result({ timeout: 20_000 })))
    t.true(performance.now() - before < 5000)
    t.is(
      runner.run(() => 'alive'),
      'alive',
    )
    t.notThrows(() => runner.close())
  })
}

test('R6: an error at import that nobody waits for is reported at the close', t => {
  const runner = new AsyncRunner()
  runner.createTask(taskModule(moduleOf('late.mjs', "throw new RangeError('late')")).fn, [], { name: 'late' })
  const group = t.throws(() => runner.close(), { code: 'ERR_EXCEPTION_GROUP' })
  t.is(group.exceptions.length, 1)
  t.is(group.exceptions[0].message, 'late')
})

test('odd URLs throw at once; calling the stand-in here says what to do', t => {
  for (const odd of ['./tasks.mjs', 'tasks', 5, undefined, {}]) {
    t.throws(() => taskModule(odd), { code: 'ERR_INVALID_ARG_TYPE' }, String(odd))
  }
  t.throws(() => tasks.double(1), { instanceOf: TypeError, message: /createTask/ })
  t.is(tasks.double.name, 'double')
  t.is(tasks.double, tasks.double)
})

test('a task module can be awaited and printed without harm', async t => {
  const { inspect } = await import('node:util')
  t.is(await tasks, tasks)
  t.is(typeof inspect(tasks), 'string')
})
