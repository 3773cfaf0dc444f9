// `synchronized`: a module's functions as blocking ones; what is copied, what stays on the loop, and what is refused.
//
// Promises to cover Y1 to Y5.

import ava from 'ava'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { Queue, synchronized } from 'threaded-async'
import { passes, stress } from '../support/program.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const url = new URL('./modules/store.mjs', import.meta.url)
const store = synchronized(url)
const folder = mkdtempSync(join(tmpdir(), 'synchronized-'))

ava.after.always(() => {
  store[Symbol.dispose]()
  rmSync(folder, { recursive: true })
})

/** A module that is closed when its test ends. */
function moduleFor(t, specifier, options) {
  const module = synchronized(specifier, options)
  t.teardown(() => {
    try {
      module[Symbol.dispose]()
    } catch {}
  })
  return module
}

// --- Y1: functions and data

test('Y1: async and plain functions of a module block and return, and what they change is seen', t => {
  t.is(store.double(21), 42)
  t.is(store.count, 0)
  t.is(store.increase(), 1)
  t.is(store.count, 1)
  t.is(store.joined('a', 'b'), join('a', 'b'))
  const { double } = store
  t.deepEqual([1, 2].map(double), [2, 4])
  t.is(store.double, double)
})

test('Y1: exports that are no functions are copies, names that are no exports are undefined', t => {
  t.is(store.version, '1.2.3')
  t.deepEqual(store.limits, { most: 3, list: [1, 2] })
  t.is(store.nothing, undefined)
  t.is(store.then, undefined)
  t.true('double' in store && 'version' in store)
  t.false('nothing' in store)
  t.true(Object.keys(store).includes('version'))
  t.is(store.default.kind, 'default')
  t.is(store.default.greet('you'), 'hello you')
})

test('Y1: what a function throws is thrown at the call, with its fields and both stacks', t => {
  const error = t.throws(() => store.fail('no row'), { code: 'ERR_STORE', message: 'no row' })
  t.regex(error.stack, /store\.mjs/)
  t.regex(error.stack, /synchronized\.spec\.mjs/)
  t.throws(() => store.nothing(), { instanceOf: TypeError })
})

test('Y1: plain data is copied both ways, with its circles and of every kind', t => {
  const circle = store.circle()
  t.is(circle.self, circle)
  t.is(circle.list[0], circle)
  const { date, map, bytes, buffer, regexp, error, big, bare, ...rest } = store.kinds()
  t.deepEqual([date, map, bytes], [new Date(0), new Map([[1, new Set([2])]]), new Uint8Array([1, 2])])
  t.deepEqual([buffer, regexp, big, bare.a], [Buffer.from('ab'), /a/g, 1n, 1])
  t.true(error instanceof RangeError)
  t.deepEqual(rest, { none: undefined })
  const list3 = new Array(3)
  list3[2] = 3
  const sent = { list: list3, at: new Date(1), set: new Set(['a']) }
  t.deepEqual(store.echo(sent, undefined, null), [sent, undefined, null])
  const { text, list } = store.huge(1_000_000)
  t.deepEqual([text.length, list.length, list[99_999].i], [1_000_000, 100_000, 99_999])
  t.true(store.queue() instanceof Queue)
})

test('Y1: a function that returns what has a then is awaited', t => {
  t.is(store.query(), 'rows')
})

test('Y1: a specifier is found where import in the calling file would find it', t => {
  t.is(moduleFor(t, './modules/store.mjs').double(2), 4)
  t.is(moduleFor(t, 'node:path').basename('/a/b'), 'b')
  t.is(moduleFor(t, 'acorn').parse('1', { ecmaVersion: 2022 }).type, 'Program')
  t.is(moduleFor(t, 'data:text/javascript,export const five = async () => 5').five(), 5)
  const path = join(folder, 'a module.mjs')
  writeFileSync(path, 'export const here = async () => import.meta.url')
  t.regex(moduleFor(t, path).here(), /a%20module\.mjs$/)
})

test('Y1: CommonJS modules, and names that Node does not see in them', t => {
  const legacy = moduleFor(t, './modules/legacy.cjs')
  t.is(legacy.triple(2), 6)
  t.is(legacy.addBase(1), 8)
  t.is(legacy.default.triple(3), 9)
  t.is(legacy.base, 7)
})

test('Y1: the default export that TypeScript has compiled to CommonJS', t => {
  const compiled = moduleFor(t, './modules/compiled.cjs')
  t.is(compiled.default(1), 2)
  t.is(compiled.default.twice(1), 3)
  t.is(compiled.named(1), 4)
  t.is(compiled.default.default(1), 2)
})

