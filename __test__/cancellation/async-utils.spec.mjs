// Two awaits against each other, and timers: Python's `async_utils` and `timers`.
//
// Promises to cover K3 with every winner, by function and by bare promise, on main and inside tasks; that losers given
// as functions are always aborted, and that no listener and no waiter stays.

import ava from 'ava'
import { getEventListeners } from 'node:events'
import { CancelledError, Event, Future, runOrRaise, sleep, TimeoutTimer, waitForOrCancel } from 'threaded-async'
import { runnerFor, until } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const cancelled = { code: 'ERR_CANCELLED', name: 'CancelledError', instanceOf: CancelledError }
const timedOut = { code: 'ERR_EVENT_LOOP_TIMEOUT', name: 'EventLoopTimeoutError' }

/** Work that never ends by itself, and notes how it was cancelled. */
function endless() {
  const seen = { calls: 0, signal: undefined, reason: undefined }
  const work = async signal => {
    seen.calls++
    seen.signal = signal
    try {
      await sleep(Infinity, { signal })
    } catch (error) {
      seen.reason = error
      throw error
    }
  }
  return { seen, work }
}

/** Work that ends as it is told. */
function manual() {
  const seen = { signal: undefined }
  const promise = new Promise((resolve, reject) => Object.assign(seen, { resolve, reject }))
  const work = signal => {
    seen.signal = signal
    return promise
  }
  return { seen, work, promise }
}

// --- waitForOrCancel

// Python: GatherOrCancelTest.test_await_success_before_cancel
test('K3: waitForOrCancel: the work wins: its result, and the event is left without waiters', async t => {
  const event = new Event()
  for (const work of [async () => 12, () => 12, Promise.resolve(12), () => sleep(1).then(() => 12)]) {
    t.is(await waitForOrCancel(work, event, { timeout: 20_000 }), 12)
    t.is(event.statistics().waiters, 0)
  }
  t.is(await waitForOrCancel(async () => 12, event), 12)
})

test('K3: waitForOrCancel: the work wins by failing: its own error', async t => {
  const event = new Event()
  const error = new RangeError('work')
  const works = [
    async () => {
      throw error
    },
    () => {
      throw error
    },
    Promise.reject(error),
  ]
  for (const work of works) t.is(await t.throwsAsync(waitForOrCancel(work, event)), error)
  t.is(event.statistics().waiters, 0)
})

// Python: GatherOrCancelTest.test_cancel_before_success
test('K3: waitForOrCancel: the event wins: CancelledError, and the work is aborted with it', async t => {
  for (const options of [undefined, { timeout: 20_000 }, { timeout: Infinity }]) {
    const event = new Event()
    const { seen, work } = endless()
    const racing = waitForOrCancel(work, event, options)
    await new Promise(resolve => setImmediate(resolve))
    t.is(event.statistics().waiters, 1)
    t.false(seen.signal.aborted)
    event.set()
    const error = await t.throwsAsync(racing, cancelled)
    t.true(seen.signal.aborted)
    await new Promise(resolve => setImmediate(resolve))
    t.is(seen.reason, error)
    t.is(seen.calls, 1)
    t.is(event.statistics().waiters, 0)
  }
})

test('K3: waitForOrCancel: an event that is set from the start cancels work that is not done', async t => {
  const event = new Event()
  event.set()
  const { seen, work } = endless()
  await t.throwsAsync(waitForOrCancel(work, event), cancelled)
  t.true(seen.calls === 0 || seen.signal.aborted)
})

// Python: GatherOrCancelTest.test_timeout
test('K3: waitForOrCancel: the timeout wins: EventLoopTimeoutError, and the work is aborted', async t => {
  const event = new Event()
  const { seen, work } = endless()
  const before = performance.now()
  const error = await t.throwsAsync(waitForOrCancel(work, event, { timeout: 30 }), timedOut)
  t.true(performance.now() - before >= 29)
  t.regex(error.message, /30 ms/)
  t.true(seen.signal.aborted)
  t.is(event.statistics().waiters, 0)
})

test('K3: waitForOrCancel: a bare promise can only be left, and its late error is nobody’s concern', async t => {
  const event = new Event()
  const { seen, promise } = manual()
  const racing = waitForOrCancel(promise, event)
  event.set()
  await t.throwsAsync(racing, cancelled)
  seen.reject(new Error('late'))
  await new Promise(resolve => setImmediate(resolve))
  t.is(event.statistics().waiters, 0)
})

test('K3: waitForOrCancel: the late error of an aborted function is no unhandled rejection', async t => {
  const event = new Event()
  const racing = waitForOrCancel(
    signal => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('late')))),
    event,
  )
  event.set()
  await t.throwsAsync(racing, cancelled)
  await new Promise(resolve => setImmediate(resolve))
})

