// A task that is cancelled more than once: each cancellation is an edge of its own once the one before was delivered.
//
// Promises to cover T10: a task that has swallowed one cancellation, or is in its cleanup, meets the next; what is asked
// for before that is one; and a close cuts once what was not cut before, and once more, later, what was.

import ava from 'ava'
import { AsyncRunner, CancelledError, currentTask, Event, Future, Queue, ShutdownType, sleep } from 'threaded-async'
import { atRest, duration, holdLoop, runnerFor, until } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const cancelled = { code: 'ERR_CANCELLED', name: 'CancelledError', instanceOf: CancelledError }
const patience = { timeout: 20_000 }

const waits = {
  sleep: () => sleep(60_000),
  'a get': ({ queue }) => queue.get(),
  'a put': ({ full }) => full.put(2),
  'an event': ({ event }) => event.waitAsync(),
  'a future': ({ future }) => future.result(),
  "a timer of Node's": () => require('node:timers/promises').setTimeout(60_000),
  "an interval of Node's": async () => {
    for await (const _ of require('node:timers/promises').setInterval(60_000));
  },
  'several at once': ({ queue, event }) => Promise.all([sleep(60_000), queue.get(), event.waitAsync()]),
  'a blocking get': ({ queue }) => queue.getWait(),
}

for (const [name, wait] of Object.entries(waits)) {
  test(`T10: a task that has swallowed a cancellation meets the next, and the third, in ${name}`, t => {
    const runner = runnerFor(t, { allowBlocking: true })
    const reached = new Queue()
    const full = new Queue({ maxsize: 1 })
    full.putNowait(1)
    const things = { queue: new Queue(), full, event: new Event(), future: new Future() }
    const body = new Function(`return async (things, reached) => {
      for (let i = 0; i < 2; i++) {
        try {
          reached.putNowait(i)
          await (${wait})(things)
        } catch (error) {
          reached.putNowait(error.code)
        }
      }
      reached.putNowait(2)
      await (${wait})(things)
    }`)()
    const task = runner.createTask(body, [things, reached])
    for (let i = 0; i < 3; i++) {
      t.is(reached.getWait(patience), i)
      if (name !== 'a blocking get') atRest(runner)
      task.cancel()
      if (i < 2) t.is(reached.getWait(patience), 'ERR_CANCELLED')
    }
    t.throws(() => task.wait(patience), cancelled)
    t.true(task.cancelled())
    t.is(things.queue.statistics().getters, 0)
  })
}

test('T10: a cancel in the cleanup cuts the cleanup, and one in the cleanup of that, that one', t => {
  const runner = runnerFor(t)
  const log = new Queue()
  const task = runner.createTask(
    async log => {
      try {
        await sleep(60_000)
      } finally {
        try {
          log.putNowait('first')
          await require('node:timers/promises').setTimeout(60_000)
        } finally {
          log.putNowait('second')
          await log.join()
        }
      }
    },
    [log],
  )
  runner.waitForNextEventloopIteration()
  task.cancel()
  t.is(log.getWait(patience), 'first')
  atRest(runner)
  task.cancel()
  t.is(log.getWait(patience), 'second')
  atRest(runner)
  t.false(task.done())
  task.cancel()
  t.throws(() => task.wait(patience), cancelled)
})

test('T10: cancels that come before the first was delivered are one: the cleanup is not cut', t => {
  const runner = runnerFor(t)
  const log = new Queue()
  for (let i = 0; i < 200; i++) {
    const task = runner.createTask(
      async log => {
        try {
          await sleep(60_000)
        } finally {
          await sleep(1)
          log.putNowait('cleaned up')
        }
      },
      [log],
    )
    runner.waitForNextEventloopIteration()
    const { release } = holdLoop(t, runner)
    for (let times = 0; times < 3; times++) task.cancel()
    release.set()
    t.throws(() => task.wait(patience), cancelled)
    t.is(log.getNowait(), 'cleaned up')
  }
})

test('T10: a cancellation that has cut nothing yet is one with those that follow', t => {
  const runner = runnerFor(t)
  const [begun, go] = [new Event(), new Event()]
  const task = runner.createTask(
    async (begun, go) => {
      begun.set()
      while (!go.isSet()) await new Promise(resolve => setImmediate(resolve))
      const codes = []
      for (let i = 0; i < 3; i++) await sleep(1).then(() => codes.push('slept'), error => codes.push(error.code)) // prettier-ignore
      return codes
    },
    [begun, go],
  )
  begun.wait(patience)
  for (let i = 0; i < 3; i++) {
    task.cancel()
    runner.waitForNextEventloopIteration(patience)
  }
  go.set()
  t.deepEqual(task.wait(patience), ['ERR_CANCELLED', 'slept', 'slept'])
})

