// Doors that are called by user code which another call of the same thread runs: getters, iterators, `toJSON`, signals'
// methods, classes of errors.
//
// Promises Q1 and K2 there: what either call puts arrives once and in order, counts are right, and neither sees the
// other's values, also where the inner call fails.

import test from 'ava'
import { AsyncRunner, Event, Future, Queue, registerError } from 'threaded-async'
import { runnerFor } from '../support/runner-fixture.mjs'

const big = 'x'.repeat(100_000)

/** Calls that user code may make within another; each leaves `log` as the second function says. */
const inner = {
  putMany: [log => log.putManyWait(['seen']), ['seen']],
  'putMany of objects': [log => log.putManyWait([{ a: 1 }, { b: [big] }]), [{ a: 1 }, { b: [big] }]],
  'putMany within putMany': [
    log => {
      const item = { get deep() { return log.putManyWait(['deep']) } } // prettier-ignore
      log.putManyWait([1, item, 2])
    },
    ['deep', 1, { deep: 1 }, 2],
  ],
  'putMany that fails': [
    log => {
      try {
        log.putManyWait([{}, () => {}])
      } catch {
        log.putNowait('failed')
      }
    },
    ['failed'],
  ],
  put: [log => void log.put({ a: big }), [{ a: big }]],
  putWait: [log => log.putWait([1]), [[1]]],
  'getMany and clear': [
    log => {
      log.putManyWait([{ a: 1 }, { a: 2 }, { a: 3 }])
      const [first] = log.getManyWait(1)
      log.putManyWait([first, ...log.clear()])
    },
    [{ a: 1 }, { a: 2 }, { a: 3 }],
  ],
  setResult: [
    log => {
      const future = new Future()
      future.setResult({ a: [big] })
      log.putNowait(future.resultWait())
    },
    [{ a: [big] }],
  ],
  createTask: [log => runner.createTask((log, item) => log.put(item), [log, { a: 1 }]).wait(), [{ a: 1 }]],
  run: [log => log.putNowait(runner.run(item => [item], [{ a: 1 }])), [[{ a: 1 }]]],
}

let runner
test.before(() => {
  runner = new AsyncRunner()
})
test.after.always(() => runner.close())

/** Outer calls: each puts items, among which `lazy` runs user code while they are written, and returns what came of them. */
const outer = {
  putManyWait: (queue, lazy) => [queue.putManyWait(['a', 'b', lazy, 'c']), queue.clear()],
  putMany: async (queue, lazy) => [await queue.putMany(['a', 'b', lazy, 'c']), queue.clear()],
  'putMany of an iterator': (queue, lazy) => {
    function* items() {
      yield 'a'
      yield 'b'
      yield { lazy: lazy.lazy }
      yield 'c'
    }
    return [queue.putManyWait(items()), queue.clear()]
  },
  'put and putNowait': (queue, lazy) => {
    queue.put('a')
    queue.putNowait(['b', lazy, 'c'])
    return [4, queue.clear().flat()]
  },
  setResult: (_, lazy) => {
    const future = new Future()
    future.setResult(['a', 'b', lazy, 'c'])
    return [4, future.resultWait()]
  },
  createTask: (_, lazy) => [4, runner.createTask((...all) => all, ['a', 'b', lazy, 'c']).wait()],
}

for (const [name, put] of Object.entries(outer)) {
  for (const [within, [call, expected]] of Object.entries(inner)) {
    test(`Q1: ${within} within ${name}: both lose nothing and count right`, async t => {
      const [queue, log] = [new Queue(), new Queue()]
      const lazy = {
        get lazy() {
          call(log)
          return 1
        },
      }
      const [count, items] = await put(queue, lazy)
      t.is(count, 4)
      t.deepEqual(items, ['a', 'b', { lazy: 1 }, 'c'])
      t.deepEqual(log.clear(), expected)
    })
  }
}

// --- while values are read

const during = { call: undefined }

/** An error whose class runs user code when it is read. */
class Curious extends Error {
  get code() {
    during.call?.()
    return 'ERR_CURIOUS'
  }
}
registerError(Curious)

const readings = {
  getManyWait: queue => queue.getManyWait(10),
  getMany: queue => queue.getMany(10),
  clear: queue => queue.clear(),
  getWait: queue => Array.from({ length: 4 }, () => queue.getWait()),
}

