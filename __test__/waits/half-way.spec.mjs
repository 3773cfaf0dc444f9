// Awaiting doors that fail half-way: their signal cannot be listened to.
//
// Promises K2 there: the call rejects with what went wrong, and has had no effect: no waiter is left, and nothing is
// taken, inserted or asked. What fails after the outcome has come does not cost the wait its outcome.

import test from 'ava'
import { Event, Future, Queue, select, sleep } from 'threaded-async'
import { runnerFor } from '../support/runner-fixture.mjs'

/** A signal with methods of its own. */
function signalWith(methods) {
  return Object.assign(new EventTarget(), { aborted: false, reason: undefined, ...methods })
}

const bad = new Error('no listeners here')
const fail = () => {
  throw bad
}

/** Signals that fail as they are listened to, and what the wait rejects with. */
const failures = {
  'addEventListener throws': () => signalWith({ addEventListener: fail }),
  'addEventListener of a real signal throws': () => {
    const { signal } = new AbortController()
    signal.addEventListener = fail
    return signal
  },
  'addEventListener uses the package and throws': () =>
    signalWith({
      addEventListener() {
        const other = new Queue()
        other.putManyWait([1, { a: 2 }])
        other.getNowait()
        void other.get()
        fail()
      },
    }),
  'addEventListener serves the wait and throws': serve =>
    signalWith({
      addEventListener() {
        serve()
        fail()
      },
    }),
  'aborted throws the second time': () => {
    let looks = 0
    return Object.defineProperty(signalWith({}), 'aborted', { get: () => looks++ > 0 && fail() })
  },
}

const busy = () => {
  const queue = new Queue({ maxsize: 1 })
  queue.putNowait(0)
  return queue
}

/** Doors by name: what is waited for, the wait, what serves it, and what is left of it afterwards. */
const doors = {
  get: [() => new Queue(), (queue, options) => queue.get(options), queue => queue.put('item'), queue => queue.clear()],
  getMany: [
    () => new Queue(),
    (queue, options) => queue.getMany(2, options),
    queue => queue.putMany(['item', 'other']),
    queue => queue.clear(),
  ],
  put: [busy, (queue, options) => queue.put('item', options)],
  putMany: [() => new Queue({ maxsize: 1 }), (queue, options) => queue.putMany(['in', 'item'], options)],
  join: [busy, (queue, options) => queue.join(options)],
  select: [
    () => new Queue(),
    (queue, options) => select([new Queue().getOp(), queue.getOp()], options),
    queue => queue.put('item'),
    queue => queue.clear(),
  ],
  waitAsync: [() => new Event(), (event, options) => event.waitAsync(options), event => event.set()],
  result: [() => new Future(), (future, options) => future.result(options), future => future.setResult(1)],
}

const served = { get: ['item'], select: ['item'], getMany: ['item', 'other'] }

function waitersOf(handle) {
  const { getters = 0, putters = 0, joiners = 0, waiters = 0 } = handle.statistics()
  return getters + putters + joiners + waiters
}

for (const [how, signalOf] of Object.entries(failures)) {
  for (const [name, [make, wait, serve, left]] of Object.entries(doors)) {
    for (const timeout of [undefined, 60_000]) {
      test(`K2: ${name} whose signal's ${how} (${timeout ?? 'no'} timeout) rejects and leaves nothing behind`, async t => {
        const handle = make()
        const signal = signalOf(() => serve?.(handle))
        const size = handle.qsize?.()
        t.is(await t.throwsAsync(wait(handle, { signal, ...(timeout && { timeout }) })), bad)
        t.is(waitersOf(handle), 0)
        const hasComeBack = how.includes('serves') && left !== undefined
        if (hasComeBack) t.deepEqual(left(handle), served[name])
        else if (name !== 'putMany' && !how.includes('serves')) t.is(handle.qsize?.(), size)
      })
    }
  }
}

test("K2: a task's result and sleep reject with what the signal throws; a task is not even created", async t => {
  const runner = runnerFor(t, { exitTimeout: 100 })
  const never = runner.createTask(() => new Promise(() => {}))
  for (const signalOf of Object.values(failures)) {
    t.is(await t.throwsAsync(never.result({ signal: signalOf(() => {}) })), bad)
    t.is(await t.throwsAsync(sleep(60_000, { signal: signalOf(() => {}) })), bad)
  }
  const queue = new Queue()
  for (const how of ['addEventListener throws', 'addEventListener of a real signal throws']) {
    const signal = failures[how]()
    t.is(
      t.throws(() => runner.createTask(queue => queue.put('ran'), [queue], { signal })),
      bad,
    )
  }
  runner.waitForNextEventloopIteration()
  t.true(queue.empty())
  t.is(runner.statistics().tasksRunning, 1)
  t.is(runner.statistics().waiters, 0)
})

test('K2: what removeEventListener throws does not cost the wait its outcome', async t => {
  const full = busy()
  const doors = {
    get: [new Queue(), (queue, options) => queue.get(options), queue => queue.putNowait({ a: 1 }), { a: 1 }],
    put: [full, (queue, options) => queue.put(1, options), queue => queue.getNowait(), undefined],
    event: [new Event(), (event, options) => event.waitAsync(options), event => event.set(), undefined],
    future: [new Future(), (future, options) => future.result(options), future => future.setResult('done'), 'done'],
  }
  for (const [name, [handle, wait, serve, expected]] of Object.entries(doors)) {
    const log = new Queue()
    const removeEventListener = () => {
      log.putManyWait([{ much: 'x'.repeat(1000) }])
      log.getNowait()
      fail()
    }
    const waits = [1, 2].map(() => wait(handle, { signal: signalWith({ removeEventListener }) }))
    serve(handle)
    t.deepEqual(await waits[0], expected, name)
    if (name !== 'event' && name !== 'future') serve(handle)
    t.deepEqual(await waits[1], expected, name)
    t.is(waitersOf(handle), 0)
  }
})

test('K2: a signal whose reason cannot be read ends all of its waits with that error', async t => {
  const signal = Object.defineProperty(signalWith({}), 'reason', { get: fail })
  const queue = new Queue()
  const waits = [1, 2, 3].map(() => queue.get({ signal }))
  signal.dispatchEvent(new globalThis.Event('abort'))
  for (const wait of waits) t.is(await t.throwsAsync(wait), bad)
  t.is(queue.statistics().getters, 0)
})
