// Iterating over a queue, blocking or awaiting.
//
// Each body promises one behaviour of Q17: items come in order until the queue is shut down and drained, one is taken
// at a time, and a loop that breaks off leaves the rest. `for await` takes both kinds of iterator.

import assert from 'node:assert/strict'
import { AsyncRunner, Queue, taskModule } from 'threaded-async'
import { partner, untilSeen, whenSeen } from '../support/partner.mjs'

const here = taskModule(import.meta.url)

const numbers = count => Array.from({ length: count }, (_, index) => index)

export async function produce(queue, count) {
  for (const item of numbers(count)) await queue.put(item)
  queue.shutdown()
}

export async function collect(queue) {
  const items = []
  for await (const item of queue) items.push(item)
  return items
}

export async function closeWhenSeen(queue, runner) {
  await untilSeen(queue, { getters: 1 })
  await runner.closeAsync()
}

export async function dieWhenSeen(queue) {
  await untilSeen(queue, { getters: 1 })
  process.exit(5)
}

export default {
  'Q17: an iteration ends after shutdown and drain': async door => {
    const queue = new Queue()
    for (const item of numbers(5)) queue.putNowait(item)
    queue.shutdown()
    const items = []
    for await (const item of door.items(queue)) items.push(item)
    assert.deepEqual(items, numbers(5))
    for await (const item of door.items(queue)) assert.fail(`${item} after the end`)
  },

  'Q17: an iteration waits for more': async door => {
    const queue = new Queue({ maxsize: 1 })
    const producer = partner().createTask(here.produce, [queue, 100])
    const items = []
    for await (const item of door.items(queue)) items.push(item)
    assert.deepEqual(items, numbers(100))
    await producer.result()
  },

  'Q17: a shutdown ends an iteration that waits': async door => {
    for (const immediate of [false, true]) {
      const queue = new Queue()
      const closer = whenSeen(queue, { getters: 1 }, ['shutdown', { immediate }])
      for await (const item of door.items(queue)) assert.fail(`there was ${item}`)
      await closer.result()
      assert.equal(queue.statistics().getters, 0)
    }
  },

  'Q17: an iteration never reads ahead, and a break leaves later items': async door => {
    const queue = new Queue()
    for (const item of numbers(10)) queue.putNowait(item)
    for await (const item of door.items(queue)) {
      await Promise.resolve()
      assert.deepEqual([queue.qsize(), queue.statistics().getters], [9 - item, 0])
      if (item === 4) break
    }
    assert.deepEqual([queue.getNowait(), queue.qsize()], [5, 4])
    // And it may be taken up again.
    for await (const item of door.items(queue)) {
      assert.equal(item, 6)
      break
    }
  },

  'Q17: an error in the body leaves later items': async door => {
    const queue = new Queue()
    for (const item of numbers(3)) queue.putNowait(item)
    await assert.rejects(
      async () => {
        for await (const item of door.items(queue)) throw new Error(`at ${item}`)
      },
      { message: 'at 0' },
    )
    assert.deepEqual(queue.clear(), [1, 2])
  },

  'Q17: an iterator that has ended stays so': async door => {
    const queue = new Queue()
    const items = door.items(queue)
    const iterator = (items[Symbol.asyncIterator] ?? items[Symbol.iterator]).call(items)
    queue.putNowait(1)
    queue.putNowait(2)
    assert.deepEqual(await iterator.next(), { value: 1, done: false })
    assert.deepEqual(await iterator.return(), { value: undefined, done: true })
    assert.deepEqual(await iterator.next(), { value: undefined, done: true })
    assert.deepEqual(queue.clear(), [2])
  },

  'Q17: several iterations share the items, each once, each in order': async door => {
    const queue = new Queue({ maxsize: 4 })
    const others = ['a', 'b'].map(name => partner(name).createTask(here.collect, [queue]))
    const producer = partner().createTask(here.produce, [queue, 1000])
    const mine = []
    for await (const item of door.items(queue)) mine.push(item)
    await producer.result()
    const parts = [mine, ...(await Promise.all(others.map(other => other.result())))]
    for (const part of parts)
      assert.deepEqual(
        part,
        part.toSorted((a, b) => a - b),
      )
    const all = parts.flat().sort((a, b) => a - b)
    assert.deepEqual(all, numbers(1000))
  },

  'S5: the close of its runner ends an iteration, its death is an error': async door => {
    const closing = new AsyncRunner()
    const queue = new Queue(closing)
    queue.putNowait('first')
    const closer = partner().createTask(here.closeWhenSeen, [queue, closing])
    const items = []
    for await (const item of door.items(queue)) items.push(item)
    assert.deepEqual(items, ['first'])
    await closer.result()
    const mortal = new AsyncRunner()
    const other = new Queue(mortal)
    mortal.createTask(here.dieWhenSeen, [other])
    const died = { code: 'ERR_RUNNER_DIED', exitCode: 5 }
    await assert.rejects(async () => {
      for await (const item of door.items(other)) assert.fail(`there was ${item}`)
    }, died)
  },
}
