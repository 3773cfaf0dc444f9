// Iterating over queues: `for await (… of queue)` and `for (… of queue.iterateWait())`.
//
// Promises to cover Q17 through both doors, what is peculiar to each (the timeout per item, the cancellation of the
// task that iterates), and the refusal to block a loop before anything happens.

import test from 'ava'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { AsyncRunner, LifoQueue, PriorityQueue, Queue } from 'threaded-async'
import { throughAllDoors } from '../support/doors.mjs'
import { untilSeen } from '../support/partner.mjs'
import bodies from './iteration.bodies.mjs'

throughAllDoors(test, bodies, import.meta.resolve('./iteration.bodies.mjs'))

test('Q17: the timeout of iterateWait is per item, and one that passes takes nothing', t => {
  const queue = new Queue()
  const seen = []
  for (const item of [1, 2]) queue.putNowait(item)
  const error = t.throws(() => {
    for (const item of queue.iterateWait({ timeout: 5 })) seen.push(item)
  })
  t.is(error.code, 'ERR_EVENT_LOOP_TIMEOUT')
  t.deepEqual([seen, queue.statistics().getters], [[1, 2], 0])
  queue.putNowait(3)
  t.is(queue.getNowait(), 3)
})

test('Q11: iterateWait refuses bad options at once, not at its first item', t => {
  const queue = new Queue()
  queue.putNowait(1)
  t.throws(() => queue.iterateWait({ timeout: -1 }), { code: 'ERR_OUT_OF_RANGE' })
  t.throws(() => queue.iterateWait({ timeout: '1' }), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => queue.iterateWait(5), { code: 'ERR_INVALID_ARG_TYPE' })
  t.is(queue.qsize(), 1)
})

test('R4: iterateWait on a loop throws at once and takes nothing', t => {
  const queue = new Queue()
  queue.putNowait(1)
  AsyncRunner.use(runner => {
    t.throws(() => runner.callInLoop(queue => void queue.iterateWait(), [queue]), { code: 'ERR_WOULD_DEADLOCK' })
  })
  t.is(queue.qsize(), 1)
})

test('a task that is cancelled while it iterates ends, and takes nothing', async t => {
  const [runner, queue, seen] = [new AsyncRunner(), new Queue(), new Queue()]
  const task = runner.createTask(
    async (queue, seen) => {
      for await (const item of queue) seen.putNowait(item)
    },
    [queue, seen],
  )
  queue.putNowait(1)
  t.is(await seen.get(), 1)
  await untilSeen(queue, { getters: 1 })
  task.cancel()
  await t.throwsAsync(task.result(), { code: 'ERR_CANCELLED' })
  t.is(queue.statistics().getters, 0)
  queue.putNowait(2)
  t.is(queue.getNowait(), 2)
  await runner.closeAsync()
})

test('an iteration whose wait was cancelled may be gone on with', async t => {
  const [runner, queue, seen] = [new AsyncRunner(), new Queue(), new Queue()]
  const task = runner.createTask(
    async (queue, seen) => {
      const items = queue[Symbol.asyncIterator]()
      const error = await items.next().catch(error => error)
      seen.putNowait(error.code)
      return await items.next()
    },
    [queue, seen],
  )
  await untilSeen(queue, { getters: 1 })
  task.cancel()
  t.is(await seen.get(), 'ERR_CANCELLED')
  queue.putNowait(1)
  t.deepEqual(await task.result(), { value: 1, done: false })
  await runner.closeAsync()
})

test('a cancellation that finds a task between two items meets its next wait, though there is an item', async t => {
  const [runner, queue, seen] = [new AsyncRunner(), new Queue(), new Queue()]
  for (let item = 0; item < 3; item++) queue.putNowait(item)
  const task = runner.createTask(
    async (queue, seen) => {
      for await (const item of queue) {
        seen.putNowait(item)
        while (!currentTask().cancelled) await new Promise(resolve => setImmediate(resolve))
      }
    },
    [queue, seen],
  )
  t.is(await seen.get(), 0)
  task.cancel()
  await t.throwsAsync(task.result(), { code: 'ERR_CANCELLED' })
  t.deepEqual([queue.clear(), seen.qsize()], [[1, 2], 0])
  await runner.closeAsync()
})

