// Whose cancellation it was: a task is cancelled by its own cancellation only; that of another task, or of a future, which
// comes to it out of a wait, is an error like any other.
//
// Promises to cover T11 wherever such an error can come from, and through whatever it has crossed.

import ava from 'ava'
import {
  AsyncRunner,
  CancelledError,
  Event,
  Future,
  Queue,
  Server,
  sleep,
  taskModule,
  waitForOrCancel,
} from 'threaded-async'
import { runnerFor, until } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const shared = taskModule(new URL('./shared-tasks.mjs', import.meta.url))
const cancelled = { code: 'ERR_CANCELLED', name: 'CancelledError', instanceOf: CancelledError }
const patience = { timeout: 20_000 }

/** Two tasks of one loop, of which the second shares what the first has begun. */
function pair(runner, first, second, args = []) {
  runner.run(shared.ready, [], patience)
  const one = runner.createTask(first, args, { name: 'one' })
  runner.waitForNextEventloopIteration(patience)
  const two = runner.createTask(second, [], { name: 'two' })
  runner.waitForNextEventloopIteration(patience)
  return [one, two]
}

/** Asserts that a task has failed with the cancellation of somebody else. */
function failedBy(t, task, message) {
  const error = t.throws(() => task.wait(patience), { ...cancelled, message })
  t.false(task.cancelled())
  t.true(task.done())
  return error
}

for (const work of ['second', 'both']) {
  test(`T11: a task that shares another's call fails when that other is cancelled: ${work}`, t => {
    const runner = runnerFor(t)
    const [one, two] = pair(runner, shared.first, shared[work])
    one.cancel()
    t.throws(() => one.wait(patience), cancelled)
    t.true(one.cancelled())
    failedBy(t, two, "Task 'one' was cancelled.")
    t.notThrows(() => runner.close())
  })
}

test('T11: nobody has asked: close reports it', t => {
  const runner = new AsyncRunner()
  const [one, two] = pair(runner, shared.first, shared.second)
  one.cancel()
  until(() => two.done())
  const group = t.throws(() => runner.close(), { code: 'ERR_EXCEPTION_GROUP' })
  t.deepEqual(
    group.exceptions.map(error => [error.code, error.message]),
    [['ERR_CANCELLED', "Task 'one' was cancelled."]],
  )
})

test('T11: onTaskError hears of it', t => {
  const heard = []
  const runner = new AsyncRunner({ onTaskError: ({ error }) => heard.push([error.code, error.message]) })
  const [one, two] = pair(runner, shared.first, shared.second)
  one.cancel()
  until(() => two.done())
  t.notThrows(() => runner.close())
  t.deepEqual(heard, [['ERR_CANCELLED', "Task 'one' was cancelled."]])
})

test('T11: the one whose time was over has timed out, and the one beside it has failed', t => {
  const runner = runnerFor(t)
  runner.run(shared.ready, [], patience)
  const one = runner.createTask(shared.first, [], { name: 'one', timeout: 2000 }) // In which it has to start.
  runner.waitForNextEventloopIteration(patience)
  const two = runner.createTask(shared.second)
  t.throws(() => one.wait(patience), { code: 'ERR_EVENT_LOOP_TIMEOUT' })
  failedBy(t, two, "Task 'one' was cancelled.")
})

test('T11: a task that swallows its cancellation and lives on has cancelled nobody else', t => {
  const runner = runnerFor(t)
  const swallowed = new Event()
  const [one, two] = pair(runner, shared.swallow, shared.second, [swallowed])
  one.cancel()
  swallowed.wait(patience)
  failedBy(t, two, "Task 'one' was cancelled.")
  t.false(one.done())
})

test("T11: Node's AbortError, made of another task's signal, is an error, too", t => {
  const runner = runnerFor(t)
  const [one, two] = pair(runner, shared.lendSignal, shared.borrowSignal)
  one.cancel()
  const error = t.throws(() => two.wait(patience), { name: 'AbortError' })
  t.like(error.cause, { code: 'ERR_CANCELLED', message: "Task 'one' was cancelled." })
  t.false(two.cancelled())
})

