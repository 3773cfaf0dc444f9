// Cancellation in each kind of wait: cut with nothing taken or inserted, and waits made after the edge work.
//
// Promises that a wait which was served keeps its value, that the edge is met once, and that under random cancels from
// two threads no item is lost or doubled.

import ava from 'ava'
import { CancelledError, Event, Future, Queue, sleep } from 'threaded-async'
import { holdLoop, runnerFor, tasksOf, until } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const cancelled = { code: 'ERR_CANCELLED', name: 'CancelledError', instanceOf: CancelledError }

const waits = {
  sleep: () => sleep(Infinity),
  get: ({ empty }) => empty.get(),
  getMany: ({ empty }) => empty.getMany(3),
  put: ({ full }) => full.put('extra'),
  putMany: ({ full }) => full.putMany(['extra', 'more']),
  join: ({ full }) => full.join(),
  iterate: async ({ empty }) => {
    for await (const _item of empty);
  },
  waitAsync: ({ event }) => event.waitAsync(),
  asAsyncEvent: ({ event }) => event.asAsyncEvent().wait(),
  result: ({ future }) => future.result(),
  taskResult: ({ task }) => task.result(),
  all: ({ empty, event }) => Promise.all([empty.get(), event.waitAsync(), sleep(Infinity)]),
  withOptions: ({ empty }) => empty.get({ timeout: 60_000, signal: new AbortController().signal }),
  timers: async () => (await import('node:timers/promises')).setTimeout(60_000, 'late'),
  timersRequired: () => require('timers').promises.setTimeout(60_000),
  timersSignal: () => require('timers/promises').setTimeout(60_000, 0, { signal: new AbortController().signal }),
  scheduler: () => require('node:timers/promises').scheduler.wait(60_000),
  interval: async () => {
    for await (const _tick of require('node:timers/promises').setInterval(60_000));
  },
  waitForOrCancel: ({ event }) => waitForOrCancel(() => sleep(Infinity), event),
  runOrRaise: () =>
    runOrRaise(
      () => sleep(Infinity),
      () => sleep(Infinity),
    ),
}

for (const [name, wait] of Object.entries(waits)) {
  test(`cancel cuts ${name} with nothing taken or inserted, and waits made after that work`, t => {
    const runner = runnerFor(t)
    const things = {
      empty: new Queue(),
      full: new Queue({ maxsize: 1 }),
      event: new Event(),
      future: new Future(),
      task: runner.createTask(() => sleep(Infinity), [], { name: 'other' }),
    }
    things.full.putNowait('first')
    const { empty, full, event, future } = things
    const waiting = new Event()
    const body = new Function(
      `return async (things, waiting, wait) => {
        const cutting = (${wait})(things)
        waiting.set()
        let name = 'returned'
        try {
          await cutting
        } catch (error) {
          name = error.name
        }
        const after = []
        await sleep(1)
        const queue = new Queue({ maxsize: 1 })
        await queue.put('works')
        after.push(await queue.get())
        after.push(await (await import('node:timers/promises')).setTimeout(1, 'timer'))
        await new Promise(resolve => setImmediate(resolve))
        return [name, currentTask().cancelled, currentTask().signal.aborted, ...after]
      }`,
    )()
    const task = runner.createTask(body, [things, waiting], { name })
    waiting.wait()
    runner.waitForNextEventloopIteration()
    runner.waitForNextEventloopIteration()
    task.cancel()
    t.deepEqual(task.wait({ timeout: 20_000 }), ['CancelledError', true, true, 'works', 'timer'])
    t.deepEqual([empty.statistics().getters, full.statistics().putters, full.statistics().joiners], [0, 0, 0])
    t.deepEqual([event.statistics().waiters, future.statistics().waiters], [0, 0])
    t.deepEqual(full.clear(), ['first'])
    empty.putNowait('untaken')
    t.is(empty.getNowait(), 'untaken')
    t.false(things.task.done())
    things.task.cancel()
  })
}

test('cancel between waits meets the next one, of whatever kind, and takes nothing even when it could be served', t => {
  const runner = runnerFor(t)
  const stocked = new Queue()
  const room = new Queue()
  stocked.putMany([1, 2, 3])
  const set = new Event()
  set.set()
  const settled = new Future()
  settled.setResult('there')
  const nexts = {
    sleep: () => sleep(0),
    get: ({ stocked }) => stocked.get(),
    getMany: ({ stocked }) => stocked.getMany(2),
    put: ({ room }) => room.put(1),
    putMany: ({ room }) => room.putMany([1, 2]),
    join: ({ fresh }) => fresh.join(),
    event: ({ set }) => set.waitAsync(),
    future: ({ settled }) => settled.result(),
    timers: () => require('node:timers/promises').setTimeout(0),
    immediate: () => require('node:timers/promises').setImmediate(),
    fetch: () => fetch('http://127.0.0.1:9/'),
  }
  for (const [name, next] of Object.entries(nexts)) {
    const [begun, cut] = [new Event(), new Event()]
    const body = new Function(
      `return async (things, begun, cut) => {
        begun.set()
        while (!currentTask().cancelled) await new Promise(resolve => setImmediate(resolve))
        const outcome = await (${next})(things).then(() => 'returned', error => error.name)
        await sleep(0)
        await (${name === 'fetch' ? () => Promise.resolve() : next})(things)
        return outcome
      }`,
    )()
    const task = runner.createTask(body, [{ stocked, room, set, settled, fresh: new Queue() }, begun, cut], { name })
    begun.wait()
    task.cancel()
    t.is(task.wait({ timeout: 20_000 }), 'CancelledError', name)
  }
  t.is(stocked.qsize(), 0) // Taken once by each of the two waits after the edge.
  t.is(room.qsize(), 3)
})

