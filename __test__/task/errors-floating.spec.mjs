// Errors that no task catches: what a task's floating work leaves unhandled.
//
// Promises to cover X6: each is reported once, as what it is and under the task that left it, and the loop lives on.

import ava from 'ava'
import { AsyncRunner, Event, ExceptionGroup, sleep } from 'threaded-async'
import { runnerFor, until } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const groupOf = { code: 'ERR_EXCEPTION_GROUP', name: 'ExceptionGroup', instanceOf: ExceptionGroup }
const fail = async message => {
  throw new RangeError(message)
}

const floats = {
  'a rejection of floating work': () => void Promise.reject(new RangeError('floating')),
  'a throw in floating async work': () => {
    void (async () => {
      await sleep(1)
      throw new RangeError('floating')
    })()
  },
  'a throw in a timer callback': () =>
    void setTimeout(() => {
      throw new RangeError('floating')
    }, 1),
  'a throw in an immediate': () =>
    void setImmediate(() => {
      throw new RangeError('floating')
    }),
  'a throw in a microtask': () =>
    queueMicrotask(() => {
      throw new RangeError('floating')
    }),
  'a throw in a tick': () =>
    process.nextTick(() => {
      throw new RangeError('floating')
    }),
  'an emitter without listeners': () =>
    void setImmediate(() => {
      const { EventEmitter } = require('node:events')
      new EventEmitter().emit('error', new RangeError('floating'))
    }),
}

for (const [what, fn] of Object.entries(floats)) {
  test(`X6: ${what} is reported once, like a task error, and the loop lives on`, t => {
    const failures = []
    const runner = new AsyncRunner({ name: 'loop', onTaskError: failure => failures.push(failure) })
    runner.createTask(fn, [], { name: 'careless' }).wait()
    // The hook is served from inside of these blocking calls.
    until(() => (runner.waitForNextEventloopIteration(), failures.length > 0))
    t.is(
      runner.run(() => 'alive'),
      'alive',
    )
    t.notThrows(() => runner.close()) // It has been told.
    t.is(failures.length, 1)
    t.true(failures[0].error instanceof RangeError)
    t.is(failures[0].error.message, 'floating')
    t.is(failures[0].runner, 'loop')
    t.is(failures[0].task, 'careless')
  })
}

for (const [what, fn] of Object.entries(floats)) {
  test(`X6: ${what} is called an error that the task has left behind, not a failed task`, t => {
    const runner = new AsyncRunner({ name: 'loop' })
    runner.createTask(fn, [], { name: 'careless' }).wait()
    runner.run(() => sleep(20))
    const group = t.throws(() => runner.close(), groupOf)
    t.regex(
      group.message,
      /^1 error was left behind on the loop of runner 'loop'\.\n {2}1\. Task 'careless' left an error /,
    )
    t.regex(group.message, /: RangeError: floating$/)
    t.is(group.exceptions.length, 1)
  })
}

test('X6: failed tasks and errors that were left behind are told apart in one group', t => {
  const runner = new AsyncRunner({ name: 'loop' })
  runner.createTask(floats['a throw in a timer callback'], [], { name: 'careless' }).wait()
  runner.run(() => sleep(20))
  runner.createTask(fail, ['no. 1'], { name: 'crawl' })
  runner.createTask(fail, ['no. 2'], { name: 'crawl' })
  const group = t.throws(() => runner.close(), groupOf)
  const [headline, ...lines] = group.message.split('\n')
  t.is(headline, "2 tasks of runner 'loop' failed, and 1 error was left behind on its loop.")
  t.deepEqual(lines.map(line => line.replace(/^ +\d\. /, '')).toSorted(), [
    "Task 'careless' left an error behind, which nothing caught, in a timer, a callback or a promise: RangeError: floating",
    "Task 'crawl' failed: RangeError: no. 1",
    "Task 'crawl' failed: RangeError: no. 2",
  ])
})

test('X6: floating work whose task is over is reported under that task, not another that happens to run', t => {
  const failures = []
  const runner = runnerFor(t, { onTaskError: failure => failures.push(failure) })
  const go = new Event()
  const careless = event => void event.waitAsync().then(() => Promise.reject(new RangeError('floating')))
  runner.createTask(careless, [go], { name: 'careless' }).wait()
  const other = runner.createTask(
    async event => {
      event.set()
      await sleep(Infinity)
    },
    [go],
  )
  until(() => (runner.waitForNextEventloopIteration(), failures.length > 0))
  t.is(failures[0].task, 'careless')
  other.cancel()
})

test('X6: what floating work throws when the close aborts it, is in the group of that close', t => {
  const runner = new AsyncRunner()
  runner.run(() => {
    void sleep(Infinity).catch(() => {
      throw new RangeError('floating at the close')
    })
  })
  const group = t.throws(() => runner.close(), groupOf)
  t.deepEqual(
    group.exceptions.map(error => error.message),
    ['floating at the close'],
  )
})
