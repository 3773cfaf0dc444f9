// The wait for several things, one of which happens: `select` and `selectWait`.
//
// Promises to cover K7 through all doors, and what only one thread or one door has: tasks, signals, cancellation,
// circles, the default timeout, and receivers that die.

import test from 'ava'
import { AsyncRunner, Event, Future, Queue, select, selectWait, sleep } from 'threaded-async'
import { throughAllDoors } from '../support/doors.mjs'
import { untilSeen } from '../support/partner.mjs'
import { passes } from '../support/program.mjs'
import { runnerFor } from '../support/runner-fixture.mjs'
import { deep } from '../crossing/unreadable-tasks.mjs'
import bodies from './select.bodies.mjs'

throughAllDoors(test, bodies, import.meta.resolve('./select.bodies.mjs'))

test('K7: of two tasks the first to end is taken, and the error of the other stays to be seen', async t => {
  const runner = new AsyncRunner()
  const release = new Event(runner)
  const quick = runner.createTask(() => 'quick')
  const failing = runner.createTask(
    async release => {
      await release.waitAsync()
      throw new Error('unseen')
    },
    [release],
  )
  const chosen = await select([failing.resultOp(), quick.resultOp()])
  t.deepEqual([chosen.index, chosen.value], [1, 'quick'])
  release.set()
  while (!failing.done()) await sleep(1)
  t.is((await select([failing.resultOp(), quick.resultOp()])).index, 1)
  const error = await t.throwsAsync(runner.closeAsync())
  t.deepEqual(
    error.errors.map(({ message }) => message),
    ['unseen'],
  )
})

test('K7: the error of a task that is the one taken has been seen', async t => {
  const runner = new AsyncRunner()
  const failing = runner.createTask(() => {
    throw new Error('seen')
  })
  t.like(
    t.throws(() => selectWait([new Queue().getOp(), failing.resultOp()])),
    { message: 'seen', index: 1 },
  )
  await t.notThrowsAsync(runner.closeAsync())
})

test('K7: a thrown value that is no object arrives as it is, without an index', async t => {
  const runner = runnerFor(t)
  const failing = runner.createTask(() => {
    throw 5
  })
  t.is(await select([failing.resultOp()]).catch(error => error), 5)
})

test('K7: a signal ends it, and nothing has happened', async t => {
  const [queue, event] = [new Queue(), new Event()]
  const controller = new AbortController()
  const { signal } = controller
  const chosen = select([queue.getOp(), event.waitOp()], { signal })
  const reason = new Error('enough')
  controller.abort(reason)
  queue.putNowait('left')
  t.is(await chosen.catch(error => error), reason)
  t.is(await select([queue.getOp()], { signal }).catch(error => error), reason)
  t.deepEqual([queue.clear(), event.statistics().waiters], [['left'], 0])
})

test('K7: an abort after it was served changes nothing', async t => {
  const [queue, event] = [new Queue(), new Event()]
  const controller = new AbortController()
  const chosen = select([event.waitOp(), queue.getOp()], { signal: controller.signal })
  queue.putNowait('mine')
  controller.abort()
  t.deepEqual([(await chosen).value, queue.qsize()], ['mine', 0])
})

test('K7: a cancelled task leaves its select, whichever door it waits in', async t => {
  const runner = runnerFor(t, { allowBlocking: true })
  for (const door of ['select', 'selectWait']) {
    const [first, second] = [new Queue(), new Queue()]
    const task = runner.createTask(
      async (door, first, second) => {
        const api = await import('threaded-async')
        await api[door]([first.getOp(), second.getOp()])
      },
      [door, first, second],
    )
    await untilSeen(second, { getters: 1 })
    task.cancel()
    await t.throwsAsync(task.result(), { code: 'ERR_CANCELLED' })
    t.true(task.cancelled())
    t.deepEqual([first.statistics().getters, second.statistics().getters], [0, 0])
  }
})

test('K7: a loop that may not block is refused, and nothing is taken', async t => {
  const queue = new Queue()
  queue.putNowait(1)
  const task = runnerFor(t).createTask(
    async queue => {
      const { selectWait } = await import('threaded-async')
      selectWait([queue.getOp()])
    },
    [queue],
  )
  await t.throwsAsync(task.result(), { code: 'ERR_WOULD_DEADLOCK' })
  t.is(queue.qsize(), 1)
})

test('K7: left out, the timeout is the least of the runners', t => {
  const [short, long] = [30, 60_000].map(callInLoopTimeout => runnerFor(t, { callInLoopTimeout }))
  const ops = [new Queue(long).getOp(), new Queue().getOp(), new Event(short).waitOp()]
  t.throws(() => selectWait(ops), { code: 'ERR_EVENT_LOOP_TIMEOUT', message: /after 30 ms/ })
})

