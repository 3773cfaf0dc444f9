// Queues bounded by bytes: `maxBytes`.
//
// Promises to cover Q21: the waits through all doors, and what the calls that never wait and the statistics say. Wrong
// numbers are in `arguments.spec.mjs`; random sequences of calls in `model.spec.mjs`.

import test from 'ava'
import { AsyncRunner, Queue } from 'threaded-async'
import { throughAllDoors } from '../support/doors.mjs'
import bodies from './bytes.bodies.mjs'

throughAllDoors(test, bodies, import.meta.resolve('./bytes.bodies.mjs'))

test('Q21: bytes are counted as they cross, and agree with those of the runner', t => {
  AsyncRunner.use(runner => {
    for (const options of [{}, { maxBytes: 1e6 }]) {
      const queue = new Queue(runner, options)
      const before = runner.statistics().bytesQueued
      for (const item of [1, 'four', 10n, { list: [1, 2, 3] }, Buffer.alloc(5000), '\u{1F600}']) queue.putNowait(item)
      const { bytes, size } = queue.statistics()
      t.is(size, 6)
      t.true(bytes > 5000 && bytes < 5500, `${bytes} bytes`)
      t.is(runner.statistics().bytesQueued - before, bytes)
      queue.getNowait()
      t.is(queue.statistics().bytes, bytes - 8)
      queue.clear()
      t.is(queue.statistics().bytes, 0)
    }
  })
})

test('Q21: putNowait on a queue without room for the bytes throws QueueFull, and a smaller item still enters', t => {
  const queue = new Queue({ maxBytes: 20 })
  const memory = new ArrayBuffer(64)
  queue.putNowait('a'.repeat(15))
  const before = queue.statistics()
  t.throws(() => queue.putNowait(memory, { transfer: [memory] }), { code: 'ERR_QUEUE_FULL' })
  t.is(memory.byteLength, 64)
  t.deepEqual(queue.statistics(), before)
  t.false(queue.full())
  queue.putNowait('b'.repeat(5))
  t.true(queue.full())
  t.deepEqual([queue.maxBytes, queue.maxsize], [20, Infinity])
})

test('Q21: a shutdown ends those who wait for bytes, and what is in may be taken', async t => {
  const queue = new Queue({ maxBytes: 4 })
  queue.putNowait('four')
  const waiting = [queue.put('a'), queue.putMany(['b', 'c'])]
  queue.shutdown()
  for (const put of waiting) await t.throwsAsync(put, { code: 'ERR_QUEUE_SHUT_DOWN' })
  t.is(queue.getNowait(), 'four')
  t.is(queue.statistics().bytes, 0)
})

test('Q21: an item without bytes fits wherever nobody waits', t => {
  const queue = new Queue({ maxBytes: 4 })
  queue.putNowait('four')
  queue.putNowait('')
  t.throws(() => queue.putNowait('a'), { code: 'ERR_QUEUE_FULL' })
  t.deepEqual(queue.clear(), ['four', ''])
})
