// Events, waited for through whichever door.
//
// Each body promises one behaviour of E1 to E4; the other side is the partner's loop, other waiters are loops of their
// own.

import assert from 'node:assert/strict'
import { AsyncRunner, Event, Queue, taskModule } from 'threaded-async'
import { enterElsewhere, partner, untilSeen, whenSeen } from '../support/partner.mjs'

const here = taskModule(import.meta.url)
const late = { name: 'EventLoopTimeoutError', code: 'ERR_EVENT_LOOP_TIMEOUT' }
const doors = ['blocking', 'awaiting']

export async function setEach(orders) {
  for await (const event of orders) event.set()
}

export default {
  'E1: a wait for an event that is set returns at once': async door => {
    const event = new Event()
    assert.equal(event.isSet(), false)
    event.set()
    event.set()
    assert.equal(event.isSet(), true)
    for (let round = 0; round < 3; round++) await door.wait(event, { timeout: 0 })
    assert.deepEqual(event.statistics(), { waiters: 0, isSet: true })
    event.clear()
    event.clear()
    assert.equal(event.isSet(), false)
    await assert.rejects(async () => door.wait(event, { timeout: 1 }), late)
  },

  'E1: what a loop has set is set here': async door => {
    await AsyncRunner.use(async runner => {
      const event = new Event(runner)
      await runner.createTask(event => event.set(), [event]).result()
      await door.wait(event, { timeout: 0 })
      assert.equal(event.isSet(), true)
    })
  },

  'E1: a set releases all who wait, whatever their doors': async door => {
    const event = new Event()
    const others = [...doors, ...doors].map((other, index) => enterElsewhere(`${index}`, other, 'wait', event))
    await untilSeen(event, { waiters: 4 })
    const setter = whenSeen(event, { waiters: 5 }, ['set'])
    await door.wait(event)
    await Promise.all([...others, setter].map(task => task.result()))
    assert.deepEqual(event.statistics(), { waiters: 0, isSet: true })
  },

  /** E2: the loops that are released may look at the event long after it was cleared. */
  'E2: set and clear back to back release exactly those who waited': async door => {
    const event = new Event()
    for (let round = 0; round < 20; round++) {
      const others = doors.map(other => enterElsewhere(other, other, 'wait', event))
      await untilSeen(event, { waiters: 2 })
      const setter = whenSeen(event, { waiters: 3 }, ['set'], ['clear'])
      await door.wait(event)
      await Promise.all([...others, setter].map(task => task.result()))
      assert.deepEqual(event.statistics(), { waiters: 0, isSet: false })
    }
    await assert.rejects(async () => door.wait(event, { timeout: 1 }), late)
  },

  /** E3: between a look and a wait. */
  'E3: a set between a look and a wait is never missed': async door => {
    const orders = new Queue()
    const setter = partner().createTask(here.setEach, [orders])
    for (let round = 0; round < 300; round++) {
      const event = new Event()
      orders.putNowait(event)
      for (let wait = Math.random() * 20_000; wait > 0; wait--);
      if (!event.isSet()) await door.wait(event)
      assert.equal(event.isSet(), true)
    }
    orders.shutdown()
    await setter.result()
  },

  /** E4: a wait that gave up leaves nothing behind, and the others are released as ever. */
  'E4: a wait that gave up is forgotten, and later sets work as ever': async door => {
    const event = new Event()
    const other = enterElsewhere('a', 'awaiting', 'wait', event)
    await untilSeen(event, { waiters: 1 })
    for (let round = 0; round < 5; round++) await assert.rejects(async () => door.wait(event, { timeout: 1 }), late)
    assert.deepEqual(event.statistics(), { waiters: 1, isSet: false })
    event.set()
    await other.result()
    await door.wait(event, { timeout: 0 })
  },

  /** H3: a set event stays set when its runner is closed; a wait for any other throws. */
  'H3: an event that is set outlives its runner': async door => {
    const runner = new AsyncRunner()
    const [set, unset] = [new Event(runner), new Event(runner)]
    set.set()
    await partner()
      .createTask(runner => runner.closeAsync(), [runner])
      .result()
    await door.wait(set)
    const closed = { name: 'RunnerClosedError', code: 'ERR_RUNNER_CLOSED' }
    await assert.rejects(async () => door.wait(unset), closed)
    unset.set()
    await door.wait(unset)
  },
}
