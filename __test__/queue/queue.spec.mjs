// Queues: items go from any thread to any thread, in order, each once; what never waits; sizes.
//
// Promises to cover Q1, Q2, Q10, Q12, the part of Q16 that waits for nobody, and Q19 as far as one thread can see it.
// Waits that end early, shutdown, batches, iteration, join and arguments have specs of their own.

import test from 'ava'
import { AsyncRunner, Queue } from 'threaded-async'
import { throughAllDoors } from '../support/doors.mjs'
import bodies from './queue.bodies.mjs'

throughAllDoors(test, bodies, import.meta.resolve('./queue.bodies.mjs'))

// Python: TestQueue.test_loop_to_loop
test.serial('Q1: two tasks of one loop pass items to each other', t => {
  AsyncRunner.use(runner => {
    const queue = new Queue(runner, { maxsize: 1 })
    const put = runner.createTask(
      async queue => {
        await queue.put(3)
        await queue.put(4)
      },
      [queue],
    )
    const got = runner.createTask(async queue => [await queue.get(), await queue.get()], [queue])
    t.deepEqual(got.wait({ timeout: 30_000 }), [3, 4])
    put.wait({ timeout: 30_000 })
  })
})

// --- Q10: what never waits

test('Q10: getNowait of an empty queue throws QueueEmpty and leaves nobody waiting', t => {
  const queue = new Queue()
  const before = queue.statistics()
  t.throws(() => queue.getNowait(), { code: 'ERR_QUEUE_EMPTY', name: 'QueueEmpty' })
  t.throws(() => queue.peekNowait(), { code: 'ERR_QUEUE_EMPTY', name: 'QueueEmpty' })
  t.deepEqual(queue.statistics(), before)
  queue.putNowait('mine')
  t.is(queue.getNowait(), 'mine')
})

test('Q10: putNowait on a full queue throws QueueFull, and the item is still the caller’s', t => {
  const queue = new Queue({ maxsize: 2 })
  queue.putNowait(1)
  queue.putNowait(2)
  const before = queue.statistics()
  const memory = new ArrayBuffer(4)
  t.throws(() => queue.putNowait({ memory }, { transfer: [memory] }), { code: 'ERR_QUEUE_FULL', name: 'QueueFull' })
  t.is(memory.byteLength, 4)
  t.deepEqual(queue.statistics(), before)
  t.deepEqual([queue.getNowait(), queue.getNowait()], [1, 2])
})

test('Q10: putNowait transfers what it has put', t => {
  const queue = new Queue()
  const memory = Uint8Array.of(7).buffer
  queue.putNowait(memory, { transfer: [memory] })
  t.is(memory.byteLength, 0)
  t.deepEqual(new Uint8Array(queue.getNowait()), Uint8Array.of(7))
})

test('Q10: the calls that never wait may be made on any loop', t => {
  AsyncRunner.use(runner => {
    const sizes = runner.run(
      queue => {
        queue.putNowait('a')
        queue.putNowait('b')
        return [queue.peekNowait(), queue.getNowait(), queue.qsize(), queue.clear(), queue.empty()]
      },
      [new Queue()],
    )
    t.deepEqual(sizes, ['a', 'a', 1, ['b'], true])
  })
})

// --- Q16: peek and clear

test('Q16: peek takes nothing, and every look is a copy', t => {
  const queue = new Queue()
  queue.putNowait({ list: [1] })
  queue.peekNowait().list.push(2)
  t.deepEqual(queue.peekNowait(), { list: [1] })
  t.is(queue.qsize(), 1)
  t.deepEqual(queue.getNowait(), { list: [1] })
})

test('Q16: clear takes everything at once, in order', t => {
  const queue = new Queue()
  const items = [1, 'two', { three: 3 }, null]
  for (const item of items) queue.putNowait(item)
  t.deepEqual(queue.clear(), items)
  t.deepEqual(queue.clear(), [])
  t.is(queue.statistics().unfinished, 0)
})

// --- Q19: sizes

test('Q19: qsize, empty, full and maxsize agree with the statistics', t => {
  const queue = new Queue({ maxsize: 2 })
  const sees = () => [queue.qsize(), queue.empty(), queue.full(), queue.maxsize]
  t.deepEqual(sees(), [0, true, false, 2])
  queue.putNowait(1)
  t.deepEqual(sees(), [1, false, false, 2])
  queue.putNowait(2)
  t.deepEqual(sees(), [2, false, true, 2])
  const { size, maxsize, unfinished } = queue.statistics()
  t.deepEqual([size, maxsize, unfinished], [2, 2, 2])
  queue.clear()
  t.deepEqual(sees(), [0, true, false, 2])
})

test('Q19: a queue without a limit is never full', t => {
  for (const options of [undefined, {}, { maxsize: 0 }, { maxsize: Infinity }]) {
    const queue = new Queue(options)
    for (let item = 0; item < 1000; item++) queue.putNowait(item)
    t.false(queue.full())
    t.is(queue.maxsize, Infinity)
    t.is(queue.statistics().maxsize, Infinity)
  }
})