for (const [how, drain] of Object.entries({
  'for await': async queue => {
    for await (const item of queue) if (item === undefined) return
  },
  get: async queue => {
    while ((await queue.get()) !== undefined);
  },
  getMany: async queue => {
    while ((await queue.getMany(100)).at(-1) !== undefined);
  },
})) {
  test(`a task that finds an item every time lets timers run: ${how}`, t => {
    const runner = new AsyncRunner()
    t.teardown(() => runner.close())
    const queue = new Queue()
    queue.putManyWait(Array.from({ length: 100_000 }, (_, index) => index))
    queue.putWait(undefined)
    const turns = runner.run(
      async (queue, drain) => {
        let turns = 0
        const timer = setInterval(() => turns++, 0)
        await new Function(`return ${drain}`)()(queue)
        clearInterval(timer)
        return turns
      },
      [queue, String(drain)],
    )
    t.true(turns > 0)
  })
}

test('items that are there already come in the order of their gets, in whatever turn', async t => {
  const queue = new Queue()
  const items = Array.from({ length: 10_000 }, (_, index) => index)
  queue.putManyWait(items)
  const seen = []
  await Promise.all(items.map(() => queue.get().then(item => seen.push(item))))
  t.deepEqual(seen, items)
})

const over = { value: undefined, done: true }

for (const [way, iterate] of Object.entries({
  'item by item': queue => queue[Symbol.asyncIterator](),
  'batch by batch': queue => queue.batches(2),
})) {
  test(`Q17: an iteration that is left while it waits ends, and takes nothing more: ${way}`, async t => {
    const queue = new Queue()
    const items = iterate(queue)
    const waiting = [items.next(), items.next()]
    t.deepEqual(await items.return(), over)
    t.deepEqual(await Promise.all(waiting), [over, over])
    t.is(queue.statistics().getters, 0)
    queue.putNowait(1)
    t.deepEqual([await items.next(), queue.clear()], [over, [1]])
  })

  for (const [Kind, ...priority] of [[Queue], [LifoQueue], [PriorityQueue, { priority: 3 }]]) {
    test(`Q17: what is on its way to an iteration that is left goes back: ${way}, ${Kind.name}`, async t => {
      const [runner, queue] = [new AsyncRunner(), new Kind()]
      const items = iterate(queue)
      const waiting = items.next()
      // This thread blocks: what is handed to its loop is not seen before the iteration is left.
      runner.run((queue, ...priority) => queue.putNowait('first', ...priority), [queue, ...priority])
      t.is(queue.qsize(), 0)
      const left = items.return()
      t.deepEqual([await left, await waiting], [over, over])
      t.deepEqual(queue.clear(), ['first'])
      await runner.closeAsync()
    })
  }
}

test('Q17: a stream of a queue that is destroyed leaves the items to others', async t => {
  const queue = new Queue()
  for (const item of ['a', 'b']) {
    const stream = Readable.from(queue)
    stream.resume()
    await untilSeen(queue, { getters: 1 })
    stream.destroy()
    await once(stream, 'close')
    t.is(queue.statistics().getters, 0)
    queue.putNowait(item)
    t.is(queue.getNowait(), item)
  }
})

test('an iteration that is left lets go of the task that waits in it', async t => {
  const [runner, queue] = [new AsyncRunner(), new Queue()]
  const task = runner.createTask(
    async queue => {
      const items = queue[Symbol.asyncIterator]()
      setImmediate(() => items.return())
      for await (const item of items) return item
      return 'left'
    },
    [queue],
  )
  t.is(await task.result(), 'left')
  await runner.closeAsync()
})
