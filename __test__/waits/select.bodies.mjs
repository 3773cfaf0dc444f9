// The wait for several things, through whichever door.
//
// Each body promises a part of K7; what serves the wait is the partner's loop, once it has seen the waiters.

import assert from 'node:assert/strict'
import { AsyncRunner, Event, Future, Queue } from 'threaded-async'
import { whenSeen } from '../support/partner.mjs'

const rejects = (enter, expected) => assert.rejects(async () => enter(), expected)

/** One of each kind, none of which is ready. */
function several() {
  const empty = new Queue()
  const full = new Queue({ maxsize: 1 })
  full.putNowait('first')
  const event = new Event()
  const future = new Future()
  const ops = [empty.getOp(), full.putOp({ extra: 1 }), event.waitOp(), future.resultOp()]
  return { empty, full, event, future, ops }
}

function waitersOf({ empty, full, event, future }) {
  return [
    empty.statistics().getters,
    full.statistics().putters,
    event.statistics().waiters,
    future.statistics().waiters,
  ]
}

const none = [0, 0, 0, 0]

export default {
  'K7: what is ready is taken at once, and the others have no effect': async door => {
    const all = several()
    const { empty, full, event, future, ops } = all
    empty.putNowait({ item: [1] })
    assert.deepEqual(await door.select(ops), { index: 0, op: ops[0], value: { item: [1] } })
    assert.equal(full.getNowait(), 'first')
    assert.deepEqual(await door.select(ops), { index: 1, op: ops[1], value: undefined })
    event.set()
    assert.deepEqual(await door.select(ops), { index: 2, op: ops[2], value: undefined })
    event.clear()
    future.setResult('done')
    assert.deepEqual(await door.select(ops), { index: 3, op: ops[3], value: 'done' })
    assert.deepEqual([waitersOf(all), full.clear(), empty.qsize()], [none, [{ extra: 1 }], 0])
  },

  'K7: each kind of op is served while it waits, and the others leave no waiter': async door => {
    const serve = [
      all => whenSeen(all.empty, { getters: 1 }, ['putNowait', 'late']),
      all => whenSeen(all.full, { putters: 1 }, ['getNowait']),
      all => whenSeen(all.event, { waiters: 1 }, ['set']),
      all => whenSeen(all.future, { waiters: 1 }, ['setResult', 7]),
    ]
    for (const [expected, value] of ['late', undefined, undefined, 7].entries()) {
      const all = several()
      const serving = serve[expected](all)
      assert.deepEqual(await door.select(all.ops), { index: expected, op: all.ops[expected], value })
      await serving.result()
      assert.deepEqual(waitersOf(all), none)
      assert.deepEqual(all.full.clear(), [expected === 1 ? { extra: 1 } : 'first'])
    }
  },

  'K7: a select that timed out has no effect, and its ops may be used again': async door => {
    const all = several()
    for (const timeout of [0, 5]) {
      await rejects(() => door.select(all.ops, { timeout }), {
        code: 'ERR_EVENT_LOOP_TIMEOUT',
        message: new RegExp(`timed out after ${timeout} ms: none of its 4 ops was ready`),
      })
      assert.deepEqual(waitersOf(all), none)
    }
    all.empty.putNowait(1)
    all.full.clear()
    assert.deepEqual([all.empty.clear(), all.full.clear()], [[1], []])
    all.event.set()
    assert.equal((await door.select(all.ops.slice(2), { timeout: 0 })).index, 0)
  },

  'K7: an item is encoded when the select begins, not when its op is made': async door => {
    const queue = new Queue()
    const item = { number: 1 }
    const op = queue.putOp(item)
    for (item.number = 2; item.number < 5; item.number++) await door.select([op])
    assert.deepEqual(queue.clear(), [{ number: 2 }, { number: 3 }, { number: 4 }])
  },

  'K7: an op that fails makes the select throw its error, with its index': async door => {
    const { empty, full, event, future, ops } = several()
    future.setException(Object.assign(new RangeError('too far'), { code: 'ERR_MINE' }))
    await rejects(() => door.select(ops), { name: 'RangeError', message: 'too far', code: 'ERR_MINE', index: 3 })
    empty.shutdown()
    full.shutdown()
    await rejects(() => door.select([event.waitOp(), empty.getOp()]), { code: 'ERR_QUEUE_SHUT_DOWN', index: 1 })
    await rejects(() => door.select([full.putOp(1), event.waitOp()]), { code: 'ERR_QUEUE_SHUT_DOWN', index: 0 })
    const cancelled = new Future()
    cancelled.cancel()
    await rejects(() => door.select([cancelled.resultOp()]), { code: 'ERR_CANCELLED', index: 0 })
    assert.deepEqual([full.clear(), event.statistics().waiters], [['first'], 0])
  },

  'K7: what fails while the select waits ends it, with its index': async door => {
    for (const [verb, error, expected] of [
      ['setException', [new TypeError('late')], { name: 'TypeError', message: 'late', index: 3 }],
      ['cancel', [], { code: 'ERR_CANCELLED', index: 3 }],
    ]) {
      const all = several()
      const serving = whenSeen(all.future, { waiters: 1 }, [verb, ...error])
      await rejects(() => door.select(all.ops), expected)
      await serving.result()
      assert.deepEqual(waitersOf(all), none)
    }
    const all = several()
    const serving = whenSeen(all.empty, { getters: 1 }, ['shutdown'])
    await rejects(() => door.select(all.ops), { code: 'ERR_QUEUE_SHUT_DOWN', index: 0 })
    await serving.result()
    assert.deepEqual(waitersOf(all), none)
  },

  'K7: what is ready goes before what has failed': async door => {
    const [ended, ready, failed] = [new Queue(), new Queue(), new Future()]
    ended.shutdown()
    failed.setException(new Error('not me'))
    for (let item = 0; item < 20; item++) {
      ready.putNowait(item)
      const ops = [ended.getOp(), ended.putOp(1), ready.getOp(), failed.resultOp()]
      assert.equal((await door.select(ops)).value, item)
    }
  },

  'K7: the same queue may stand twice, and does not serve itself': async door => {
    const queue = new Queue({ maxsize: 1 })
    const ops = [queue.getOp(), queue.putOp('item')]
    for (const expected of [1, 0, 1, 0]) {
      const { index, value } = await door.select(ops)
      assert.deepEqual([index, value], [expected, expected === 0 ? 'item' : undefined])
      const { size, getters, putters } = queue.statistics()
      assert.deepEqual([size, getters, putters], [expected, 0, 0])
    }
    const serving = whenSeen(queue, { getters: 2 }, ['putNowait', 'once'])
    assert.equal((await door.select([queue.getOp(), queue.getOp()])).value, 'once')
    await serving.result()
    assert.equal(queue.statistics().getters, 0)
  },

  'K7: none of those that are ready is preferred': async door => {
    const queues = [new Queue(), new Queue(), new Queue()]
    const counts = [0, 0]
    for (const queue of queues.slice(0, 2)) queue.putNowait(0)
    const ops = queues.map(queue => queue.getOp())
    for (let round = 0; round < 10_000; round++) {
      const { index } = await door.select(ops)
      counts[index]++
      queues[index].putNowait(round)
    }
    assert.ok(counts[0] > 4500 && counts[0] < 5500, `${counts}`)
  },

  'K7: wrong arguments are refused before anything has happened': async door => {
    const { empty, full, ops } = several()
    empty.putNowait(1)
    const type = { code: 'ERR_INVALID_ARG_TYPE' }
    await rejects(() => door.select([]), { code: 'ERR_INVALID_ARG_VALUE' })
    for (const wrong of [undefined, 5, {}, [ops[0], empty], [undefined], [ops[0], { target: empty }]]) {
      await rejects(() => door.select(wrong), type)
    }
    await rejects(() => door.select(ops, { timeout: -1 }), { code: 'ERR_OUT_OF_RANGE' })
    await rejects(() => door.select(ops, 5), type)
    await rejects(() => door.select([ops[0], full.putOp(() => 1)]), { code: 'ERR_UNCLONEABLE' })
    const fails = {
      get item() {
        throw new RangeError('mine')
      },
    }
    await rejects(() => door.select([ops[0], full.putOp(fails)]), { name: 'RangeError', message: 'mine' })
    assert.deepEqual([empty.clear(), full.clear()], [[1], ['first']])
  },

  'K7: a getter in an item may itself select': async door => {
    const [inner, outer] = [new Queue(), new Queue()]
    const item = {
      get number() {
        inner.putNowait('before')
        return inner.qsize()
      },
    }
    assert.equal((await door.select([inner.getOp(), outer.putOp(item)].slice(1))).index, 0)
    assert.deepEqual([outer.clear(), inner.clear()], [[{ number: 1 }], ['before']])
  },

  'K7: the end of a runner ends its ops': async door => {
    const runner = new AsyncRunner({ name: 'short-lived' })
    const [queue, other] = [new Queue(runner), new Queue()]
    const closing = runner.createTask(
      async queue => {
        const { sleep } = await import('threaded-async')
        while (queue.statistics().getters === 0) await sleep(1)
        process.exit(5)
      },
      [queue],
    )
    await rejects(() => door.select([other.getOp(), queue.getOp()]), { code: 'ERR_RUNNER_DIED', index: 1 })
    assert.equal(other.statistics().getters, 0)
    await closing.result().catch(() => {})
    await runner.closeAsync().catch(() => {})
  },
}
