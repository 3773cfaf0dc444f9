// Joining a queue, through whichever door: until everything that was put has been reported done.
//
// Each body promises one behaviour of Q14 to Q16. What is taken counts as unfinished until `taskDone`; what is cleared
// or dropped is done. The other side is the partner's loop.

import assert from 'node:assert/strict'
import { Event, Queue, taskModule } from 'threaded-async'
import { partner, untilSeen, whenSeen } from '../support/partner.mjs'

const here = taskModule(import.meta.url)
const surplus = { name: 'InvalidStateError', code: 'ERR_INVALID_STATE' }

/** As a task: takes and reports items, and looks each time whether the joiner still waits. */
export async function finishOneByOne(queue) {
  await untilSeen(queue, { joiners: 1 })
  for (let left = 3; left > 0; left--) {
    await queue.get()
    const { joiners, unfinished } = queue.statistics()
    if (joiners !== 1 || unfinished !== left) return `${joiners} joiners, ${unfinished} unfinished`
    queue.taskDone()
  }
  return 'joined to the last'
}

export const joinHere = queue => queue.join()

export async function putAndFinish(queue) {
  await untilSeen(queue, { joiners: 1 })
  for (let round = 0; round < 1000; round++) {
    queue.putNowait(round)
    queue.taskDone()
    if (queue.statistics().joiners !== 1) return `let go in round ${round}`
  }
  queue.taskDone()
  return 'waited'
}

/** As a task: reports an item as done, and puts another one right after it. */
export async function race(queue, reports) {
  for await (const isDone of reports) {
    isDone.set()
    queue.taskDone()
    queue.putNowait('another')
    queue.taskDone()
    reports.taskDone()
  }
}

export const putHere = (queue, item) => queue.put(item)

export default {
  'Q14: a join returns at once when nothing is unfinished, as often as one likes': async door => {
    const queue = new Queue()
    await door.join(queue, { timeout: 0 })
    await door.join(queue, { timeout: 0 })
    queue.putNowait(1)
    queue.getNowait()
    queue.taskDone()
    await door.join(queue, { timeout: 0 })
    assert.throws(() => queue.taskDone(), surplus)
    assert.equal(queue.statistics().unfinished, 0)
  },

  'Q14: a join waits until the last item was reported done': async door => {
    const queue = new Queue()
    for (let item = 0; item < 3; item++) queue.putNowait(item)
    const worker = partner().createTask(here.finishOneByOne, [queue])
    await door.join(queue)
    assert.deepEqual(queue.statistics(), {
      size: 0,
      maxsize: Infinity,
      bytes: 0,
      maxBytes: Infinity,
      getters: 0,
      putters: 0,
      joiners: 0,
      unfinished: 0,
    })
    assert.equal(await worker.result(), 'joined to the last')
    await door.join(queue)
  },

  'Q14: all who join are released together': async door => {
    const queue = new Queue()
    queue.putNowait(1)
    const others = ['a', 'b', 'c'].map(name => partner(name).createTask(here.joinHere, [queue]))
    await untilSeen(queue, { joiners: 3 })
    const finisher = whenSeen(queue, { joiners: 4 }, ['taskDone'])
    await door.join(queue)
    await Promise.all([...others, finisher].map(task => task.result()))
  },

  /** Q15: what is put before the last one is done keeps the joiner waiting; what is put after it does not. */
  'Q15: a join goes on while there is something unfinished': async door => {
    const queue = new Queue()
    queue.putNowait(1)
    const finisher = partner().createTask(here.putAndFinish, [queue])
    await door.join(queue)
    assert.equal(await finisher.result(), 'waited')
    assert.equal(queue.statistics().unfinished, 0)
  },

  /** Q15: the last `taskDone` and a new put race; a join ends at a moment at which all was done, or later. */
  'Q15: a join that races with a put ends at a moment at which all was done': async door => {
    const [queue, reports] = [new Queue(), new Queue()]
    for (let round = 0; round < 200; round++) {
      const isDone = new Event()
      queue.putNowait(round)
      if (round === 0) partner().createTask(here.race, [queue, reports])
      reports.putNowait(isDone)
      await door.join(queue)
      assert.ok(isDone.isSet(), `round ${round} was joined before it was done`)
      await door.join(reports)
      assert.equal(queue.statistics().unfinished, 0)
      queue.clear()
    }
    reports.shutdown()
  },

  'Q16: a clear reports what it takes as done, and no more': async door => {
    const queue = new Queue()
    for (let item = 0; item < 4; item++) queue.putNowait(item)
    queue.getNowait()
    // Three are cleared; the one that was taken is still to be reported.
    const worker = whenSeen(queue, { joiners: 1, unfinished: 4 }, ['clear'], ['statistics'], ['taskDone'])
    await door.join(queue)
    const [cleared, { joiners, unfinished }] = await worker.result()
    assert.deepEqual([cleared, joiners, unfinished], [[1, 2, 3], 1, 1])
  },

  'Q16: a clear lets exactly as many putters in as there is room': async door => {
    const queue = new Queue({ maxsize: 2 })
    queue.putNowait('first')
    queue.putNowait('second')
    const others = ['a', 'b', 'c'].map(name => partner(name).createTask(here.putHere, [queue, name]))
    await untilSeen(queue, { putters: 3 })
    // The fourth is ours: the clear makes room for two, the gets for the others.
    const worker = whenSeen(queue, { putters: 4 }, ['clear'], ['statistics'], ['getNowait'], ['getNowait'])
    await door.put(queue, 'mine')
    const [cleared, { size, putters, unfinished }] = await worker.result()
    assert.deepEqual([cleared, size, putters, unfinished], [['first', 'second'], 2, 2, 2])
    await Promise.all(others.map(other => other.result()))
    assert.equal(queue.qsize(), 2)
  },
}
