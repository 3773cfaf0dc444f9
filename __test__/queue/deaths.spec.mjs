// Queues whose receivers or senders die or do not come back: what was not delivered is not lost.
//
// Promises to cover Q18: a loop that merely spins keeps what it was handed and nothing more; what a loop that died was
// handed goes to the longest waiting live getter, else back to the head. A forced stop and an exit are the deaths.

import test from 'ava'
import { AsyncRunner, Event, Queue } from 'threaded-async'
import { doors } from '../support/doors.mjs'
import { parkElsewhere, untilSeen } from '../support/partner.mjs'

const empty = { code: 'ERR_QUEUE_EMPTY' }

/** As a task: parks getters, then holds the loop, so that what comes for them is not looked at; then may exit. */
async function parkAndSpin(queue, getters, held, release, exits) {
  const gets = Array.from({ length: getters }, (_, index) => (index % 2 ? queue.get() : queue.getMany(9)))
  for (const get of gets) get.catch(() => {})
  held.set()
  const nap = new Int32Array(new SharedArrayBuffer(4))
  while (!release.isSet()) Atomics.wait(nap, 0, 0, 1)
  if (exits) process.exit(3)
  return (await Promise.all(gets)).flat()
}

async function withSpinner(queue, getters, body, exits = false) {
  const [held, release] = [new Event(), new Event()]
  const runner = new AsyncRunner({ exitTimeout: 5, logForcedShutdownStackTrace: false })
  const task = runner.createTask(parkAndSpin, [queue, getters, held, release, exits])
  await held.waitAsync()
  await body({ runner, task, release })
  await runner.closeAsync().catch(() => {})
}

test('Q18: a loop that merely spins keeps what it was handed, and nothing more', async t => {
  const queue = new Queue()
  await withSpinner(queue, 2, async ({ task, release }) => {
    for (let item = 0; item < 4; item++) queue.putNowait(item)
    t.deepEqual([queue.qsize(), queue.statistics().getters], [2, 0])
    t.deepEqual([queue.getNowait(), queue.getNowait()], [2, 3])
    t.throws(() => queue.getNowait(), empty)
    release.set()
    t.deepEqual(await task.result(), [0, 1])
  })
})

test('Q18: what a stopped loop was handed goes back to the head, in order, beyond maxsize', async t => {
  const queue = new Queue({ maxsize: 1 })
  await withSpinner(queue, 4, async ({ runner }) => {
    for (let item = 0; item < 5; item++) queue.putNowait(item)
    t.deepEqual([queue.qsize(), queue.full()], [1, true])
    await runner.closeAsync()
    t.deepEqual([queue.qsize(), queue.full()], [5, true])
    t.throws(() => queue.putNowait('more'), { code: 'ERR_QUEUE_FULL' })
    const items = []
    for (let turn = 0; turn < 5; turn++) items.push(queue.getNowait())
    t.deepEqual(items, [0, 1, 2, 3, 4])
    queue.putNowait('more')
    t.is(queue.statistics().unfinished, 6)
  })
})

test('Q21: what a stopped loop was handed goes back to the head, beyond maxBytes', async t => {
  const queue = new Queue({ maxBytes: 10 })
  await withSpinner(queue, 3, async ({ runner }) => {
    for (const letter of 'abcd') queue.putNowait(letter.repeat(9))
    t.is(queue.statistics().bytes, 9)
    await runner.closeAsync()
    t.deepEqual([queue.statistics().bytes, queue.full()], [36, true])
    t.throws(() => queue.putNowait('e'), { code: 'ERR_QUEUE_FULL' })
    t.deepEqual(
      queue.getManyWait(3).join(''),
      'abc'.replace(/./g, letter => letter.repeat(9)),
    )
    queue.putNowait('e')
    t.is(queue.statistics().bytes, 10)
  })
})

for (const [how, next] of Object.entries({
  get: async queue => [await queue.get()],
  getMany: queue => queue.getMany(3),
  'for await': async queue => {
    for await (const item of queue) return [item]
  },
})) {
  test(`Q18: what a loop would have seen in its next turn goes back when it dies in this one: ${how}`, async t => {
    const runner = new AsyncRunner({ logForcedShutdownStackTrace: false })
    const queue = new Queue()
    queue.putManyWait(Array.from({ length: 10_000 }, (_, index) => index))
    const seen = new Int32Array(new SharedArrayBuffer(4))
    const task = runner.createTask(
      async (queue, seen, next) => {
        const body = new Function(`return ${next}`)()
        setImmediate(() => process.exit(3))
        for (;;) seen[0] += (await body(queue)).length
      },
      [queue, seen, String(next)],
    )
    await t.throwsAsync(task.result(), { code: 'ERR_RUNNER_DIED' })
    t.true(seen[0] > 0)
    t.deepEqual([queue.qsize(), queue.getNowait()], [10_000 - seen[0], seen[0]])
    await runner.closeAsync()
  })
}