test('T10: the signal aborts once, and stays aborted', t => {
  const runner = runnerFor(t)
  const reached = new Queue()
  const task = runner.createTask(
    async reached => {
      const { signal } = currentTask()
      let times = 0
      signal.addEventListener('abort', () => times++)
      for (let i = 0; i < 3; i++) {
        reached.putNowait(i)
        await sleep(60_000).catch(() => {})
      }
      return [times, signal.aborted, currentTask().cancelled]
    },
    [reached],
  )
  for (let i = 0; i < 3; i++) {
    reached.getWait(patience)
    atRest(runner)
    task.cancel()
  }
  t.deepEqual(task.wait(patience), [1, true, true])
})

test('T10: a cancel of a task that has ended, and one of a task that never started, stay without effect', t => {
  const runner = runnerFor(t)
  const ended = runner.createTask(() => 'ended')
  t.is(ended.wait(patience), 'ended')
  const { release } = holdLoop(t, runner)
  const early = runner.createTask(() => 'started')
  for (let i = 0; i < 3; i++) for (const task of [ended, early]) task.cancel()
  release.set()
  runner.waitForNextEventloopIteration(patience)
  t.is(ended.wait(patience), 'ended')
  t.throws(() => early.wait(patience), cancelled)
})

// --- close

const stubborn = {
  awaits: async swallowed => {
    await sleep(60_000).catch(() => {})
    swallowed.set()
    await sleep(60_000)
  },
  blocks: swallowed => {
    const { Queue } = require('threaded-async')
    try {
      new Queue().getWait()
    } catch {}
    swallowed.set()
    new Queue().getWait()
  },
}

for (const [how, body] of Object.entries(stubborn)) {
  test(`T10: a close cuts once more, after a quarter of exitTimeout, what had swallowed its cut: ${how}`, t => {
    const runner = new AsyncRunner({ exitTimeout: 4000, allowBlocking: true, logForcedShutdownStackTrace: false })
    const swallowed = new Event()
    const task = runner.createTask(body, [swallowed])
    until(() => task.done() || runner.statistics().tasksRunning === 1)
    atRestOrBlocked(runner)
    task.cancel()
    swallowed.wait(patience)
    const took = duration(() => runner.close())
    t.is(runner.shutdownType, ShutdownType.STOPPED)
    t.true(took >= 900, `took ${took} ms`)
    t.throws(() => task.wait(), cancelled)
    t.true(task.cancelled())
  })
}

function atRestOrBlocked(runner) {
  until(() => runner.statistics().tasksRunning === 1 && runner.statistics().backlog === 0)
}

test('T10: a task that the close itself has cut has all of exitTimeout for its cleanup', t => {
  const runner = new AsyncRunner({ exitTimeout: 4000 })
  const log = new Queue()
  runner.createTask(
    async log => {
      try {
        await sleep(60_000)
      } finally {
        await sleep(1500)
        log.putNowait('cleaned up')
      }
    },
    [log],
  )
  runner.waitForNextEventloopIteration()
  runner.close()
  t.is(runner.shutdownType, ShutdownType.STOPPED)
  t.deepEqual(log.clear(), ['cleaned up'])
})

test('T10: a task that swallows the second cut as well is ended by force, and the cleanup of others was not cut', t => {
  const runner = new AsyncRunner({ exitTimeout: 4000, logForcedShutdownStackTrace: false })
  const log = new Queue()
  const task = runner.createTask(async log => {
    for (;;) await sleep(60_000).catch(() => log.putNowait('swallowed'))
  }, [log]) // prettier-ignore
  runner.createTask(async log => {
    await sleep(60_000).catch(() => {})
    await sleep(1500)
    log.putNowait('tidy')
  }, [log]) // prettier-ignore
  runner.waitForNextEventloopIteration()
  task.cancel()
  t.is(log.getWait(patience), 'swallowed')
  runner.close()
  t.is(runner.shutdownType, ShutdownType.FORCE_STOPPED)
  t.deepEqual(log.clear().sort(), ['swallowed', 'tidy']) // Two timers, which a loop that was late finds due at once.
  t.throws(() => task.wait(), { code: 'ERR_FORCED_SHUTDOWN' })
})

test('T10: a task that blocks with hardly any stack left is cut there, or in its next wait', async t => {
  for (let padding = 0; padding < 12; padding++) {
    const runner = runnerFor(t, { allowBlocking: true })
    const queue = new Queue()
    const task = runner.createTask(
      (queue, padding) => {
        const dive = (...more) => {
          try {
            return dive(...more)
          } catch (error) {
            return error.name === 'CancelledError' ? error.code : queue.getWait()
          }
        }
        return dive(...padding)
      },
      [queue, Array.from({ length: padding }, () => 0)],
    )
    await until(() => queue.statistics().getters === 1)
    task.cancel()
    t.is(task.wait(patience), 'ERR_CANCELLED')
    runner.close()
  }
})
