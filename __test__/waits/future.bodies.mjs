// Futures, waited for through whichever door.
//
// Each body promises one behaviour of F1 to F6; the other side is the partner's loop, other waiters are loops of their
// own.

import assert from 'node:assert/strict'
import { AsyncRunner, Future, InvalidStateError, Queue, taskModule } from 'threaded-async'
import { enterElsewhere, partner, untilSeen, whenSeen } from '../support/partner.mjs'

const here = taskModule(import.meta.url)
const late = { name: 'EventLoopTimeoutError', code: 'ERR_EVENT_LOOP_TIMEOUT' }
const settled = { name: 'InvalidStateError', code: 'ERR_INVALID_STATE' }
const doors = ['blocking', 'awaiting']

const rejects = (enter, expected) => assert.rejects(async () => enter(), expected)

/** The value, or the message of the error. */
async function outcomeOf(door, future) {
  try {
    return await door.result(future)
  } catch (error) {
    return error.message
  }
}

export async function setEach(orders) {
  for await (const [future, value] of orders) {
    for (let wait = Math.random() * 50_000; wait > 0; wait--);
    future.setResult(value)
  }
}

export default {
  'F1: a result arrives, whatever it is': async door => {
    for (const value of [1, undefined, null, '', { deep: [new Map([[1, 2]])] }, new Error('as a value')]) {
      const future = new Future()
      const setter = whenSeen(future, { waiters: 1 }, ['setResult', value])
      assert.deepEqual(await door.result(future), value)
      await setter.result()
      assert.deepEqual(await door.result(future, { timeout: 0 }), value)
      assert.deepEqual([future.done(), future.cancelled()], [true, false])
    }
  },

  'F1: an error arrives with its class, cause and fields': async door => {
    const error = Object.assign(new RangeError('too far', { cause: new TypeError('within') }), { code: 'ERR_MINE' })
    const future = new Future()
    const setter = whenSeen(future, { waiters: 1 }, ['setException', error])
    const expected = { name: 'RangeError', message: 'too far', code: 'ERR_MINE' }
    await rejects(() => door.result(future), expected)
    await setter.result()
    await rejects(
      () => door.result(future),
      arrived => arrived instanceof RangeError && arrived.cause instanceof TypeError,
    )
    assert.deepEqual([future.done(), future.cancelled()], [true, false])
  },

  'F1: what is no error is thrown as it is': async door => {
    for (const thrown of ['text', 0, undefined, null, { some: 'thing' }]) {
      const future = new Future()
      future.setException(thrown)
      let caught = 'nothing'
      try {
        await door.result(future)
      } catch (error) {
        caught = error
      }
      assert.deepEqual(caught, thrown)
    }
  },

  'F2: the first outcome stays, and a second one throws': async door => {
    for (const settle of [future => future.setResult('first'), future => future.setException(new Error('first'))]) {
      const future = new Future()
      settle(future)
      for (const again of [future => future.setResult(2), future => future.setException(new Error('second'))]) {
        assert.throws(() => again(future), settled)
        assert.throws(() => again(future), InvalidStateError)
      }
      assert.throws(() => future.setResult(() => 'uncloneable'), settled)
      assert.equal(future.cancel(), false)
      assert.equal(await outcomeOf(door, future), 'first')
    }
  },

  'F3: all who wait, early, late or again, see the same': async door => {
    const future = new Future()
    const others = [...doors, ...doors].map((other, index) => enterElsewhere(`${index}`, other, 'result', future))
    await untilSeen(future, { waiters: 4 })
    const value = { list: [1, 2, 3] }
    const setter = whenSeen(future, { waiters: 5 }, ['setResult', value])
    const mine = await door.result(future)
    await setter.result()
    const all = await Promise.all(others.map(other => other.result()))
    for (const seen of [mine, ...all, await door.result(future), await door.result(future)])
      assert.deepEqual(seen, value)
    // Each gets a copy of its own.
    mine.list.push(4)
    assert.deepEqual(await door.result(future), value)
    assert.deepEqual(future.statistics(), { waiters: 0, done: true })
  },

  /** F4: the result or a timeout; and after a timeout the next wait gives the result. */
  'F4: a result that races with a timeout is there for the next wait': async door => {
    const orders = new Queue()
    const setter = partner().createTask(here.setEach, [orders])
    const ends = { result: 0, timeout: 0 }
    for (let round = 0; round < 200; round++) {
      const future = new Future()
      orders.putNowait([future, round])
      try {
        assert.equal(await door.result(future, { timeout: Math.random() / 5 }), round)
        ends.result++
      } catch (error) {
        assert.equal(error.code, late.code)
        ends.timeout++
      }
      assert.equal(await door.result(future), round)
      assert.deepEqual(future.statistics(), { waiters: 0, done: true })
    }
    orders.shutdown()
    await setter.result()
    assert.equal(ends.result + ends.timeout, 200)
  },

  'F6: what cannot cross throws at the setter, and the future stays pending': async door => {
    const future = new Future()
    const refused = { name: 'UncloneableError', code: 'ERR_UNCLONEABLE' }
    const memory = new ArrayBuffer(8)
    assert.throws(() => future.setResult({ fn() {} }), { ...refused, path: 'value.fn' })
    assert.throws(() => future.setResult([memory, Symbol('no')], { transfer: [memory] }), refused)
    assert.throws(() => future.setException(Object.assign(new Error('x'), { fn() {} })), {
      ...refused,
      path: 'error.fn',
    })
    assert.throws(() => future.setException(() => {}), { ...refused, path: 'error' })
    assert.deepEqual([future.done(), memory.byteLength], [false, 8])
    await rejects(() => door.result(future, { timeout: 1 }), late)
    const setter = whenSeen(future, { waiters: 1 }, ['setResult', 'at last'])
    assert.equal(await door.result(future), 'at last')
    await setter.result()
  },

  /** F6, H3: no future stays pending after the end of its runner; a settled one stays as it was. */
  'F6: nothing stays pending after the end of its runner': async door => {
    const runner = new AsyncRunner()
    const [set, pending] = [new Future(runner), new Future(runner)]
    set.setResult('kept')
    await partner()
      .createTask(runner => runner.closeAsync(), [runner])
      .result()
    assert.equal(await door.result(set), 'kept')
    await rejects(() => door.result(pending), { name: 'RunnerClosedError', code: 'ERR_RUNNER_CLOSED' })
    assert.deepEqual([pending.done(), pending.cancelled(), pending.cancel()], [true, false, false])
    assert.throws(() => pending.setResult('too late'), settled)
  },

  'a cancel reaches all who wait': async door => {
    const future = new Future()
    const cancelled = { name: 'CancelledError', code: 'ERR_CANCELLED' }
    const other = enterElsewhere('a', 'awaiting', 'result', future)
    await untilSeen(future, { waiters: 1 })
    const canceller = whenSeen(future, { waiters: 2 }, ['cancel'], ['cancel'])
    await rejects(() => door.result(future), cancelled)
    assert.deepEqual(await canceller.result(), [true, false])
    await assert.rejects(other.result(), cancelled)
    assert.deepEqual([future.done(), future.cancelled()], [true, true])
    assert.throws(() => future.setResult(1), settled)
    await rejects(() => door.result(future), cancelled)
  },

  'what is transferred is gone on this side, and every waiter gets a copy': async door => {
    const future = new Future()
    const memory = Uint8Array.of(1, 2, 3).buffer
    future.setResult({ memory }, { transfer: [memory] })
    assert.equal(memory.byteLength, 0)
    for (let round = 0; round < 2; round++) {
      const { memory } = await door.result(future)
      assert.deepEqual(new Uint8Array(memory), Uint8Array.of(1, 2, 3))
    }
  },
}
