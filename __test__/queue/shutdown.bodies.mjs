// The shutdown of a queue, seen by one waiter through whichever door.
//
// Each body promises one behaviour of S5 to S7: waiters are woken, what is there can be had, joins go on counting. The
// other side is the partner's loop, and acts when it has seen the waiter.

import assert from 'node:assert/strict'
import { AsyncRunner, Queue, taskModule } from 'threaded-async'
import { waits } from '../support/doors.mjs'
import { enterElsewhere, partner, untilSeen, whenSeen } from '../support/partner.mjs'

const here = taskModule(import.meta.url)
const over = { name: 'QueueShutDown', code: 'ERR_QUEUE_SHUT_DOWN' }
const doors = ['blocking', 'awaiting']

const rejects = (enter, expected) => assert.rejects(async () => enter(), expected)

/** As a task: the numbers of the unfinished while somebody joins. */
export async function shutDownAndFinish(queue, immediate) {
  await untilSeen(queue, { joiners: 1 })
  queue.shutdown({ immediate })
  const seen = []
  for (let { joiners, unfinished } = queue.statistics(); joiners === 1; { joiners, unfinished } = queue.statistics()) {
    seen.push(unfinished)
    queue.taskDone()
  }
  return seen
}

export async function putAndClose(queue, runner) {
  await untilSeen(queue, { getters: 1 })
  queue.putNowait('last')
  queue.putNowait('left')
  await runner.closeAsync()
}

export default {
  'S6: a shutdown wakes getters and putters': async door => {
    for (const immediate of [false, true]) {
      for (const name of ['get', 'getMany', 'put', 'putMany']) {
        const { make, enter, count } = waits[name]
        const queue = make()
        const closer = whenSeen(queue, { [count]: 1 }, ['shutdown', { immediate }])
        await rejects(() => enter(door, queue), over)
        await closer.result()
        assert.equal(queue.statistics()[count], 0)
      }
    }
  },

  'S6: a shutdown wakes all who wait, whatever their doors': async door => {
    const queue = new Queue({ maxsize: 1 })
    const others = doors.map(other => enterElsewhere(`get ${other}`, other, 'get', queue))
    await untilSeen(queue, { getters: 2 })
    const closer = whenSeen(queue, { getters: 3 }, ['shutdown'])
    await rejects(() => door.get(queue), over)
    await closer.result()
    for (const other of others) await assert.rejects(other.result(), over)
  },

  'S6: after a soft shutdown what is there can be had, and no more': async door => {
    const queue = new Queue()
    for (let item = 0; item < 5; item++) queue.putNowait(item)
    queue.shutdown()
    assert.equal(queue.isShutdown, true)
    await rejects(() => door.put(queue, 'late'), over)
    await rejects(() => door.putMany(queue, ['late']), over)
    await rejects(() => door.put(queue, 'late', { timeout: 0 }), over)
    assert.throws(() => queue.putNowait('late'), over)
    assert.equal(await door.get(queue), 0)
    assert.equal(queue.peekNowait(), 1)
    assert.deepEqual(await door.getMany(queue, 2), [1, 2])
    assert.deepEqual([queue.getNowait(), queue.qsize()], [3, 1])
    assert.deepEqual(queue.clear(), [4])
    for (const [verb, ...args] of [['get'], ['getMany', 3]]) await rejects(() => door[verb](queue, ...args), over)
    await rejects(() => door.get(queue, { timeout: 0 }), over)
    assert.throws(() => queue.getNowait(), over)
  },

  /** What its putter is told says nothing of what is in already. */
  'S6: a putter that a shutdown has woken has inserted nothing': async door => {
    const queue = new Queue({ maxsize: 1 })
    queue.putNowait('first')
    const closer = whenSeen(queue, { putters: 1 }, ['shutdown'])
    await rejects(() => door.put(queue, 'second'), over)
    await closer.result()
    assert.equal(queue.getNowait(), 'first')
    assert.throws(() => queue.getNowait(), over)
  },

  'S6: an immediate shutdown drops what is there and settles join': async door => {
    const queue = new Queue()
    for (let item = 0; item < 5; item++) queue.putNowait(item)
    queue.shutdown({ immediate: true })
    assert.deepEqual([queue.qsize(), queue.statistics().unfinished, queue.isShutdown], [0, 0, true])
    await rejects(() => door.get(queue), over)
    await door.join(queue, { timeout: 0 })
  },

  /** As CPython 3.13 has it: what was taken is still to be reported. */
  'S6: a join goes on counting what was taken': async door => {
    for (const immediate of [false, true]) {
      const queue = new Queue()
      for (let item = 0; item < 3; item++) queue.putNowait(item)
      queue.getNowait()
      const finisher = partner().createTask(here.shutDownAndFinish, [queue, immediate])
      await door.join(queue)
      assert.deepEqual(await finisher.result(), immediate ? [1] : [3, 2, 1])
    }
  },

  /** Soft may become immediate, and never back; an immediate one settles who joins. */
  'S6: a soft shutdown may become immediate, and never goes back': async door => {
    const queue = new Queue()
    queue.putNowait(1)
    queue.shutdown()
    queue.shutdown()
    assert.equal(queue.qsize(), 1)
    const closer = whenSeen(queue, { joiners: 1 }, ['shutdown', { immediate: true }], ['shutdown'])
    await door.join(queue)
    await closer.result()
    await rejects(() => door.put(queue, 'no way back'), over)
    assert.equal(queue.qsize(), 0)
  },

  /** S7: what was put before the shutdown comes before it. */
  'S7: what was put before the shutdown comes before it': async door => {
    for (const immediate of [false, true]) {
      const queue = new Queue()
      const closer = whenSeen(queue, { getters: 1 }, ['putNowait', 'last'], ['shutdown', { immediate }])
      assert.equal(await door.get(queue), 'last')
      await closer.result()
      await rejects(() => door.get(queue), over)
    }
  },

  /** S7, H3: the same with the close of the queue's runner. */
  'S7: what was put before the close of the runner comes before it': async door => {
    const runner = new AsyncRunner()
    const queue = new Queue(runner)
    const closer = partner().createTask(here.putAndClose, [queue, runner])
    assert.deepEqual(await door.getMany(queue, 1), ['last'])
    await closer.result()
    assert.equal(queue.isShutdown, true)
    // What nobody had taken is still there.
    assert.equal(await door.get(queue), 'left')
    await rejects(() => door.get(queue), over)
    await rejects(() => door.put(queue, 'late'), over)
  },
}