/** As a task of alice: selects among two tasks of bob, who waits for her, and a way out, if there is one. */
async function meet(bob, own, wayOut) {
  const { selectWait } = await import('threaded-async')
  const itself = await own.get()
  const first = bob.createTask(task => task.wait(), [itself], { name: 'first' })
  const second = bob.createTask(() => 'never', [], { name: 'second' })
  const ops = [first.resultOp(), second.resultOp()]
  if (wayOut !== undefined) ops.push(wayOut.resultOp())
  try {
    const { index, value } = selectWait(ops)
    return [index, value]
  } catch (error) {
    return [error.code, /alice/.test(error.message) && /bob/.test(error.message)]
  }
}

async function meeting(t, wayOut) {
  const [alice, bob] = ['alice', 'bob'].map(name => runnerFor(t, { name, allowBlocking: true }))
  const own = new Queue()
  const task = alice.createTask(meet, [bob, own, wayOut])
  own.putNowait(task)
  return task.result({ timeout: 20_000 })
}

test('K7, R5: a circle is refused where no op could end the wait', async t => {
  t.deepEqual(await meeting(t), ['ERR_WOULD_DEADLOCK', true])
})

test('K7, R5: there is no circle where any thread, or a loop outside of it, could end the wait', async t => {
  const future = new Future()
  const outcome = meeting(t, future)
  while (future.statistics().waiters === 0) await sleep(1)
  future.setResult('out')
  t.deepEqual(await outcome, [2, 'out'])
  const carol = runnerFor(t, { name: 'carol' })
  const release = new Event()
  const task = carol.createTask(async release => (await release.waitAsync(), 'carol'), [release])
  const other = meeting(t, task)
  await sleep(50)
  release.set()
  t.deepEqual(await other, [2, 'carol'])
})

test('K7: a thread that blocks in it serves what it is asked for, and goes on', t => {
  const [queue, other, heard] = [new Queue(), new Queue(), []]
  const runner = runnerFor(t, { onTaskError: ({ error }) => heard.push(error.message) })
  const tasks = [
    runner.createTask(() => {
      throw new Error('heard')
    }),
    runner.createTask(
      async queue => {
        const { sleep } = await import('threaded-async')
        while (queue.statistics().getters === 0) await sleep(1)
        await sleep(60)
        queue.putNowait('item')
      },
      [queue],
    ),
  ]
  const { index, value } = selectWait([other.getOp(), queue.getOp()], { timeout: 20_000 })
  t.deepEqual([index, value, heard], [1, 'item', ['heard']])
  t.throws(() => tasks[0].wait(), { message: 'heard' })
})

test('K7, Q18: what a loop that died was handed by a select goes back', async t => {
  const [queue, other, held, release] = [new Queue(), new Queue(), new Event(), new Event()]
  const runner = new AsyncRunner({ exitTimeout: 5, logForcedShutdownStackTrace: false })
  runner.createTask(
    async (queue, other, held, release) => {
      const { select } = await import('threaded-async')
      for (let turn = 0; turn < 3; turn++) select([other.getOp(), queue.getOp()]).catch(() => {})
      held.set()
      const nap = new Int32Array(new SharedArrayBuffer(4))
      while (!release.isSet()) Atomics.wait(nap, 0, 0, 1)
    },
    [queue, other, held, release],
  )
  await held.waitAsync()
  for (let item = 0; item < 4; item++) queue.putNowait({ item })
  t.is(queue.qsize(), 1)
  await runner.closeAsync().catch(() => {})
  t.deepEqual(
    queue.clear().map(({ item }) => item),
    [0, 1, 2, 3],
  )
  t.is(other.statistics().getters, 0)
})

test('K7: an item that cannot be read throws its error with the index, and is taken alone', async t => {
  const small = runnerFor(t, { resourceLimits: { stackSizeMb: 0.5 }, allowBlocking: true })
  for (const door of ['select', 'selectWait']) {
    const queue = new Queue()
    queue.putManyWait([deep(), 'next'])
    const task = small.createTask(
      async (door, queue) => {
        const api = await import('threaded-async')
        const ops = [new api.Event().waitOp(), queue.getOp()]
        try {
          await api[door](ops)
        } catch ({ code, index }) {
          return [code, index, (await api[door](ops)).value]
        }
      },
      [door, queue],
    )
    t.deepEqual(await task.result(), ['ERR_UNCLONEABLE', 1, 'next'])
  }
})

test('K7: an op does nothing by itself', t => {
  const queue = new Queue()
  const op = queue.putOp(1)
  queue.getOp()
  t.deepEqual([queue.qsize(), queue.statistics().getters, op.target], [0, 0, queue])
})

test('K7: of 20,000 items between three loops, with timeouts and aborts, none is lost and none doubled', async t => {
  for (const line of await passes(t, ['select.mjs', '20000'], { deadline: 120_000 })) t.log(line)
})

test('K7: a future that many select for is seen by all', async t => {
  const future = new Future()
  const chosen = Array.from({ length: 100 }, () => select([new Queue().getOp(), future.resultOp()]))
  future.setResult({ deep: [1] })
  for (const { index, value } of await Promise.all(chosen)) t.deepEqual([index, value], [1, { deep: [1] }])
  t.is(future.statistics().waiters, 0)
})