test('K3: waitForOrCancel takes any event with an awaiting door', async t => {
  const event = new Event()
  const racing = waitForOrCancel(signal => sleep(Infinity, { signal }), event.asAsyncEvent())
  event.set()
  await t.throwsAsync(racing, cancelled)
  const own = { wait: ({ signal }) => new Promise(resolve => signal.addEventListener('abort', resolve)) }
  t.is(await waitForOrCancel(async () => 'done', own), 'done')
})

test('K3: waitForOrCancel: an event whose runner closes ends the race with that error, and aborts the work', async t => {
  const runner = runnerFor(t)
  const event = new Event(runner)
  const { seen, work } = endless()
  const racing = waitForOrCancel(work, event)
  const outcome = t.throwsAsync(racing, { code: 'ERR_RUNNER_CLOSED' })
  await runner.closeAsync()
  await outcome
  t.true(seen.signal.aborted)
})

test('waitForOrCancel refuses odd arguments before the work is begun', async t => {
  const event = new Event()
  let calls = 0
  const work = () => calls++
  for (const odd of [undefined, null, 5, 'work', {}]) {
    await t.throwsAsync(waitForOrCancel(odd, event), { code: 'ERR_INVALID_ARG_TYPE' })
  }
  for (const odd of [undefined, null, 5]) {
    await t.throwsAsync(waitForOrCancel(work, odd), { code: 'ERR_INVALID_ARG_TYPE' })
  }
  await t.throwsAsync(waitForOrCancel(work, {}), { code: 'ERR_INVALID_ARG_TYPE' })
  await t.throwsAsync(waitForOrCancel(work, event, 5), { code: 'ERR_INVALID_ARG_TYPE' })
  await t.throwsAsync(waitForOrCancel(work, event, { timeout: '5' }), { code: 'ERR_INVALID_ARG_TYPE' })
  for (const timeout of [-1, NaN]) {
    await t.throwsAsync(waitForOrCancel(work, event, { timeout }), { code: 'ERR_OUT_OF_RANGE' })
  }
  t.is(calls, 0)
  t.is(event.statistics().waiters, 0)
})

// --- runOrRaise

// Python: RunOrRaiseTest.test_coroutine_returns_first
test('K3: runOrRaise: the work wins: its result, and the raiser is aborted', async t => {
  const { seen, work: raiser } = endless()
  t.is(await runOrRaise(async () => (await sleep(5), 42), raiser), 42)
  t.true(seen.signal.aborted)
  await new Promise(resolve => setImmediate(resolve))
  t.is(seen.reason.code, 'ERR_CANCELLED')
})

test('K3: runOrRaise: the work wins by failing: its error, and the raiser is aborted', async t => {
  const { seen, work: raiser } = endless()
  const error = new RangeError('work')
  const works = [
    async () => {
      await null
      throw error
    },
    () => {
      throw error
    },
    Promise.reject(error),
  ]
  for (const work of works) t.is(await t.throwsAsync(runOrRaise(work, raiser)), error)
  t.true(seen.signal.aborted)
})

// Python: RunOrRaiseTest.test_raiser_returns_first_raise
test('K3: runOrRaise: the raiser wins by throwing: its error, and the work is aborted', async t => {
  const error = new RangeError('test')
  const raisers = [
    async () => {
      await sleep(1)
      throw error
    },
    () => {
      throw error
    },
    Promise.reject(error),
  ]
  for (const raiser of raisers) {
    const { seen, work } = endless()
    t.is(await t.throwsAsync(runOrRaise(work, raiser)), error)
    t.true(seen.signal.aborted)
  }
})

// Python: RunOrRaiseTest.test_raiser_returns_first_no_raise
test('K3: runOrRaise: a raiser that returns first is no matter: the work goes on to its result', async t => {
  for (const raiser of [async () => 'ignored', () => 'ignored', Promise.resolve('ignored')]) {
    const { seen, work } = manual()
    const racing = runOrRaise(work, raiser)
    await sleep(5)
    t.false(seen.signal.aborted)
    seen.resolve(42)
    t.is(await racing, 42)
  }
})

test('K3: runOrRaise: the work of a raiser that returned may still fail by itself', async t => {
  const { seen, work } = manual()
  const racing = runOrRaise(work, () => {})
  await sleep(1)
  seen.reject(new RangeError('late'))
  await t.throwsAsync(racing, { instanceOf: RangeError, message: 'late' })
})

test('K3: runOrRaise: the loser’s late error is nobody’s concern', async t => {
  const { seen, work: raiser } = manual()
  t.is(await runOrRaise(async () => 1, raiser), 1)
  seen.reject(new Error('late'))
  const second = manual()
  await t.throwsAsync(
    runOrRaise(second.work, async () => Promise.reject(new RangeError('raised'))),
    {
      message: 'raised',
    },
  )
  second.seen.reject(new Error('late'))
  await new Promise(resolve => setImmediate(resolve))
})

test('runOrRaise refuses odd arguments before anything is begun', async t => {
  let calls = 0
  const work = () => calls++
  for (const odd of [undefined, null, 5, 'work', {}]) {
    await t.throwsAsync(runOrRaise(odd, work), { code: 'ERR_INVALID_ARG_TYPE' })
    await t.throwsAsync(runOrRaise(work, odd), { code: 'ERR_INVALID_ARG_TYPE' })
  }
  t.is(calls, 0)
})