test('a wait already served keeps its value, and the cancel meets the next', t => {
  const runner = runnerFor(t)
  const [queue, begun] = [new Queue(), new Event()]
  const task = runner.createTask(
    async (it, event) => {
      event.set()
      const log = [await it.get()]
      try {
        log.push(await it.get())
      } catch (error) {
        log.push(error.name)
      }
      log.push(await it.get())
      return log
    },
    [queue, begun],
  )
  begun.wait()
  until(() => queue.statistics().getters === 1)
  const { release } = holdLoop(t, runner)
  queue.putNowait('served') // The loop cannot have looked at it.
  task.cancel()
  queue.putNowait('second')
  release.set()
  t.deepEqual(task.wait(), ['served', 'CancelledError', 'second'])
  t.is(queue.qsize(), 0)
})

test('one edge: of two waits side by side, the one not yet served is cut, and the next wait is not', t => {
  const runner = runnerFor(t)
  const [served, open, begun] = [new Queue(), new Queue(), new Event()]
  const task = runner.createTask(
    async (served, open, event) => {
      const both = [served.get(), open.get().catch(error => error.name)]
      event.set()
      return [await both[0], await both[1], await sleep(1).then(() => 'slept')]
    },
    [served, open, begun],
  )
  begun.wait()
  until(() => open.statistics().getters === 1)
  const { release } = holdLoop(t, runner)
  served.putNowait('value')
  task.cancel()
  release.set()
  t.deepEqual(task.wait(), ['value', 'CancelledError', 'slept'])
})

test('no item is lost or doubled when receivers are cancelled at random, from two threads', t => {
  const runner = runnerFor(t)
  const other = runnerFor(t)
  const [queue, out] = [new Queue({ maxsize: 50 }), new Queue()]
  const total = 10_000
  const consume = async (queue, out) => {
    for (;;) out.putNowait(await queue.get())
  }
  const producing = other.createTask(
    async (queue, total) => {
      for (let i = 0; i < total; i++) await queue.put(i)
    },
    [queue, total],
  )
  const cancelling = new Queue()
  const canceller = other.createTask(
    async it => {
      for await (const task of it) task.cancel()
    },
    [cancelling],
  )
  let consumers = []
  let round = 0
  const deadline = performance.now() + 60_000
  while (!producing.done() || queue.qsize() > 0) {
    consumers.push(runner.createTask(consume, [queue, out]))
    if (consumers.length < 4) continue
    const [first, second, ...rest] = consumers
    consumers = rest
    first.cancel()
    cancelling.putNowait(second)
    if (round++ % 10 === 0) t.throws(() => first.wait({ timeout: 20_000 }), cancelled)
    if (performance.now() > deadline) t.fail('it never ends')
  }
  for (const task of consumers) task.cancel()
  until(() => tasksOf(runner) === 0)
  cancelling.shutdown()
  canceller.wait()
  const received = [...out.clear(), ...queue.clear()].sort((a, b) => a - b)
  t.deepEqual(
    received,
    Array.from({ length: total }, (_, i) => i),
  )
})

test('cancel cuts all that a task waits for, in the order in which it has begun to, whatever has ended in between', t => {
  const runner = runnerFor(t)
  const events = Array.from({ length: 13 }, () => new Event())
  const [waiting, cut] = [new Event(), new Queue()]
  const task = runner.createTask(
    async (events, waiting, cut) => {
      const enter = (event, i) => event.waitAsync().catch(() => cut.putNowait(i))
      const all = events.slice(0, 12).map(enter)
      const over = [0, 5, 6, 11]
      for (const i of over) events[i].set()
      await Promise.all(over.map(i => all[i]))
      all.push(enter(events[12], 12))
      waiting.set()
      await Promise.all(all)
    },
    [events, waiting, cut],
  )
  waiting.wait()
  task.cancel()
  task.wait()
  t.deepEqual(cut.clear(), [1, 2, 3, 4, 7, 8, 9, 10, 12])
})
