// What a queue does for one waiter at a time, through whichever door it comes.
//
// Each body promises one behaviour (Q1, Q2, Q10, Q12) and is run on the main thread and on loops; the other side is the
// partner's loop.

import assert from 'node:assert/strict'
import { AsyncRunner, Queue, taskModule } from 'threaded-async'
import { partner, whenSeen } from '../support/partner.mjs'

const here = taskModule(import.meta.url)

/** As tasks: the other end of a queue, awaiting or blocking. */
export async function produce(queue, from, to, blocks) {
  for (let item = from; item < to; item++) {
    if (blocks) queue.putWait(item)
    else await queue.put(item)
  }
}

export async function consume(queue, count, blocks) {
  const items = []
  while (items.length < count) items.push(blocks ? queue.getWait() : await queue.get())
  return items
}

const hundred = Array.from({ length: 100 }, (_, item) => item)

async function takeFrom(door, maxsize, blocks) {
  const queue = new Queue({ maxsize })
  const producer = partner().createTask(here.produce, [queue, 0, 100, blocks])
  const items = []
  for (let index = 0; index < 100; index++) items.push(await door.get(queue))
  assert.deepEqual(items, hundred)
  await producer.result()
  assert.equal(queue.qsize(), 0)
}

async function giveTo(door, maxsize, blocks) {
  const queue = new Queue({ maxsize })
  const consumer = partner().createTask(here.consume, [queue, 100, blocks])
  for (let item = 0; item < 100; item++) await door.put(queue, item)
  assert.deepEqual(await consumer.result(), hundred)
  assert.equal(queue.qsize(), 0)
}

export default {
  'Q1: items come in order, each once, from a blocking and from an awaiting producer': async door => {
    for (const maxsize of [0, 1, 3]) for (const blocks of [false, true]) await takeFrom(door, maxsize, blocks)
  },

  'Q1: items go in order, each once, to a blocking and to an awaiting consumer': async door => {
    for (const maxsize of [0, 1, 3]) for (const blocks of [false, true]) await giveTo(door, maxsize, blocks)
  },

  /** Blocks on its own thread where the partner answers through the other door; three rounds, as one item fits. */
  'Q1: three rounds through two queues of one place': async door => {
    const [there, back] = [new Queue({ maxsize: 1 }), new Queue({ maxsize: 1 })]
    const echo = partner().createTask(
      async (there, back) => {
        for (let round = 0; round < 3; round++) await back.put(`${await there.get()}!`)
      },
      [there, back],
    )
    for (let round = 0; round < 3; round++) {
      await door.put(there, round)
      assert.equal(await door.get(back), `${round}!`)
    }
    await echo.result()
  },

  /** Python: TestQueue.test_thread_to_thread. */
  'Q1: one thread may use both ends': async door => {
    await AsyncRunner.use(async runner => {
      const queue = new Queue(runner)
      await door.put(queue, 3)
      assert.equal(await door.get(queue), 3)
    })
  },

  'Q2: a get waits until there is an item': async door => {
    const queue = new Queue()
    const putter = whenSeen(queue, { getters: 1 }, ['putNowait', 'late'])
    assert.equal(await door.get(queue), 'late')
    await putter.result()
    assert.deepEqual(queue.statistics(), {
      size: 0,
      maxsize: Infinity,
      bytes: 0,
      maxBytes: Infinity,
      getters: 0,
      putters: 0,
      joiners: 0,
      unfinished: 1,
    })
  },

  'Q2: a put waits until there is room': async door => {
    const queue = new Queue({ maxsize: 1 })
    queue.putNowait('first')
    const getter = whenSeen(queue, { putters: 1, size: 1 }, ['getNowait'])
    await door.put(queue, 'second')
    assert.deepEqual(await getter.result(), ['first'])
    const { size, getters, putters, unfinished } = queue.statistics()
    assert.deepEqual([size, getters, putters, unfinished], [1, 0, 0, 2])
    assert.equal(queue.getNowait(), 'second')
  },

  'Q12: undefined, null, 0 and their like are items': async door => {
    const queue = new Queue()
    for (const item of [undefined, null, 0, -0, '', false, NaN, 0n]) {
      await door.put(queue, item)
      assert.equal(queue.qsize(), 1)
      const arrived = await door.get(queue)
      assert.ok(Object.is(arrived, item), `${String(item)} has become ${String(arrived)}`)
      const putter = whenSeen(queue, { getters: 1 }, ['putNowait', item])
      assert.ok(Object.is(await door.get(queue), item), `${String(item)} was changed on its way to a waiter`)
      await putter.result()
    }
  },

  'Q12: what cannot cross is refused on this side, and nothing has changed': async door => {
    const queue = new Queue({ maxsize: 1 })
    const memory = new ArrayBuffer(8)
    const refused = { name: 'UncloneableError', code: 'ERR_UNCLONEABLE', path: 'item.fn' }
    const enter = async options => door.put(queue, { fn() {}, memory }, options)
    await assert.rejects(enter(), refused)
    await assert.rejects(enter({ transfer: [memory] }), refused)
    queue.putNowait('only')
    // On a full queue, too: not after the wait for room.
    await assert.rejects(enter({ transfer: [memory] }), refused)
    assert.equal(memory.byteLength, 8)
    const { size, getters, putters, unfinished } = queue.statistics()
    assert.deepEqual([size, getters, putters, unfinished], [1, 0, 0, 1])
  },

  'Q12: what is transferred is gone on this side once the item is in': async door => {
    const queue = new Queue({ maxsize: 1 })
    const memory = Uint8Array.of(1, 2, 3).buffer
    queue.putNowait('first')
    const getter = whenSeen(queue, { putters: 1 }, ['getNowait'])
    await door.put(queue, { memory }, { transfer: [memory] })
    await getter.result()
    assert.equal(memory.byteLength, 0)
    assert.deepEqual(new Uint8Array((await door.get(queue)).memory), Uint8Array.of(1, 2, 3))
  },

  'Q12: what a put that failed was to transfer is still here': async door => {
    const queue = new Queue({ maxsize: 1 })
    const memory = new ArrayBuffer(8)
    queue.putNowait('first')
    const late = { code: 'ERR_EVENT_LOOP_TIMEOUT' }
    await assert.rejects(async () => door.put(queue, memory, { transfer: [memory], timeout: 5 }), late)
    assert.equal(memory.byteLength, 8)
    queue.shutdown()
    const over = { code: 'ERR_QUEUE_SHUT_DOWN' }
    await assert.rejects(async () => door.put(queue, memory, { transfer: [memory] }), over)
    assert.equal(memory.byteLength, 8)
  },
}
