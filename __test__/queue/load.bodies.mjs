// Queues under load, seen from one of many ends.
//
// Each body promises that what went in came out, each item once: with timeouts that pass all the time (Z5), with a
// reader of the sizes among the rest (Q19), with a shutdown amid all of it (Z4).

import assert from 'node:assert/strict'
import { Event, Queue, taskModule } from 'threaded-async'
import { doors } from '../support/doors.mjs'
import { partner } from '../support/partner.mjs'

const here = taskModule(import.meta.url)

/** As tasks: each end under its own door. */
export async function produce(doorName, queue, from, count) {
  const door = doors[doorName]
  for (let item = from; item < from + count; item++) await door.put(queue, item)
}

export async function consume(doorName, queue) {
  const [door, items] = [doors[doorName], []]
  for await (const item of door.items(queue)) items.push(item)
  return items
}

export async function putNowAndThen(queue, count) {
  const nap = new Int32Array(new SharedArrayBuffer(4))
  for (let item = 0; item < count; item++) {
    Atomics.wait(nap, 0, 0, 0.5 + Math.random())
    queue.putNowait(item)
  }
}

export async function takeNowAndThen(queue, done) {
  const nap = new Int32Array(new SharedArrayBuffer(4))
  const items = []
  while (!done.isSet() || !queue.empty()) {
    Atomics.wait(nap, 0, 0, 0.5 + Math.random())
    items.push(...(queue.empty() ? [] : queue.getManyWait(1)))
  }
  return items
}

export default {
  /** Z5: timeouts that pass, fractions of a millisecond before an item comes or after it. */
  'Z5: gets that time out all the time lose nothing': async door => {
    const queue = new Queue()
    const producer = partner().createTask(here.putNowAndThen, [queue, 300])
    const [items, ends] = [[], { late: 0 }]
    while (items.length < 300) {
      try {
        items.push(await door.get(queue, { timeout: 1 }))
      } catch (error) {
        assert.equal(error.code, 'ERR_EVENT_LOOP_TIMEOUT')
        ends.late++
      }
    }
    await producer.result()
    assert.deepEqual(
      items,
      Array.from({ length: 300 }, (_, item) => item),
    )
    assert.deepEqual([queue.qsize(), queue.statistics().getters], [0, 0])
  },

  /** The same for puts on a queue that is full most of the time: a put that timed out puts nothing. */
  'Z5: puts that time out all the time never show up': async door => {
    const queue = new Queue({ maxsize: 1 })
    const done = new Event()
    const consumer = partner().createTask(here.takeNowAndThen, [queue, done])
    const put = []
    for (let item = 0; item < 300; item++) {
      try {
        await door.put(queue, item, { timeout: 1 })
        put.push(item)
      } catch (error) {
        assert.equal(error.code, 'ERR_EVENT_LOOP_TIMEOUT')
      }
    }
    done.set()
    assert.deepEqual(await consumer.result(), put)
    assert.deepEqual([queue.qsize(), queue.statistics().putters], [0, 0])
  },

  /** Q19: a snapshot never contradicts itself, whatever goes on. */
  'Q19: sizes stay within bounds and agree with each other': async door => {
    const queue = new Queue({ maxsize: 3 })
    const producers = [0, 1].map(index => partner(`p${index}`).createTask(here.produce, ['awaiting', queue, 0, 2000]))
    const consumer = partner('c').createTask(here.consume, ['blocking', queue])
    let looks = 0
    while (!producers.every(producer => producer.done())) {
      const { size, getters, putters, unfinished } = queue.statistics()
      assert.ok(size >= 0 && size <= 3 && unfinished >= size, `size ${size} of 3, ${unfinished} unfinished`)
      assert.ok(getters === 0 || size === 0, `${getters} getters beside ${size} items`)
      assert.ok(putters === 0 || size === 3, `${putters} putters beside ${size} items`)
      assert.ok(queue.qsize() <= 3)
      if (++looks % 16 === 0) await door.put(queue, -1)
    }
    queue.shutdown()
    const items = await consumer.result()
    assert.equal(items.filter(item => item >= 0).length, 4000)
    assert.equal(items.length, 4000 + Math.floor(looks / 16))
  },
}
