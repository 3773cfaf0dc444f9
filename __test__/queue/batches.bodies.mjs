// Batches through whichever door: as many as there are, in order, and all or a number that is told.
//
// Each body promises one behaviour of Q20. The other side is the partner's loop. What a batch that ended early has put,
// stays; what it has not, never shows up.

import assert from 'node:assert/strict'
import { AsyncRunner, Queue, taskModule } from 'threaded-async'
import { enterElsewhere, partner, untilSeen, whenSeen } from '../support/partner.mjs'

const here = taskModule(import.meta.url)

const numbers = (count, from = 0) => Array.from({ length: count }, (_, index) => from + index)

/** Calls a door and returns the error it ends with. */
async function errorOf(enter) {
  try {
    await enter()
  } catch (error) {
    return error
  }
  assert.fail('It has not failed.')
}

export const putAll = (queue, items) => queue.putMany(items)

export async function takeAll(queue, count) {
  const items = []
  while (items.length < count) items.push(await queue.get())
  return items
}

export async function dieWhenSeen(queue) {
  await untilSeen(queue, { putters: 1 })
  process.exit(1)
}

function* brokenOff() {
  yield 1
  throw new Error('broken off')
}

export async function echo(there, back, count) {
  for (let done = 0; done < count;) {
    const items = await there.getMany(64)
    done += await back.putMany(items)
  }
}

