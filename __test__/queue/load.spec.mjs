// Queues under load: many producers and consumers on threads of their own, blocking and awaiting, and nothing is lost.
//
// Promises to cover Z2, Z4 and Z5 at a moderate size, Q19 under load, and the sum that Z3 is about: what was put is
// what was got, each once, in the order of each producer. Stress programs for minutes live elsewhere.

import test from 'ava'
import { Queue, taskModule } from 'threaded-async'
import { throughAllDoors } from '../support/doors.mjs'
import { partner, until } from '../support/partner.mjs'
import bodies from './load.bodies.mjs'

const url = import.meta.resolve('./load.bodies.mjs')
const tasks = taskModule(url)

throughAllDoors(test, bodies, url)

const EACH = 5000
/** More than any producer will put before it is stopped. */
const ENDLESS = 1_000_000_000

function startAll(queue, each) {
  const doorOf = index => (index % 2 ? 'blocking' : 'awaiting')
  const consumers = [0, 1, 2, 3].map(index =>
    partner(`consumer ${index}`).createTask(tasks.consume, [doorOf(index), queue]),
  )
  const producers = [0, 1, 2, 3].map(index =>
    partner(`producer ${index}`).createTask(tasks.produce, [doorOf(index >> 1), queue, index * each, each]),
  )
  return { producers, consumers }
}

/** Each producer's items must stand in their order with every consumer. */
function assertOrdered(t, parts, each) {
  const isOrdered = parts.every(part => {
    const last = [-1, -1, -1, -1]
    return part.every(item => {
      const producer = Math.floor(item / each)
      const follows = item > last[producer]
      last[producer] = item
      return follows
    })
  })
  t.true(isOrdered)
}

for (const maxsize of [3, 0]) {
  test.serial(`Z2: 4 producers and 4 consumers, capacity ${maxsize}: each item once, in order`, async t => {
    const queue = new Queue({ maxsize })
    const { producers, consumers } = startAll(queue, EACH)
    await Promise.all(producers.map(producer => producer.result()))
    queue.shutdown()
    const parts = await Promise.all(consumers.map(consumer => consumer.result()))
    assertOrdered(t, parts, EACH)
    t.deepEqual(
      parts.flat().sort((a, b) => a - b),
      Array.from({ length: 4 * EACH }, (_, item) => item),
    )
    t.log(`got ${parts.map(part => part.length)}`)
  })
}

for (const immediate of [false, true]) {
  test.serial(`Z4: an ${immediate ? 'immediate' : 'orderly'} shutdown amid all of it ends everybody`, async t => {
    for (let round = 0; round < 5; round++) {
      const queue = new Queue({ maxsize: 3 })
      const joiners = [
        queue.join(),
        partner('joiner')
          .createTask(queue => queue.joinWait(), [queue])
          .result(),
      ]
      const { producers, consumers } = startAll(queue, ENDLESS)
      await until(() => queue.statistics().unfinished > 100)
      queue.shutdown({ immediate })
      const ends = await Promise.allSettled(producers.map(producer => producer.result()))
      t.true(ends.every(({ reason }) => reason?.code === 'ERR_QUEUE_SHUT_DOWN'))
      const parts = await Promise.all(consumers.map(consumer => consumer.result()))
      assertOrdered(t, parts, ENDLESS)
      const all = parts.flat()
      t.is(new Set(all).size, all.length)
      t.deepEqual([queue.qsize(), queue.statistics().getters, queue.statistics().putters], [0, 0, 0])
      // What was taken and not reported done still counts, and is all that counts.
      t.is(queue.statistics().unfinished, all.length)
      for (let item = 0; item < all.length; item++) queue.taskDone()
      await Promise.all(joiners)
    }
  })
}
