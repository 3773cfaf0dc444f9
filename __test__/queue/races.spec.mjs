// Races for an item: a put against an abort, a cancellation, or a hook that is called while its getter blocks.
//
// Promises to cover Q5 (K2 and X6 as far as items go): whichever comes first, the item is delivered or it is still
// there; never lost, never twice.

import test from 'ava'
import { AsyncRunner, Event, Queue } from 'threaded-async'
import { passed, root, run } from '../support/program.mjs'
import { partner, until } from '../support/partner.mjs'

const empty = { code: 'ERR_QUEUE_EMPTY' }

test('Q5: an abort before the put leaves the item at the head', async t => {
  const queue = new Queue()
  const controller = new AbortController()
  const got = queue.get({ signal: controller.signal })
  controller.abort()
  queue.putNowait('item')
  t.is(await got.catch(error => error.name), 'AbortError')
  t.is(queue.getNowait(), 'item')
})

test('Q5: an abort after the put comes too late: the item was delivered', async t => {
  const queue = new Queue()
  const controller = new AbortController()
  const got = queue.get({ signal: controller.signal })
  queue.putNowait('item')
  controller.abort()
  t.throws(() => queue.getNowait(), empty)
  t.is(await got, 'item')
})

test.serial('Q5: an abort that races with a put elsewhere loses nothing and doubles nothing', async t => {
  const [queue, orders, done] = [new Queue(), new Queue(), new Queue()]
  const putter = partner().createTask(
    async (orders, queue, done) => {
      for await (const item of orders) {
        queue.putNowait(item)
        done.putNowait(item)
      }
    },
    [orders, queue, done],
  )
  let delivered = 0
  for (let round = 0; round < 500; round++) {
    const controller = new AbortController()
    const got = queue.get({ signal: controller.signal }).then(
      item => item,
      () => 'aborted',
    )
    orders.putNowait(round)
    // Anywhere between at once and some 50 µs from now: about as long as the put takes to come.
    for (let wait = Math.random() * 20_000; wait > 0; wait--);
    if (round % 3 === 0) await Promise.resolve()
    controller.abort()
    const item = await got
    await done.get()
    if (item === 'aborted') t.is(queue.getNowait(), round)
    else t.is(item, round)
    if (item === round) delivered++
    t.is(queue.qsize(), 0)
  }
  orders.shutdown()
  await putter.result()
  t.log(`${delivered} of 500 were delivered`)
})

test.serial('Q5: a cancellation of its task that races with a put loses nothing and doubles nothing', async t => {
  const [queue, ends] = [new Queue(), { delivered: 0, cancelled: 0 }]
  for (let round = 0; round < 300; round++) {
    const task = partner().createTask(queue => queue.get(), [queue])
    if (round % 2) await until(() => queue.statistics().getters === 1)
    // From here on either may come first, at the core and at the loop.
    queue.putNowait(round)
    task.cancel()
    const item = await task.result().catch(error => error.code)
    if (item === 'ERR_CANCELLED') t.is(queue.getNowait(), round)
    else t.is(item, round)
    ends[item === round ? 'delivered' : 'cancelled']++
    t.deepEqual([queue.qsize(), queue.statistics().getters], [0, 0])
  }
  t.log(ends)
})

test('a cancellation is one edge, also for a wait that is given the signal of its task', async t => {
  const [runner, queue, started] = [new AsyncRunner(), new Queue(), new Event()]
  const task = runner.createTask(
    async (queue, started) => {
      started.set()
      while (!currentTask().cancelled) await new Promise(resolve => setImmediate(resolve))
      const ends = [await queue.get({ signal: currentTask().signal }).catch(error => error.name)]
      ends.push(await sleep(1).catch(error => error.name))
      return ends
    },
    [queue, started],
  )
  await started.waitAsync()
  task.cancel()
  t.deepEqual(await task.result(), ['CancelledError', undefined])
  await runner.closeAsync()
})

test('a blocking door is a wait that a cancellation meets before it begins, and takes nothing then', async t => {
  const [runner, queue, started] = [new AsyncRunner({ allowBlocking: true }), new Queue(), new Event()]
  queue.putNowait('mine')
  const task = runner.createTask(
    async (queue, started) => {
      started.set()
      while (!currentTask().cancelled) await new Promise(resolve => setImmediate(resolve))
      try {
        queue.getWait()
      } catch (error) {
        return [error.name, queue.getWait()]
      }
    },
    [queue, started],
  )
  await started.waitAsync()
  task.cancel()
  t.deepEqual(await task.result(), ['CancelledError', 'mine'])
  await runner.closeAsync()
})

// --- what a blocked thread is asked for meanwhile

test.serial('X7: a hook that is called inside of a blocking get may block itself, and the get goes on', t => {
  const [queue, inner, failures] = [new Queue(), new Queue(), []]
  const runner = new AsyncRunner({
    onTaskError({ error }) {
      failures.push(`${error.message} ${inner.getWait()}`)
    },
  })
  runner.createTask(
    async (queue, inner) => {
      while (queue.statistics().getters < 1) await sleep(1)
      queueMicrotask(async () => {
        while (inner.statistics().getters < 1) await sleep(1)
        inner.putNowait('inside')
        queue.putNowait('outside')
      })
      throw new Error('task')
    },
    [queue, inner],
  )
  t.is(queue.getWait({ timeout: 30_000 }), 'outside')
  t.deepEqual(failures, ['task inside'])
  t.notThrows(() => runner.close())
})

// A program of its own, because what the hook throws is an uncaught exception.
test('X6: a hook that throws inside of a blocking get is reported once and takes no item with it', async t => {
  const result = await run(['--input-type=module', '-e', `(${program})()`], { cwd: root })
  t.deepEqual({ ...result, ms: 0 }, { ...passed, ms: 0 })
})

const program = async () => {
  const { AsyncRunner, Queue } = await import('threaded-async')
  const queue = new Queue()
  const runner = new AsyncRunner({
    onTaskError() {
      queue.putNowait('item') // Goes to the getter that waits below.
      throw new Error('hook')
    },
  })
  const seen = []
  const uncaught = new Promise(resolve => process.on('uncaughtException', resolve))
  const task = runner.createTask(() => {
    throw new Error('task')
  })
  seen.push(queue.getWait({ timeout: 20_000 }))
  await task.result().catch(error => seen.push(error.message))
  seen.push((await uncaught).message)
  await runner.closeAsync()
  console.log(seen.join() === 'item,task,hook' ? 'pass' : seen)
}
