// Queues bounded by bytes, through whichever door a wait comes.
//
// Each body promises one behaviour (Q21): who waits for room, in which order, and what is never refused for ever. A
// string of ASCII letters takes one byte a letter.

import assert from 'node:assert/strict'
import { Queue } from 'threaded-async'
import { parkElsewhere, whenSeen } from '../support/partner.mjs'

const text = (letter, length) => letter.repeat(length)

async function errorOf(enter) {
  try {
    await enter()
  } catch (error) {
    return error
  }
  throw new Error('It did not fail.')
}

export default {
  'Q21: a put waits until its bytes fit': async door => {
    const queue = new Queue({ maxBytes: 10 })
    await door.put(queue, text('a', 4))
    await door.put(queue, text('b', 6))
    const getter = whenSeen(queue, { putters: 1, bytes: 10 }, ['getNowait'])
    await door.put(queue, text('c', 3))
    assert.deepEqual(await getter.result(), ['aaaa'])
    assert.deepEqual([queue.statistics().bytes, queue.clear()], [9, ['bbbbbb', 'ccc']])
  },

  'Q21: an item that is larger than the bound enters an empty queue, and travels alone': async door => {
    const queue = new Queue({ maxBytes: 10 })
    await door.put(queue, text('a', 1000))
    assert.deepEqual([queue.full(), queue.statistics().bytes], [true, 1000])
    const getter = whenSeen(queue, { putters: 1 }, ['getNowait'])
    await door.put(queue, 'b')
    assert.deepEqual(await getter.result(), [text('a', 1000)])
    const second = whenSeen(queue, { putters: 1 }, ['getNowait'])
    await door.put(queue, text('c', 1000))
    assert.deepEqual(await second.result(), ['b'])
    assert.equal((await door.get(queue)).length, 1000)
    assert.equal(queue.statistics().bytes, 0)
  },

  'Q21: an item for a getter that waits needs no room': async door => {
    const queue = new Queue({ maxBytes: 1 })
    const getter = await parkElsewhere('getter', 'blocking', 'get', queue, [], { getters: 1 })
    await door.put(queue, text('a', 100))
    await door.put(queue, 'b')
    assert.equal((await getter.result()).length, 100)
    assert.equal(await door.get(queue), 'b')
  },

  'Q21: a small item behind a large one waits for it, through every call': async door => {
    const queue = new Queue({ maxBytes: 10 })
    queue.putNowait(text('a', 8))
    const large = await parkElsewhere('large', 'blocking', 'put', queue, [text('b', 9)], { putters: 1 })
    assert.throws(() => queue.putNowait('c'), { code: 'ERR_QUEUE_FULL' })
    assert.equal((await errorOf(() => door.put(queue, 'c', { timeout: 0 }))).code, 'ERR_EVENT_LOOP_TIMEOUT')
    assert.ok(queue.full())
    const getter = whenSeen(queue, { putters: 2 }, ['getNowait'])
    await door.put(queue, 'c')
    await large.result()
    assert.deepEqual(await getter.result(), [text('a', 8)])
    assert.deepEqual(queue.clear(), [text('b', 9), 'c'])
  },

  'Q21: when the large item is given up, the small one behind it enters': async door => {
    const queue = new Queue({ maxBytes: 10 })
    const controller = new AbortController()
    queue.putNowait(text('a', 8))
    const large = queue.put(text('b', 9), { signal: controller.signal })
    const small = await parkElsewhere('small', door.name, 'put', queue, ['c'], { putters: 2 })
    controller.abort('enough')
    assert.equal(await errorOf(() => large), 'enough')
    await small.result()
    assert.deepEqual(queue.clear(), [text('a', 8), 'c'])
  },

  'Q21: a batch enters as far as its bytes fit, and says how far': async door => {
    const queue = new Queue({ maxBytes: 10 })
    const items = [4, 4, 4, 4].map(length => text('x', length))
    const error = await errorOf(() => door.putMany(queue, items, { timeout: 5 }))
    assert.deepEqual([error.code, error.inserted], ['ERR_EVENT_LOOP_TIMEOUT', 2])
    const getter = whenSeen(queue, { putters: 1, size: 2 }, ['clear'])
    assert.equal(await door.putMany(queue, [text('y', 5)]), 1)
    assert.equal((await getter.result())[0].length, 2)
    assert.deepEqual(await door.getMany(queue, 9), ['yyyyy'])
  },

  'Q21: both bounds hold at once': async door => {
    const queue = new Queue({ maxsize: 2, maxBytes: 10 })
    for (const items of [
      ['a', 'b', 'c'],
      [text('a', 6), text('b', 6)],
    ]) {
      const error = await errorOf(() => door.putMany(queue, items, { timeout: 0 }))
      assert.equal(error.inserted, items.length - 1)
      assert.ok(queue.statistics().size <= 2 && queue.statistics().bytes <= 10)
      queue.clear()
    }
  },
}