test('T11: a generator that two tasks share ends with the cancellation of the one that waits in it', t => {
  const runner = runnerFor(t)
  const [one, two] = pair(runner, shared.iterate, shared.follow)
  one.cancel()
  t.throws(() => one.wait(patience), cancelled)
  t.is(two.wait(patience), true)
})

test('T11: work that a task left floating is reported when it fails by another task, not by its own', t => {
  const runner = new AsyncRunner({ name: 'floats' })
  runner.run(shared.ready, [], patience)
  const one = runner.createTask(shared.first, [], { name: 'one' })
  runner.waitForNextEventloopIteration(patience)
  t.is(runner.run(shared.float, [], patience), 'ended')
  one.cancel()
  t.throws(() => one.wait(patience), cancelled)
  const group = t.throws(() => runner.close(), { code: 'ERR_EXCEPTION_GROUP' })
  t.deepEqual(
    group.exceptions.map(error => error.message),
    ["Task 'one' was cancelled."],
  )
})

// --- waits for what belongs to others

for (const door of ['wait', 'result']) {
  for (const where of ['the same loop', 'another loop']) {
    if (door === 'wait' && where === 'the same loop') continue
    test(`T11: a task that waits for a cancelled one fails: ${door}, of ${where}`, t => {
      const runner = runnerFor(t, { allowBlocking: true })
      const other = where === 'another loop' ? runnerFor(t) : runner
      const inner = other.createTask(() => sleep(60_000), [], { name: 'inner' })
      const body = door === 'wait' ? task => task.wait() : async task => await task.result()
      const outer = runner.createTask(body, [inner])
      until(() => inner.done() || other.statistics().waiters > 0)
      inner.cancel()
      failedBy(t, outer, "Task 'inner' was cancelled.")
    })
  }
}

for (const [how, body] of [
  ['result', async future => await future.result()],
  ['resultWait', future => future.resultWait()],
  ['Promise.all', future => Promise.all([new Promise(() => {}), future.result()])],
]) {
  test(`T11: a task that waits for a future which is cancelled fails: ${how}`, t => {
    const runner = runnerFor(t, { allowBlocking: true })
    const future = new Future()
    const task = runner.createTask(body, [future])
    until(() => future.statistics().waiters === 1)
    future.cancel()
    failedBy(t, task, 'The future was cancelled.')
  })
}

test('T11: so does a plain call', t => {
  const runner = runnerFor(t, { allowBlocking: true })
  const future = new Future()
  future.cancel()
  t.throws(() => runner.callInLoop(it => it.resultWait(), [future]), cancelled)
  t.notThrows(() => runner.close())
})

test('T11: a script whose call the server has cancelled fails, and says so at close', t => {
  class Refusing extends Server {
    handleRequest(_request, future) {
      future.cancel()
    }
  }
  const server = new Refusing()
  const task = server.createBackgroundTask(client => client.ask(), [server.createClient()])
  t.true(server.process(patience))
  until(() => task.done())
  t.false(task.cancelled())
  const group = t.throws(() => server.close(), { code: 'ERR_EXCEPTION_GROUP' })
  t.regex(group.exceptions[0].message, /cancelled by the server/)
})

test('T11: a handler that waits for a cancelled future rejects the call with what is no cancellation of the script', t => {
  const future = new Future()
  future.cancel()
  const server = new Server({ handlers: { ask: () => future.resultWait() } })
  t.teardown(() => server.close())
  const task = server.createBackgroundTask(client => client.ask(), [server.createClient()])
  t.throws(() => server.process(patience), cancelled)
  failedBy(t, task, 'The future was cancelled.')
})

// --- across threads