test('Y1: functions of a CommonJS module find its others by `this`', t => {
  const methods = moduleFor(t, './modules/methods.cjs')
  t.is(methods.outer(2), 4)
  t.is(methods.default.outer(2), 4)
})

test('Y1: a default export that is a function, with functions of its own, and re-exported names', t => {
  const module = moduleFor(t, './modules/callable.mjs')
  t.is(module.default('a'), 'A')
  t.is(module.default.twice('a'), 'aa')
  t.is(module.default.level, 11)
  t.is(module.again(2), 4)
  t.is(new module.Box('box').label, 'box')
})

// --- Y2: what stays on the loop

test('Y2: instances stay on the loop: methods block, fields are read and written there', t => {
  const one = new store.Store('one')
  t.is(one.put('a', 1), one)
  t.is(one.get('a'), 1)
  t.is(one.size, 1)
  one.label = 'uno'
  t.is(one.label, 'uno')
  t.is(one.put, one.put)
  t.is(one.then, undefined)
  t.true(one instanceof store.Store)
  t.false({} instanceof store.Store)
  t.is(store.Store.create('two').label, 'two')
  t.deepEqual({ ...one }, { label: 'uno', open: true })
  t.is(inspect(one), '[Synchronized Store]')
  const { get } = one
  t.is(get('a'), 1)
  t.throws(
    () => {
      one.size = 5
    },
    { instanceOf: TypeError },
  )
  t.true(delete one.open)
  t.is(one.open, undefined)
})

test('Y2: as an argument, also inside of data, what stands for an object is the object', t => {
  const one = new store.Store()
  one.put('a', 1)
  t.is(store.sizeOf(one), 1)
  t.true(store.sameAs(one, { nested: [one] }))
  t.false(store.sameAs(one, { nested: [new store.Store()] }))
  t.is(one.put('self', one).get('self'), one)
  const [args] = store.echo({ map: new Map([['one', one]]) })
  t.is(args.map.get('one'), one)
})

test('Y2: functions of the module are arguments, too, also in data, before any object has arrived', t => {
  const module = moduleFor(t, url)
  t.is(module.callWith({ fn: module.double }, 4), 8)
  t.is(module.callWith({ fn: module.adder(1) }, 4), 5)
})

test('Y2: objects within data stay on the loop, the data is copied, the same object is the same', t => {
  const one = new store.Store()
  const rows = store.rowsOf(one, 3)
  t.deepEqual(
    rows.map(row => row.key),
    [0, 1, 2],
  )
  t.true(rows.every(row => row.store === one))
  const data = store.circleWithStore()
  t.is(data.self, data)
  t.is(data.map.get('store'), data.store)
  t.is(data.store.label, 'inside')
})

test('Y2: objects that hold functions stay on the loop, and functions that are returned block', t => {
  const tools = store.tools()
  t.is(tools.add(1, 2), 3)
  t.is(tools.version, 2)
  t.deepEqual(tools.inner, { list: [1], self: null })
  const add = store.adder(40)
  t.is(add(2), 42)
  t.is(typeof add, 'function')
})

test('Y2: iterators and async iterators are iterated blocking, and a break ends them there', t => {
  const before = store.log.length
  t.deepEqual([...store.numbers(4)], [0, 1, 2, 3])
  for (const n of store.numbers(9)) if (n === 1) break
  t.deepEqual(store.log.slice(before), ['numbers ended', 'numbers ended'])
  const one = new store.Store()
  one.put('a', 1)
  t.deepEqual([...one], [['a', 1]])
  const numbers = store.numbers(1)
  t.deepEqual(
    [numbers.next(), numbers.next()],
    [
      { value: 0, done: false },
      { value: 'done', done: true },
    ],
  )
})

// --- Y3: what is let go of

test('Y3: disposing an object disposes it there, once, and it is of no use after that', t => {
  const one = new store.Store('to be closed')
  one[Symbol.dispose]()
  one[Symbol.dispose]()
  t.is(store.log.filter(line => line === 'closed to be closed').length, 1)
  t.throws(() => one.label, { code: 'ERR_INVALID_STATE' })
  t.throws(() => store.sizeOf(one), { code: 'ERR_INVALID_STATE' })
})

test('Y3: 10,000 objects are let go of as they are collected, in a program that only blocks', async t => {
  await passes(t, ['../synchronized/growth.mjs'])
})

// --- Y4: what is refused

