// Queues whose items leave in another order, through whichever door.
//
// Each body promises a part of Q13; the other side is the partner's loop.

import assert from 'node:assert/strict'
import { LifoQueue, PriorityQueue, Queue } from 'threaded-async'
import { whenSeen } from '../support/partner.mjs'

const rejects = (enter, expected) => assert.rejects(async () => enter(), expected)
const full = { code: 'ERR_QUEUE_FULL' }

async function drained(door, queue) {
  const items = []
  while (!queue.empty()) items.push(await door.get(queue))
  return items
}

/** What a put into such a queue needs. */
const ranked = (queue, priority) => (queue instanceof PriorityQueue ? { priority } : {})

export default {
  'Q13: the last item is the next': async door => {
    const queue = new LifoQueue()
    await door.put(queue, { first: 1 })
    await door.putMany(queue, [2, 3, 4])
    assert.deepEqual([queue.peekNowait(), await door.get(queue)], [4, 4])
    assert.deepEqual(await door.getMany(queue, 2), [3, 2])
    await door.put(queue, 5)
    assert.deepEqual([queue.qsize(), await drained(door, queue)], [2, [5, { first: 1 }]])
  },

  'Q13: the lowest priority is the next, and of several the first': async door => {
    const queue = new PriorityQueue()
    const given = { b: 2, c: 1.5, a: -7, d: 2, e: 1.5, f: 1e300, g: -0, h: 0 }
    for (const [item, priority] of Object.entries(given)) await door.put(queue, { item }, { priority })
    assert.deepEqual(queue.peekNowait(), { item: 'a' })
    const items = (await drained(door, queue)).map(({ item }) => item)
    assert.equal(items.join(''), 'aghcebdf')
  },

  'Q13: a putMany has one priority for all, in their order': async door => {
    const queue = new PriorityQueue()
    assert.equal(await door.putMany(queue, ['a', ['b']], { priority: 2 }), 2)
    assert.equal(await door.putMany(queue, ['c', 'd'], { priority: 1 }), 2)
    await door.put(queue, 'e', { priority: 2 })
    assert.deepEqual(await door.getMany(queue, 9), ['c', 'd', 'a', ['b'], 'e'])
  },

  'Q13: a wrong priority is refused before anything has happened': async door => {
    const queue = new PriorityQueue()
    const type = { code: 'ERR_INVALID_ARG_TYPE' }
    const range = { code: 'ERR_OUT_OF_RANGE' }
    const wrong = [
      [undefined, type],
      [{}, type],
      [5, type],
      [null, type],
      [{ priority: '1' }, type],
    ]
    for (const priority of [NaN, Infinity, -Infinity]) wrong.push([{ priority }, range])
    for (const [options, expected] of [...wrong, [{ priority: 1n }, type], [{ priority: null }, type]]) {
      await rejects(() => door.put(queue, 1, options), expected)
      await rejects(() => door.putMany(queue, [1], options), expected)
      assert.throws(() => queue.putNowait(1, options), expected)
      assert.throws(() => queue.putOp(1, options), expected)
    }
    const throws = {
      get priority() {
        throw new RangeError('mine')
      },
    }
    await rejects(() => door.put(queue, 1, throws), { message: 'mine' })
    await rejects(() => door.put(queue, () => 1, { priority: 1 }), { code: 'ERR_UNCLONEABLE' })
    await rejects(() => door.putMany(queue, [1, () => 1], { priority: 1 }), { code: 'ERR_UNCLONEABLE' })
    assert.deepEqual([queue.qsize(), queue.statistics().unfinished, queue.statistics().putters], [0, 0, 0])
  },

  'Q13: bounds, by number and by bytes, are as in any queue': async door => {
    for (const make of [options => new LifoQueue(options), options => new PriorityQueue(options)]) {
      const [few, small] = [make({ maxsize: 2 }), make({ maxBytes: 16 })]
      for (const queue of [few, small]) {
        await door.putMany(queue, [1, 2], ranked(queue, 1))
        assert.throws(() => queue.putNowait(3, ranked(queue, 0)), full)
        await rejects(() => door.put(queue, 3, { ...ranked(queue, 0), timeout: 5 }), { code: 'ERR_EVENT_LOOP_TIMEOUT' })
        const getting = whenSeen(queue, { putters: 1 }, ['getNowait'])
        await door.put(queue, 3, ranked(queue, 0))
        await getting.result()
        assert.deepEqual([queue.qsize(), queue.statistics().bytes, await door.get(queue)], [2, 16, 3])
      }
    }
  },

  'Q13: puts that wait are let in as they came, whatever their priority': async door => {
    const queue = new PriorityQueue({ maxsize: 1 })
    queue.putNowait('first', { priority: 5 })
    const early = queue.put('early', { priority: 9 })
    const getting = whenSeen(queue, { putters: 2 }, ['getNowait'], ['getNowait'])
    await door.put(queue, 'late', { priority: 0 })
    assert.deepEqual(await getting.result(), ['first', 'early'])
    await early
    assert.deepEqual(await door.get(queue), 'late')
  },

  'Q13: a getter that waits gets what comes, and a join and a shutdown work as ever': async door => {
    for (const queue of [new LifoQueue(), new PriorityQueue()]) {
      const putting = whenSeen(queue, { getters: 1 }, ['putNowait', 'late', ranked(queue, 1)])
      assert.equal(await door.get(queue), 'late')
      await putting.result()
      await door.putMany(queue, ['a', 'b'], ranked(queue, 1))
      assert.equal(queue.clear().length, 2)
      queue.taskDone()
      await door.join(queue)
      await door.put(queue, 'last', ranked(queue, 3))
      queue.shutdown()
      await rejects(() => door.put(queue, 'no', ranked(queue, 1)), { code: 'ERR_QUEUE_SHUT_DOWN' })
      const items = []
      for await (const item of door.items(queue)) items.push(item)
      assert.deepEqual(items, ['last'])
    }
  },

  'Q13: ops put and get in the queue’s order': async door => {
    const queue = new PriorityQueue()
    for (const priority of [3, 1, 2]) await door.select([queue.putOp({ priority }, { priority })])
    const items = []
    while (!queue.empty()) items.push((await door.select([new Queue().getOp(), queue.getOp()])).value.priority)
    assert.deepEqual(items, [1, 2, 3])
  },
}
