// Blocking on a runner's own thread: refused before it has an effect, or, with allowBlocking, done.
//
// Promises to cover R4 in every blocking door of the package. Circles of several loops are the deadlock spec's concern.

import ava from 'ava'
import { AsyncRunner, Event, Future, Queue, sleep } from 'threaded-async'
import { runnerFor, tasksOf, until } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const wouldDeadlock = { code: 'ERR_WOULD_DEADLOCK', name: 'WouldDeadlockError' }

test("R4: every blocking call on the runner's own thread throws before any side effect", t => {
  const runner = runnerFor(t)
  const other = runnerFor(t)
  const full = new Queue({ maxsize: 1 })
  full.putNowait('first')
  const stocked = new Queue()
  stocked.putMany([1, 2, 3])
  const unset = new Event()
  const set = new Event()
  set.set()
  const settled = new Future()
  settled.setResult(1)
  const ended = other.createTask(() => 1)
  ended.wait()
  const log = new Queue()
  const codes = runner.run(
    async (full, stocked, unset, set, settled, ended, other, log) => {
      const own = AsyncRunner.current
      const task = own.createTask(() => sleep(Infinity))
      const put = queue => queue.putNowait('side effect')
      const doors = {
        getWait: () => stocked.getWait(),
        getWaitTimeout: () => stocked.getWait({ timeout: 0 }),
        getManyWait: () => stocked.getManyWait(2),
        putWait: () => stocked.putWait(4),
        putWaitFull: () => full.putWait('second', { timeout: 10 }),
        putManyWait: () => stocked.putManyWait([5, 6]),
        joinWait: () => new Queue().joinWait(),
        iterateWait: () => [...stocked.iterateWait()],
        eventWait: () => unset.wait(),
        eventWaitSet: () => set.wait(),
        resultWait: () => settled.resultWait(),
        taskWait: () => task.wait(),
        taskWaitDone: () => ended.wait(),
        ownRun: () => own.run(put, [log]),
        otherRun: () => other.run(put, [log]),
        otherCall: () => other.callInLoop(put, [log]),
        ownNext: () => own.waitForNextEventloopIteration(),
        otherNext: () => other.waitForNextEventloopIteration(),
        ownClose: () => own.close(),
        otherClose: () => other.close(),
        ownDispose: () => own[Symbol.dispose](),
      }
      const codes = {}
      for (const [name, door] of Object.entries(doors)) {
        try {
          codes[name] = `returned ${door()}`
        } catch (error) {
          codes[name] = error instanceof WouldDeadlockError ? error.code : String(error)
        }
      }
      task.cancel()
      return codes
    },
    [full, stocked, unset, set, settled, ended, other, log],
  )
  for (const [name, code] of Object.entries(codes)) t.is(code, 'ERR_WOULD_DEADLOCK', name)
  other.waitForNextEventloopIteration()
  runner.waitForNextEventloopIteration()
  t.is(log.qsize(), 0)
  t.deepEqual(stocked.clear(), [1, 2, 3])
  t.deepEqual(full.clear(), ['first'])
  t.deepEqual([unset.statistics().waiters, stocked.statistics().getters, full.statistics().putters], [0, 0, 0])
  t.true(runner.isRunning)
  t.true(other.isRunning)
})

test('R4: the refusal says what to do instead, and names the runner', t => {
  const runner = runnerFor(t, { name: 'strict' })
  const error = t.throws(() => runner.run(queue => queue.getWait(), [new Queue()]), wouldDeadlock)
  t.regex(error.message, /'strict'/)
  t.regex(error.message, /allowBlocking/)
})

test('allowBlocking: blocking doors work on that loop, for what others end', t => {
  const runner = runnerFor(t, { allowBlocking: true })
  const other = runnerFor(t)
  const [requests, answers] = [new Queue(), new Queue()]
  const task = runner.createTask(
    (requests, answers, other) => {
      answers.putWait(requests.getWait() * 2)
      answers.putWait(other.run(async x => (await sleep(5), x + 1), [10]))
      answers.putWait(other.callInLoop(() => 'called'))
      other.waitForNextEventloopIteration()
      return other.createTask(() => 'task').wait()
    },
    [requests, answers, other],
  )
  until(() => requests.statistics().getters === 1)
  requests.putNowait(21)
  t.deepEqual([answers.getWait(), answers.getWait(), answers.getWait()], [42, 11, 'called'])
  t.is(task.wait(), 'task')
})

test("R4: waiting for one's own loop throws even with allowBlocking, timeout or not", t => {
  const runner = runnerFor(t, { name: 'self', allowBlocking: true })
  const outcomes = runner.run(async () => {
    const own = AsyncRunner.current
    const task = own.createTask(() => sleep(Infinity))
    const doors = {
      wait: () => task.wait(),
      waitTimeout: () => task.wait({ timeout: 50 }),
      run: () => own.run(() => 1),
      runTimeout: () => own.run(() => 1, [], { timeout: 50 }),
      next: () => own.waitForNextEventloopIteration(),
      nextTimeout: () => own.waitForNextEventloopIteration({ timeout: 50 }),
      close: () => own.close(),
    }
    const outcomes = {}
    for (const [name, door] of Object.entries(doors)) {
      try {
        outcomes[name] = `returned ${door()}`
      } catch (error) {
        outcomes[name] =
          `${error.code}${error.message.includes("'self'") || error.message.includes('self') ? '' : ' nameless'}`
      }
    }
    task.cancel()
    return outcomes
  })
  for (const [name, outcome] of Object.entries(outcomes)) t.is(outcome, 'ERR_WOULD_DEADLOCK', name)
  t.is(tasksOf(runner), 0)
})