test('H1: a queue of a stuck loop answers, gives, takes and shuts down at once', async t => {
  const [runner, held, release] = [new AsyncRunner(), new Event(), new Event()]
  const queue = new Queue(runner, { maxsize: 2 })
  const task = runner.createTask(parkAndSpin, [queue, 0, held, release])
  await held.waitAsync()
  queue.putWait(1)
  await queue.put(2)
  t.deepEqual([queue.qsize(), queue.full(), queue.empty(), queue.peekNowait()], [2, true, false, 1])
  t.deepEqual([queue.getWait(), await queue.get()], [1, 2])
  queue.taskDone()
  queue.taskDone()
  queue.joinWait()
  queue.shutdown()
  t.throws(() => queue.getWait(), { code: 'ERR_QUEUE_SHUT_DOWN' })
  t.false(task.done())
  release.set()
  t.deepEqual(await task.result(), [])
  runner.close()
})

for (const door of Object.keys(doors)) {
  test.serial(`Q18: what a stopped loop was handed goes to the getter that has waited longest (${door})`, async t => {
    const queue = new Queue()
    await withSpinner(queue, 2, async ({ runner }) => {
      queue.putNowait(0)
      queue.putNowait(1)
      const first = await parkElsewhere('a', door, 'get', queue, [], { getters: 1 })
      const second = queue.get()
      await runner.closeAsync()
      t.deepEqual([await first.result(), await second], [0, 1])
      t.is(queue.qsize(), 0)
    })
  })

  test.serial(`Q18: a getter that dies before anything comes is forgotten (${door})`, async t => {
    const queue = new Queue()
    const runner = new AsyncRunner({ exitTimeout: 5, allowBlocking: true, logForcedShutdownStackTrace: false })
    const get = door === 'blocking' ? queue => queue.getWait() : queue => queue.get()
    const task = runner.createTask(get, [queue])
    await untilSeen(queue, { getters: 1 })
    await runner.closeAsync()
    t.true(task.done())
    t.is(queue.statistics().getters, 0)
    queue.putNowait('item')
    t.is(queue.getNowait(), 'item')
  })

  test.serial(`Q18: a putter that dies before there is room inserts nothing (${door})`, async t => {
    const queue = new Queue({ maxsize: 1 })
    queue.putNowait('first')
    const runner = new AsyncRunner({ exitTimeout: 5, allowBlocking: true, logForcedShutdownStackTrace: false })
    const put = door === 'blocking' ? queue => queue.putWait('dead') : queue => queue.put('dead')
    runner.createTask(put, [queue])
    await untilSeen(queue, { putters: 1 })
    await runner.closeAsync()
    t.is(queue.statistics().putters, 0)
    t.is(queue.getNowait(), 'first')
    t.throws(() => queue.getNowait(), empty)
  })
}

test('Q18: what a loop was handed that then exits by itself goes on to the next', async t => {
  const queue = new Queue()
  await withSpinner(
    queue,
    3,
    async ({ task, release }) => {
      for (let item = 0; item < 3; item++) queue.putNowait(item)
      const mine = queue.get()
      release.set()
      t.is(await mine, 0)
      await t.throwsAsync(task.result(), { code: 'ERR_RUNNER_DIED', message: /exit code 3/ })
      t.deepEqual([queue.getNowait(), queue.getNowait()], [1, 2])
      t.is(queue.statistics().unfinished, 3)
    },
    true,
  )
})

test('Q18: items of a loop that has died do not come back into a queue that was emptied for good', async t => {
  const queue = new Queue()
  await withSpinner(queue, 2, async ({ runner }) => {
    queue.putNowait(0)
    queue.putNowait(1)
    queue.shutdown({ immediate: true })
    const joined = queue.join()
    t.is(queue.statistics().unfinished, 2)
    await runner.closeAsync()
    // They are nobody's now, so nobody will report them as done.
    await joined
    t.deepEqual([queue.qsize(), queue.statistics().unfinished], [0, 0])
  })
})

test('Q18: handles in transit survive the death of the loop that was to receive them', async t => {
  const queue = new Queue()
  await withSpinner(queue, 1, async ({ runner }) => {
    const inner = new Queue()
    inner.putNowait('deep')
    queue.putNowait({ inner })
    await runner.closeAsync()
    const { inner: arrived } = queue.getNowait()
    t.is(arrived, inner)
    t.is(arrived.getNowait(), 'deep')
  })
})