export default {
  'Q20: getMany takes what is there, in order, up to its number': async door => {
    const queue = new Queue()
    for (const item of numbers(12)) queue.putNowait(item)
    assert.deepEqual(await door.getMany(queue, 1), [0])
    assert.deepEqual(await door.getMany(queue, 3), [1, 2, 3])
    assert.deepEqual(await door.getMany(queue, 100), numbers(8, 4))
    queue.putNowait({ last: [1] })
    assert.deepEqual(await door.getMany(queue, Infinity, { timeout: 0 }), [{ last: [1] }])
    assert.equal(queue.qsize(), 0)
  },

  'Q20: getMany waits for one item and no more': async door => {
    const queue = new Queue()
    const putter = whenSeen(queue, { getters: 1 }, ['putMany', numbers(5)])
    assert.deepEqual(await door.getMany(queue, 3), [0])
    await putter.result()
    assert.deepEqual(await door.getMany(queue, 3), [1, 2, 3])
    assert.equal(queue.qsize(), 1)
  },

  'Q20: getMany lets in as many putters as it has made room': async door => {
    const queue = new Queue({ maxsize: 3 })
    for (const item of numbers(3)) queue.putNowait(item)
    const putter = partner().createTask(here.putAll, [queue, numbers(6, 3)])
    await untilSeen(queue, { putters: 1 })
    assert.deepEqual(await door.getMany(queue, 2), [0, 1])
    assert.deepEqual([queue.qsize(), queue.statistics().putters], [3, 1])
    const items = []
    while (items.length < 7) items.push(...(await door.getMany(queue, 9)))
    assert.deepEqual(items, numbers(7, 2))
    assert.equal(await putter.result(), 6)
  },

  'Q20: putMany puts all, from any iterable, and says how many': async door => {
    const queue = new Queue({ maxsize: 3 })
    const taker = partner().createTask(here.takeAll, [queue, 50])
    assert.equal(await door.putMany(queue, numbers(20)), 20)
    assert.equal(await door.putMany(queue, new Set(numbers(20, 20))), 20)
    assert.equal(await door.putMany(queue, numbers(10, 40).values()), 10)
    assert.deepEqual(await taker.result(), numbers(50))
    assert.equal(queue.qsize(), 0)
  },

  'Q20: putMany of nothing returns at once': async door => {
    const queue = new Queue({ maxsize: 1 })
    queue.putNowait('first')
    assert.equal(await door.putMany(queue, []), 0)
    assert.equal(await door.putMany(queue, new Map(), { timeout: 0 }), 0)
    assert.deepEqual([queue.qsize(), queue.statistics().unfinished], [1, 1])
  },

  'Q20: putMany serves those who wait, one item each': async door => {
    const queue = new Queue({ maxsize: 2 })
    const getters = []
    for (const [name, verb, ...args] of [
      ['a', 'get'],
      ['b', 'getMany', 9],
      ['c', 'get'],
    ]) {
      getters.push(enterElsewhere(name, 'awaiting', verb, queue, ...args))
      await untilSeen(queue, { getters: getters.length })
    }
    assert.equal(await door.putMany(queue, numbers(5)), 5)
    assert.deepEqual(await Promise.all(getters.map(getter => getter.result())), [0, [1], 2])
    assert.deepEqual(queue.clear(), [3, 4])
  },

  'Q20: a putMany that timed out says how many went in, and no more go': async door => {
    const queue = new Queue({ maxsize: 3 })
    queue.putNowait('first')
    for (const timeout of [0, 5]) {
      const error = await errorOf(() => door.putMany(queue, numbers(5), { timeout }))
      assert.deepEqual([error.code, error.inserted], ['ERR_EVENT_LOOP_TIMEOUT', 2])
      const { size, getters, putters, unfinished } = queue.statistics()
      assert.deepEqual([size, getters, putters, unfinished], [3, 0, 0, 3])
      assert.deepEqual(queue.clear(), ['first', 0, 1])
      queue.putNowait('first')
    }
    const full = new Queue({ maxsize: 1 })
    full.putNowait(1)
    assert.equal((await errorOf(() => door.putMany(full, [2, 3], { timeout: 1 }))).inserted, 0)
  },

  /** What others take meanwhile makes room, and counts. */
  'Q20: a putMany that a shutdown ends says how many went in': async door => {
    const queue = new Queue({ maxsize: 2 })
    const closer = whenSeen(queue, { putters: 1 }, ['getNowait'], ['shutdown'])
    const error = await errorOf(() => door.putMany(queue, numbers(9)))
    assert.deepEqual([error.code, error.inserted], ['ERR_QUEUE_SHUT_DOWN', 3])
    assert.deepEqual(await closer.result(), [0, undefined])
    assert.deepEqual(queue.clear(), [1, 2])
    assert.equal((await errorOf(() => door.putMany(queue, [1]))).inserted, 0)
  },

  'Q20: a putMany whose runner dies says how many went in': async door => {
    const runner = new AsyncRunner()
    const queue = new Queue(runner, { maxsize: 2 })
    runner.createTask(here.dieWhenSeen, [queue])
    const error = await errorOf(() => door.putMany(queue, numbers(9)))
    assert.deepEqual([error.code, error.inserted], ['ERR_RUNNER_DIED', 2])
    assert.deepEqual(queue.clear(), [0, 1])
  },

  /** First come first served: a batch that waits is not overtaken, nor is another mixed into it. */
  'Q9: batches are neither overtaken nor mixed': async door => {
    const queue = new Queue({ maxsize: 1 })
    queue.putNowait('first')
    const others = ['a', 'b'].map(name => ({ name, items: [1, 2, 3].map(number => `${name}${number}`) }))
    const tasks = []
    for (const { name, items } of others) {
      tasks.push(enterElsewhere(name, 'awaiting', 'putMany', queue, items))
      await untilSeen(queue, { putters: tasks.length })
    }
    const taker = whenSeen(queue, { putters: 3 }, ...numbers(10).map(() => ['get']))
    assert.equal(await door.putMany(queue, ['c1', 'c2', 'c3']), 3)
    assert.deepEqual(await taker.result(), ['first', 'a1', 'a2', 'a3', 'b1', 'b2', 'b3', 'c1', 'c2', 'c3'])
    await Promise.all(tasks.map(task => task.result()))
  },

  'Q12: a batch with one item that cannot cross puts nothing': async door => {
    const queue = new Queue()
    const mixed = [1, { two: 2 }, { three: [Symbol('three')] }, 4]
    const error = await errorOf(() => door.putMany(queue, mixed))
    assert.deepEqual([error.code, error.path], ['ERR_UNCLONEABLE', 'items[2].three[0]'])
    const thrown = await errorOf(() => door.putMany(queue, brokenOff()))
    assert.equal(thrown.message, 'broken off')
    assert.deepEqual([queue.qsize(), queue.statistics().unfinished], [0, 0])
    // Nothing of the batches that failed is left for the next.
    assert.equal(await door.putMany(queue, ['mine']), 1)
    assert.deepEqual(queue.clear(), ['mine'])
  },

  'Z1: a long batch goes through a short queue': async door => {
    const [there, back] = [new Queue({ maxsize: 100 }), new Queue()]
    const echo = partner().createTask(here.echo, [there, back, 20_000])
    assert.equal(await door.putMany(there, numbers(20_000)), 20_000)
    const items = []
    while (items.length < 20_000) items.push(...(await door.getMany(back, 512)))
    assert.deepEqual(items, numbers(20_000))
    await echo.result()
  },
}