// --- inside tasks

test('K3: inside a task: an event set by main cancels the work, which runs on the loop', t => {
  const runner = runnerFor(t)
  const event = new Event()
  const task = runner.createTask(
    async it => {
      const log = []
      const work = async signal => {
        try {
          await sleep(Infinity, { signal })
        } finally {
          log.push(`work ${signal.aborted}`)
        }
      }
      log.push(await waitForOrCancel(work, it, { timeout: 20_000 }).catch(error => error.name))
      await sleep(1)
      return log.sort()
    },
    [event],
  )
  until(() => event.statistics().waiters === 1)
  event.set()
  t.deepEqual(task.wait(), ['CancelledError', 'work true'])
  t.is(event.statistics().waiters, 0)
})

test('K3: a task cancelled in the middle of a race: both sides end, and the cleanup may race again', t => {
  const runner = runnerFor(t)
  const [event, begun] = [new Event(), new Event()]
  const task = runner.createTask(
    async (event, begun) => {
      const log = []
      const work = name => async signal => {
        begun.set()
        try {
          await sleep(Infinity, { signal })
        } catch (error) {
          log.push(`${name} ${error.name}`)
          throw error
        }
      }
      try {
        await runOrRaise(work('work'), work('raiser'))
      } catch (error) {
        log.push(error.name)
      }
      log.push(await runOrRaise(async () => (await sleep(1), 'again'), work('late')))
      log.push(await waitForOrCancel(() => sleep(1).then(() => 'and again'), event))
      return log.sort()
    },
    [event, begun],
  )
  begun.wait()
  task.cancel()
  t.deepEqual(task.wait(), [
    'CancelledError',
    'again',
    'and again',
    'late CancelledError',
    'raiser CancelledError',
    'work CancelledError',
  ])
  t.is(event.statistics().waiters, 0)
})

test('K4: 2,000 races on one event and one signal leave no waiters and no listeners', async t => {
  const event = new Event()
  const { signal } = new AbortController()
  for (let round = 0; round < 20; round++) {
    const races = Array.from({ length: 50 }, (_, i) => waitForOrCancel(() => sleep(0, { signal }).then(() => i), event))
    const runs = Array.from({ length: 50 }, (_, i) =>
      runOrRaise(
        () => sleep(0, { signal }).then(() => i),
        inner => event.waitAsync({ signal: AbortSignal.any([inner, signal]) }),
      ),
    )
    t.deepEqual(
      await Promise.all([...races, ...runs]),
      Array.from({ length: 100 }, (_, i) => i % 50),
    )
  }
  t.is(event.statistics().waiters, 0)
  t.is(getEventListeners(signal, 'abort').length, 0)
})

test('a race against a future of ours', async t => {
  const future = new Future()
  const event = new Event()
  const racing = waitForOrCancel(signal => future.result({ signal }), event)
  future.setResult('value')
  t.is(await racing, 'value')
  const other = new Future()
  const losing = waitForOrCancel(signal => other.result({ signal }), event)
  event.set()
  await t.throwsAsync(losing, cancelled)
  await new Promise(resolve => setImmediate(resolve))
  t.is(other.statistics().waiters, 0)
})

// --- timers

// Python: TestTimers.test_timer_with_timeout
test('TimeoutTimer starts at once, and its remaining time only falls', async t => {
  const timer = new TimeoutTimer(600_000)
  await new Promise(resolve => setTimeout(resolve, 5))
  const first = timer.remaining
  await new Promise(resolve => setTimeout(resolve, 5))
  const second = timer.remaining
  t.true(600_000 > first && first > second, `${first}, ${second}`)
})

// Python: TestTimers.test_timer_with_none_timeout
test('TimeoutTimer without a limit', t => {
  for (const timer of [new TimeoutTimer(), new TimeoutTimer(undefined), new TimeoutTimer(Infinity)]) {
    t.is(timer.remaining, Infinity)
    t.is(timer.remaining, Infinity)
  }
})

// Python: TestTimers.test_timer_with_negative_timeout (there a negative time stays; here it throws, as everywhere)
test('TimeoutTimer refuses a negative time, and never has less than nothing left', async t => {
  t.throws(() => new TimeoutTimer(-1), { code: 'ERR_OUT_OF_RANGE', instanceOf: RangeError })
  t.throws(() => new TimeoutTimer(NaN), { code: 'ERR_OUT_OF_RANGE' })
  t.throws(() => new TimeoutTimer('5'), { code: 'ERR_INVALID_ARG_TYPE', instanceOf: TypeError })
  t.is(new TimeoutTimer(0).remaining, 0)
  const timer = new TimeoutTimer(1)
  await new Promise(resolve => setTimeout(resolve, 10))
  t.is(timer.remaining, 0)
})
