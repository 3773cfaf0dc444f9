// Values of another realm (vm, jest) are treated like one's own: what crosses, what is refused, what is awaited.

import test from 'ava'
import assert from 'node:assert'
import vm from 'node:vm'
import { AsyncRunner, ExceptionGroup, Future, Queue, registerError, Server, sleep, taskModule } from 'threaded-async'
import { crossing, errors, made, refused, results } from './realms-tasks.mjs'
import { cross } from './wire-fixture.mjs'

const tasks = taskModule(new URL('./realms-tasks.mjs', import.meta.url))
const timeout = 20_000
/** The same expression in this realm. */
// oxlint-disable-next-line no-eval -- it is what the other realm does
const own = text => (0, eval)(`(${text})`)

let runner
test.before(() => {
  runner = new AsyncRunner()
})
test.after('the loop is whole', () => {
  runner.close()
})

function same(actual, text, where) {
  assert.deepStrictEqual(actual, cross(own(text)), `${where}: ${text}`)
}

test('what crosses arrives as one’s own: as items, arguments, results and values', async t => {
  const queue = new Queue()
  const server = new Server({ handlers: { echo: value => value } })
  const client = server.createClient()
  for (const text of crossing) {
    queue.putNowait(made(text))
    queue.putManyWait(made(`[1, ${text}]`))
    same(queue.getNowait(), text, 'item')
    same(queue.getManyWait(2)[1], text, 'items')
    same(runner.run(tasks.echo, [made(text)], { timeout }), text, 'argument')
    same(runner.run(tasks.echo, made(`[${text}]`), { timeout }), text, 'arguments')
    same(runner.run(tasks.produce, [text], { timeout }), text, 'result')
    const future = new Future()
    future.setResult(made(text))
    same(await future.result(), text, 'value')
    const task = server.createBackgroundTask(tasks.called, [client, text], { timeout })
    same(server.processUntil(task, { timeout }), text, 'client’s argument and answer')
  }
  server.close()
  t.pass()
})

test('shared memory is the same memory', t => {
  const shared = made('new Int32Array(new SharedArrayBuffer(4))')
  runner.run(
    array => {
      array[0] = 42
    },
    [shared],
    { timeout },
  )
  t.is(shared[0], 42)
})

test('errors arrive as errors: as items, thrown, and as the errors of futures', async t => {
  for (const [text, name] of Object.entries(errors)) {
    const check = error => {
      t.true(error instanceof globalThis[name], text)
      t.deepEqual([error.message, error.code, error.detail], ['e', made(text).code, made(text).detail && [1]], text)
    }
    check(cross(made(text)))
    check(t.throws(() => runner.run(tasks.toss, [text], { timeout }), { any: true }))
    check(t.throws(() => runner.run(tasks.tossLater, [text], { timeout }), { any: true }))
    const future = new Future()
    future.setException(made(text))
    check(await future.result().catch(error => error))
    t.regex(new ExceptionGroup(made(`[${text}]`)).message, /: e$/)
  }
})

test('what is refused is refused in the same words', t => {
  for (const text of refused) {
    const ours = t.throws(() => cross(own(text)), { code: 'ERR_UNCLONEABLE' }, text)
    const theirs = t.throws(() => cross(made(text)), { code: 'ERR_UNCLONEABLE' }, text)
    t.is(theirs.message, ours.message)
    t.throws(() => runner.run(tasks.produce, [`{ in: ${text} }`], { timeout }), { code: 'ERR_UNCLONEABLE' }, text)
  }
})

test('what a task returns is awaited', t => {
  for (const [text, value] of Object.entries(results)) {
    t.deepEqual(runner.run(tasks.produce, [text], { timeout }), value, text)
  }
})

test('functions run, inline and of a module', t => {
  t.is(runner.run(made('x => x + 1'), [1], { timeout }), 2)
  t.is(runner.run(made('async function (x) { return x + 1 }'), made('[1]'), made('({ timeout: 20_000 })')), 2)
  t.throws(() => runner.run(made('() => outer')), { code: 'ERR_CAPTURED_VARIABLE' })
})

test('options, signals, lists and classes', async t => {
  t.is(new Queue(made('({ maxsize: 3 })')).maxsize, 3)
  const queue = new Queue()
  t.is(queue.putManyWait(made('new Set([1, 2])')), 2)
  const buffer = made('new ArrayBuffer(8)')
  queue.putNowait(buffer, { transfer: made('list => [list]')(buffer) })
  t.is(buffer.byteLength, 0)
  const Mine = made('class MineOfAnotherRealm extends TypeError {}')
  registerError(Mine)
  t.true(cross(new Mine('x')) instanceof Mine)
  t.throws(() => registerError(made('Error')), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => registerError(made('class {}')), { code: 'ERR_INVALID_ARG_TYPE' })
  const controller = new AbortController()
  const context = vm.createContext({ signal: controller.signal })
  const options = vm.runInContext('({ signal, timeout: 20_000 })', context)
  const waiting = new Queue().get(options)
  const sleeping = sleep(60_000, vm.runInContext('({ signal })', context))
  const reason = made('new Error("of another realm")')
  controller.abort(reason)
  t.is(await waiting.catch(error => error), reason)
  t.is(await sleeping.catch(error => error), reason)
  const found = taskModule(
    made('({ href, protocol }) => ({ href, protocol })')(new URL('./realms-tasks.mjs', import.meta.url)),
  )
  t.is(runner.run(found.echo, [1], { timeout }), 1)
})