test('T11: the cancellation of one is the failure of the next, and of the one after that, on three loops', t => {
  const [a, b, c] = [runnerFor(t), runnerFor(t), runnerFor(t)]
  const one = a.createTask(() => sleep(60_000), [], { name: 'one' })
  const two = b.createTask(async task => await task.result(), [one], { name: 'two' })
  const three = c.createTask(async task => await task.result(), [two], { name: 'three' })
  until(() => a.statistics().waiters === 1 && b.statistics().waiters === 1)
  one.cancel()
  failedBy(t, two, "Task 'one' was cancelled.")
  failedBy(t, three, "Task 'one' was cancelled.")
})

for (const [how, wrap, unwrap] of [
  ['as it is', error => error, error => error],
  ['as a cause', error => new Error('because', { cause: new Error('of', { cause: error }) }), it => it.cause.cause],
  ['in a group', error => new AggregateError([new Error('x'), error]), it => it.errors[1]],
  ['in a map, twice', error => new Map([['a', [error]]]), it => it.get('a')[0]],
]) {
  test(`T11: who was cancelled goes with the error, ${how}, through queues and arguments`, t => {
    const [runner, other] = [runnerFor(t), runnerFor(t)]
    const inner = other.createTask(() => sleep(60_000), [], { name: 'inner' })
    inner.cancel()
    const error = t.throws(() => inner.wait(patience), cancelled)
    const queue = new Queue()
    queue.putNowait(wrap(error))
    const body = new Function(`return async queue => { const it = await queue.get(); throw (${unwrap})(it) }`)()
    const relayed = runner.createTask(body, [queue])
    failedBy(t, relayed, "Task 'inner' was cancelled.")
    const again = runner.createTask(
      error => {
        throw error
      },
      [error],
    )
    failedBy(t, again, "Task 'inner' was cancelled.")
  })
}

// --- what is a cancellation as ever

test('a CancelledError of the user ends a task as cancelled, also one that has crossed', t => {
  const runner = new AsyncRunner()
  const bodies = [
    async () => {
      throw new CancelledError('mine')
    },
    async error => {
      throw error
    },
    async error => {
      throw Object.assign(new Error('aborted', { cause: error }), { name: 'AbortError' })
    },
  ]
  for (const body of bodies) {
    const task = runner.createTask(body, [new CancelledError('made on main')])
    t.throws(() => task.wait(patience), cancelled)
    t.true(task.cancelled())
  }
  t.notThrows(() => runner.close())
})

test('the event of waitForOrCancel ends a task as cancelled', t => {
  const runner = runnerFor(t)
  const event = new Event()
  const task = runner.createTask(event => waitForOrCancel(() => sleep(60_000), event), [event])
  until(() => event.statistics().waiters === 1)
  event.set()
  t.throws(() => task.wait(patience), cancelled)
  t.true(task.cancelled())
})

test('T11: a task that is cancelled itself is cancelled, although the cancellation of another came first', t => {
  const runner = new AsyncRunner()
  for (let i = 0; i < 200; i++) {
    const pair = [runner.createTask(() => sleep(60_000))]
    pair.push(runner.createTask(async task => await task.result(), pair))
    runner.waitForNextEventloopIteration(patience)
    // In one go: the loop sees the first one end before it sees that the second is to end, too.
    runner.callInLoop(
      pair => {
        for (const task of pair) task.cancel()
      },
      [pair],
    )
    for (const task of pair) {
      t.throws(() => task.wait(patience), cancelled)
      t.true(task.cancelled())
    }
  }
  t.notThrows(() => runner.close())
})

test('T11: what a close has cancelled is no failure, whichever task waits for the other', t => {
  const runner = new AsyncRunner()
  const [one, two] = pair(runner, shared.first, shared.second)
  const three = runner.createTask(async task => await task.result(), [two])
  runner.waitForNextEventloopIteration(patience)
  t.notThrows(() => runner.close())
  for (const task of [one, two, three]) t.true(task.cancelled())
})