for (const [name, read] of Object.entries(readings)) {
  for (const [within, [call, expected]] of Object.entries(inner)) {
    test.serial(`Q1: ${within} while ${name} reads an item: both get their own`, async t => {
      const [queue, log] = [new Queue(), new Queue()]
      const curious = new Curious('x')
      queue.putManyWait(['a', { curious, after: [1, 'b', { c: 2 }] }, { last: true }, 'd'])
      let calls = 0
      during.call = () => {
        if (calls++ === 0) call(log)
      }
      const items = await read(queue)
      during.call = undefined
      t.true(calls > 0)
      t.true(items[1].curious instanceof Curious)
      items[1].curious = undefined
      t.deepEqual(items, ['a', { curious: undefined, after: [1, 'b', { c: 2 }] }, { last: true }, 'd'])
      t.deepEqual(log.clear(), expected)
    })
  }
}

test.serial('errors that close throws are read whole, whatever their classes do meanwhile', async t => {
  const [first, second] = [1, 2].map(() => runnerFor(t))
  for (const each of [first, second]) {
    for (const n of [1, 2, 3])
      each.createTask(n => Promise.reject(Object.assign(new Error(`e${n}`), { name: 'Curious' })), [n])
    each.waitForNextEventloopIteration()
  }
  const future = new Future()
  future.setException(new Curious('x'))
  let within
  during.call = () => {
    during.call = undefined
    within = t.throws(() => second.close(), { code: 'ERR_EXCEPTION_GROUP' })
  }
  t.throws(() => future.resultWait(), { instanceOf: Curious })
  during.call = undefined
  t.deepEqual(
    within.errors.map(error => error.message),
    ['e1', 'e2', 'e3'],
  )
  t.deepEqual(
    t.throws(() => first.close()).errors.map(error => error.message),
    ['e1', 'e2', 'e3'],
  )
})

// --- signals

test('K2: a wait whose signal is aborted while its items are written ends with the reason, and leaves nothing', async t => {
  const full = new Queue({ maxsize: 1 })
  full.putNowait(0)
  const doors = {
    put: (lazy, signal) => full.put({ lazy: lazy() }, { signal }),
    putLazy: (lazy, signal) => full.put({ get lazy() { return lazy() } }, { signal }), // prettier-ignore
    putMany: (lazy, signal) => full.putMany([1, { get lazy() { return lazy() } }], { signal }), // prettier-ignore
  }
  for (const [name, door] of Object.entries(doors)) {
    const stop = new AbortController()
    const reason = new Error(name)
    const lazy = () => stop.abort(reason)
    t.is(await t.throwsAsync(door(lazy, stop.signal)), reason)
    t.is(full.statistics().putters, 0)
  }
  t.deepEqual(full.clear(), [0])
})

test('a task whose signal is aborted by a getter of its arguments never starts', async t => {
  const started = new Queue(runner)
  for (let i = 0; i < 200; i++) {
    const stop = new AbortController()
    const args = [started, { get lazy() { return stop.abort() } }] // prettier-ignore
    const task = runner.createTask(started => started.putNowait('started'), args, { signal: stop.signal })
    await t.throwsAsync(task.result(), { code: 'ERR_CANCELLED' })
  }
  runner.run(() => {})
  t.is(started.qsize(), 0)
})

test('what a listener of a signal calls does not disturb the waits that the signal ends', async t => {
  const stop = new AbortController()
  const [queue, log] = [new Queue({ maxsize: 2 }), new Queue()]
  const { signal } = stop
  queue.putNowait(0)
  const event = new Event()
  signal.addEventListener('abort', () => log.putManyWait([1, { two: 2 }]))
  const waits = [queue.putMany([1, 2, 3], { signal }), event.waitAsync({ signal }), new Queue().get({ signal })]
  const remove = signal.removeEventListener
  signal.removeEventListener = function (...args) {
    log.putManyWait(['removed'])
    return remove.apply(this, args)
  }
  stop.abort('reason')
  for (const { reason } of await Promise.allSettled(waits)) t.is(reason.cause ?? reason, 'reason')
  t.deepEqual(queue.clear(), [0, 1])
  t.deepEqual(log.clear().slice(0, 2), [1, { two: 2 }])
  t.is(event.statistics().waiters, 0)
})
