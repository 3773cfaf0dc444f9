// Queues whose items leave in another order: `LifoQueue`, `PriorityQueue`, and `batches` of any queue.
//
// Promises to cover Q13 through all doors, and what queues of another order add to handles, deaths and iteration: they
// arrive as what they are, and what was not seen goes back to its place.

import test from 'ava'
import { AsyncRunner, Event, LifoQueue, PriorityQueue, Queue } from 'threaded-async'
import { throughAllDoors } from '../support/doors.mjs'
import { runnerFor } from '../support/runner-fixture.mjs'
import bodies from './order.bodies.mjs'

throughAllDoors(test, bodies, import.meta.resolve('./order.bodies.mjs'))

test('Q13: both arrive as the same objects of their classes, inside of anything', async t => {
  const [pile, ranks] = [new LifoQueue(), new PriorityQueue()]
  pile.putManyWait([1, 2])
  ranks.putNowait('low', { priority: 1 })
  const seen = await runnerFor(t)
    .createTask(
      async ({ pile, both }) => {
        const { LifoQueue, PriorityQueue, Queue } = await import('threaded-async')
        const classes = both.map(queue => queue.constructor)
        await both[1].put('lowest', { priority: 0 })
        return [
          classes[0] === LifoQueue && classes[1] === PriorityQueue && both[1] instanceof Queue,
          both[0] === pile,
          await pile.get(),
          both,
        ]
      },
      [{ pile, both: [pile, ranks] }],
    )
    .result()
  t.deepEqual(seen.slice(0, 3), [true, true, 2])
  t.true(seen[3][0] === pile && seen[3][1] === ranks)
  t.deepEqual(ranks.clear(), ['lowest', 'low'])
})

test('Q13: a class that extends one of them has its order', t => {
  class Urgent extends PriorityQueue {
    putFirst(item) {
      this.putNowait(item, { priority: -Number.MAX_VALUE })
    }
  }
  const queue = new Urgent(undefined, { maxsize: 3 })
  queue.putNowait('later', { priority: 1 })
  queue.putFirst('now')
  t.deepEqual([queue.maxsize, queue.clear()], [3, ['now', 'later']])
})

for (const [name, make, expected] of [
  ['LifoQueue', () => new LifoQueue(), ['d', 'c', 'a', 'b']],
  ['PriorityQueue', () => new PriorityQueue(), ['b', 'd', 'a', 'c']],
]) {
  test(`Q13, Q18: what a loop that died was handed goes back to its place: ${name}`, async t => {
    const [queue, held] = [make(), new Event()]
    const runner = new AsyncRunner({ exitTimeout: 5, logForcedShutdownStackTrace: false })
    runner.createTask(
      (queue, held) => {
        queue.get().catch(() => {})
        queue.getMany(5).catch(() => {})
        held.set()
        for (;;);
      },
      [queue, held],
    )
    await held.waitAsync()
    // The first two are handed over at once.
    for (const [item, priority] of Object.entries({ a: 2, b: 1, c: 2, d: 1 })) {
      queue.putNowait(item, name === 'LifoQueue' ? {} : { priority })
    }
    t.is(queue.qsize(), 2)
    await runner.closeAsync().catch(() => {})
    t.deepEqual(
      [queue.clear(), queue.statistics().getters],
      [name === 'LifoQueue' ? ['a', 'b', 'd', 'c'] : expected, 0],
    )
  })
}

test('Q13: a putMany that timed out says how many went in, and they leave by their priority', async t => {
  const queue = new PriorityQueue({ maxsize: 2 })
  const error = await t.throwsAsync(queue.putMany(['a', 'b', 'c'], { priority: 4, timeout: 5 }))
  t.deepEqual([error.code, error.inserted, queue.clear()], ['ERR_EVENT_LOOP_TIMEOUT', 2, ['a', 'b']])
})

test('Q13: transferred memory is detached once the item is in', async t => {
  const queue = new PriorityQueue({ maxsize: 1 })
  const [first, second] = [new ArrayBuffer(8), new ArrayBuffer(8)]
  queue.putWait(first, { priority: 1, transfer: [first] })
  t.throws(() => queue.putNowait(second, { priority: 0, transfer: [second] }), { code: 'ERR_QUEUE_FULL' })
  t.deepEqual([first.byteLength, second.byteLength], [0, 8])
  const putting = queue.put(second, { priority: 0, transfer: [second] })
  t.is(second.byteLength, 8)
  t.is((await queue.get()).byteLength, 8)
  await putting
  t.is(second.byteLength, 0)
})

test('Q13: 20,000 items of a hundred priorities leave in order', async t => {
  const queue = new PriorityQueue()
  const counts = Array.from({ length: 100 }, () => 0)
  for (let index = 0; index < 20_000; index++) {
    const priority = (index * 7919) % 100
    queue.putNowait([priority, counts[priority]++], { priority })
  }
  const seen = Array.from({ length: 100 }, () => 0)
  let last = 0
  for (let index = 0; index < 20_000; index++) {
    const [priority, number] = queue.getNowait()
    if (priority < last || number !== seen[priority]++) t.fail(`${priority}, ${number} after ${last}`)
    last = priority
  }
  t.true(queue.empty())
})

test('Q17: batches end after shutdown and drain', async t => {
  for (const queue of [new Queue(), new LifoQueue(), new PriorityQueue()]) {
    queue.putManyWait([1, { two: 2 }, 3, 4, 5], queue instanceof PriorityQueue ? { priority: 0 } : {})
    queue.shutdown()
    const batches = []
    for await (const batch of queue.batches(2)) batches.push(batch)
    t.deepEqual(
      batches.map(({ length }) => length),
      [2, 2, 1],
    )
    const items = batches.flat()
    t.deepEqual(queue instanceof LifoQueue ? items.toReversed() : items, [1, { two: 2 }, 3, 4, 5])
  }
})

test('Q17: leaving batches early takes nothing more, and a wait for the next is served or ends', async t => {
  const queue = new Queue()
  queue.putManyWait([1, 2, 3])
  for await (const batch of queue.batches(2)) {
    t.deepEqual(batch, [1, 2])
    break
  }
  t.deepEqual([queue.clear(), queue.statistics().getters], [[3], 0])
  const batches = queue.batches(10)
  const [first, second] = [batches.next(), batches.next()]
  queue.putManyWait(['a', 'b'])
  t.deepEqual([(await first).value, (await second).value], [['a'], ['b']])
  const last = batches.next()
  queue.shutdown()
  t.deepEqual(await last, { value: undefined, done: true })
  for (const wrong of [0, -1, 1.5, NaN]) t.throws(() => queue.batches(wrong), { code: 'ERR_OUT_OF_RANGE' })
  t.throws(() => queue.batches('2'), { code: 'ERR_INVALID_ARG_TYPE' })
})

test('Q17: batches of a runner that dies throw', async t => {
  const runner = new AsyncRunner()
  const queue = new Queue(runner)
  const next = queue.batches(3).next()
  runner.createTask(() => process.exit(4))
  await t.throwsAsync(next, { code: 'ERR_RUNNER_DIED' })
  await runner.closeAsync().catch(() => {})
})
