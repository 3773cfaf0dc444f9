// Waits while a runner ends: each ends with the error that says so, and items that are there stay there.
//
// Promises to cover S5 and S7 in every door tied to a runner, from another thread and from the one that closes.

import ava from 'ava'
import { AsyncRunner, Event, Future, Queue, sleep } from 'threaded-async'
import { runnerFor, tasksOf, until } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

/** Each door tied to a runner; `parked` says when somebody waits there. */
const tiedDoors = {
  getWait: ['ERR_QUEUE_SHUT_DOWN', ({ empty }) => empty.getWait(), ({ empty }) => empty.statistics().getters],
  putWait: ['ERR_QUEUE_SHUT_DOWN', ({ full }) => full.putWait('extra'), ({ full }) => full.statistics().putters],
  eventWait: ['ERR_RUNNER_CLOSED', ({ event }) => event.wait(), ({ event }) => event.statistics().waiters],
  resultWait: ['ERR_RUNNER_CLOSED', ({ future }) => future.resultWait(), ({ future }) => future.statistics().waiters],
  taskWait: ['ERR_CANCELLED', ({ task }) => task.wait()],
  run: ['ERR_CANCELLED', it => it.runner.run(() => sleep(Infinity)), it => tasksOf(it.runner) - 1],
  get: ['ERR_QUEUE_SHUT_DOWN', ({ empty }) => empty.get(), ({ empty }) => empty.statistics().getters],
  put: ['ERR_QUEUE_SHUT_DOWN', ({ full }) => full.put('extra'), ({ full }) => full.statistics().putters],
  waitAsync: ['ERR_RUNNER_CLOSED', ({ event }) => event.waitAsync(), ({ event }) => event.statistics().waiters],
  futureResult: ['ERR_RUNNER_CLOSED', ({ future }) => future.result(), ({ future }) => future.statistics().waiters],
  taskResult: ['ERR_CANCELLED', ({ task }) => task.result()],
}

for (const [name, [code, door, parked]] of Object.entries(tiedDoors)) {
  test(`S5: close releases another thread from ${name} with ${code}`, t => {
    const runner = new AsyncRunner({ exitTimeout: 20_000 })
    const other = runnerFor(t, { allowBlocking: true })
    const things = {
      runner,
      empty: new Queue(runner),
      full: new Queue(runner, { maxsize: 1 }),
      event: new Event(runner),
      future: new Future(runner),
      task: runner.createTask(() => sleep(Infinity)),
    }
    things.full.putNowait('first')
    const begun = new Event()
    const text = `return async (things, begun) => {
      begun.set()
      try {
        return await (${door})(things)
      } catch (error) {
        return error.code
      }
    }`
    const task = other.createTask(new Function(text)(), [things, begun])
    begun.wait()
    if (parked) until(() => parked(things) === 1)
    runner.close()
    t.is(task.wait({ timeout: 20_000 }), code)
    t.deepEqual(things.full.clear(), ['first'])
  })
}

test("S5: main's own awaiting doors are released by closeAsync", async t => {
  const runner = new AsyncRunner()
  const doors = [new Queue(runner).get(), new Event(runner).waitAsync(), new Future(runner).result()]
  const codes = Promise.all(doors.map(door => door.catch(error => error.code)))
  await runner.closeAsync()
  t.deepEqual(await codes, ['ERR_QUEUE_SHUT_DOWN', 'ERR_RUNNER_CLOSED', 'ERR_RUNNER_CLOSED'])
})

test('S7: put then close at once: the receiver gets the item first, then shut down', async t => {
  for (let round = 0; round < 5; round++) {
    const runner = new AsyncRunner()
    const queue = new Queue(runner)
    queue.putNowait('last')
    runner.close()
    t.is(queue.getWait(), 'last')
    t.throws(() => queue.getWait(), { code: 'ERR_QUEUE_SHUT_DOWN' })
    await t.throwsAsync(queue.get(), { code: 'ERR_QUEUE_SHUT_DOWN' })
  }
})

test('state outlives the runner: isSet, done, qsize still answer', t => {
  const runner = new AsyncRunner()
  const [event, future, queue] = [new Event(runner), new Future(runner), new Queue(runner)]
  event.set()
  future.setResult(5)
  queue.putNowait(1)
  runner.close()
  t.true(event.isSet())
  t.is(future.resultWait(), 5)
  t.is(queue.qsize(), 1)
  t.is(event.wait(), undefined)
})