test('Y4: callbacks are refused by name, before anything is called', t => {
  const before = store.count
  const error = t.throws(() => store.echo(1, { onRow() {} }), { code: 'ERR_UNCLONEABLE' })
  t.is(error.path, 'args[1].onRow')
  t.regex(error.message, /store\.echo.*args\[1\]\.onRow.*callback/)
  t.regex(error.stack.split('\n')[1], /synchronized\.spec\.mjs/)
  t.throws(() => store.increase(() => {}), { code: 'ERR_UNCLONEABLE' })
  t.is(store.count, before)
  const other = moduleFor(t, url)
  t.throws(() => other.sizeOf(new store.Store()), { code: 'ERR_UNCLONEABLE' })
})

test('Y4: wrong arguments are refused before there is a thread', t => {
  t.throws(() => synchronized(), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => synchronized(5), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => synchronized(''), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => synchronized(url, 5), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => synchronized(url, { timeout: -1 }), { code: 'ERR_OUT_OF_RANGE' })
  t.throws(() => synchronized(url, { restart: 'yes' }), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => synchronized(url, { exitTimeout: NaN }), { code: 'ERR_OUT_OF_RANGE' })
})

test('Y4: a module that throws as it is imported throws where it is used', t => {
  const module = moduleFor(t, './modules/throws.mjs')
  t.throws(() => module.anything, { instanceOf: RangeError, message: 'not today' })
  t.throws(() => module.anything(), { instanceOf: RangeError, message: 'not today' })
  t.throws(() => moduleFor(t, './modules/none.mjs').anything, { code: 'ERR_MODULE_NOT_FOUND' })
  t.throws(() => moduleFor(t, 'no-such-package').anything, { code: 'ERR_MODULE_NOT_FOUND' })
})

// --- Y5: what hangs, dies and ends

const quiet = { logForcedShutdownStackTrace: false, exitTimeout: 200 }

test('Y5: a call that runs out of time is cancelled, and the module goes on', t => {
  const module = moduleFor(t, url, { ...quiet, timeout: 2000 })
  t.is(module.double(1), 2)
  t.throws(() => module.hang(), { code: 'ERR_EVENT_LOOP_TIMEOUT' })
  t.is(module.double(2), 4)
})

test('Y5: with restart, a stuck loop is replaced before the next call, and its objects end', t => {
  const module = moduleFor(t, url, { ...quiet, timeout: 3000, restart: true })
  const { double } = module
  const old = new module.Store()
  t.is(module.increase(), 1)
  t.throws(() => module.spin(), { code: 'ERR_EVENT_LOOP_TIMEOUT' })
  t.is(double(4), 8)
  t.is(module.count, 0)
  t.throws(() => old.label, { code: 'ERR_RUNNER_DIED' })
  t.throws(() => module.sizeOf(old), { code: 'ERR_INVALID_STATE' })
  t.is(new module.Store('new').label, 'new')
})

test('Y5: with restart, an object of the old loop is never taken for one of the new, nor released there', t => {
  const module = moduleFor(t, url, { ...quiet, restart: true })
  const old = new module.Store('old')
  t.throws(() => module.exit(3), { code: 'ERR_RUNNER_DIED' })
  t.throws(() => module.labelOf({ store: old }), { code: 'ERR_INVALID_STATE' })
  const one = new module.Store('new')
  t.is(module.labelOf({ store: one }), 'new')
  t.throws(() => old[Symbol.dispose](), { code: 'ERR_RUNNER_DIED' })
  t.is(module.labelOf({ store: one }), 'new')
})

test('Y5: with restart, a loop that has exited or ran out of memory is replaced, again and again', t => {
  const resourceLimits = { maxOldGenerationSizeMb: 40 }
  const module = moduleFor(t, url, { ...quiet, restart: true, resourceLimits })
  for (const end of ['exit', 'eat', 'exit']) {
    t.is(module.increase(), 1)
    t.throws(() => module[end](3), { code: 'ERR_RUNNER_DIED' })
  }
  t.is(module.double(4), 8)
})

test('Y5: loops that end, hang and get stuck at random are replaced, and no call gets the answer of another', async t => {
  await passes(t, ['synchronized.mjs', String(3 * stress)])
})

test('Y5: without restart, a loop that has died stays dead', t => {
  const module = moduleFor(t, url, quiet)
  t.throws(() => module.exit(3), { code: 'ERR_RUNNER_DIED' })
  t.throws(() => module.double(1), { code: 'ERR_RUNNER_DIED' })
})

test('Y5: a module that was closed is of no use, however often it is closed', t => {
  const module = synchronized(url, { restart: true })
  t.is(module.double(1), 2)
  const one = new module.Store()
  module[Symbol.dispose]()
  module[Symbol.dispose]()
  t.throws(() => module.double(1), { code: 'ERR_RUNNER_CLOSED' })
  t.throws(() => one.label, { code: 'ERR_RUNNER_CLOSED' })
})
