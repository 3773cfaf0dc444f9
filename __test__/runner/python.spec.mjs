// The tests of Python's threaded_async 1.4, in their order, under their names.
//
// Promises that a program ported from there finds what its tests ask for. What they ask for and is different here stands
// in docs/porting.md; the test says so where it had to change.

import test from 'ava'
import {
  AsyncRunner,
  Event,
  Future,
  Queue,
  runOrRaise,
  Server,
  ShutdownType,
  sleep,
  TimeoutTimer,
} from 'threaded-async'
import { CancelledError, ExceptionGroup, InvalidStateError, waitForOrCancel } from 'threaded-async'
import { runnerFor } from '../support/runner-fixture.mjs'

const timedOut = { code: 'ERR_EVENT_LOOP_TIMEOUT' }
const cancelled = { code: 'ERR_CANCELLED' }

// --- AsyncRunner

test('run_awaitable, create_task', t => {
  const runner = runnerFor(t)
  const foo = async x => {
    await sleep(10)
    return x + 1
  }
  t.is(runner.run(foo, [3]), 4)
  t.is(runner.createTask(foo, [3]).wait({ timeout: 60_000 }), 4)
})

test('run_timeout', t => {
  const runner = runnerFor(t)
  t.throws(() => runner.run(() => sleep(100_000), [], { timeout: 10 }), timedOut)
})

test('in_runner_loop, in_runner_loop_separate_loop', t => {
  const [runner, other] = [runnerFor(t), runnerFor(t)]
  t.false(runner.inRunnerLoop)
  t.true(runner.callInLoop(runner => runner.inRunnerLoop, [runner]))
  t.false(other.callInLoop(runner => runner.inRunnerLoop, [runner]))
})

test('task_done: isSet is no barrier, waitForNextEventloopIteration is one', t => {
  const runner = runnerFor(t)
  const event = new Event(runner)
  const task = runner.createTask(event => event.asAsyncEvent().wait(), [event])
  t.false(task.done())
  event.set()
  t.true(event.isSet())
  runner.waitForNextEventloopIteration()
  t.true(task.done())
})

/** Starts a task that blocks its loop until it is told to go on, and returns when it does. */
function blockingTask(runner) {
  const memory = new Int32Array(new SharedArrayBuffer(4))
  const started = new Event()
  const task = runner.createTask(
    (memory, started) => {
      started.set()
      Atomics.wait(memory, 0, 0)
    },
    [memory, started],
  )
  started.wait()
  const goOn = () => {
    Atomics.store(memory, 0, 1)
    Atomics.notify(memory, 0)
  }
  return { task, goOn }
}

test('wait_for_next_eventloop_iteration_using_call_in_loop_timeout, override_timeout, no_timeout', t => {
  const runner = runnerFor(t, { callInLoopTimeout: 50 })
  const { task, goOn } = blockingTask(runner)
  t.throws(() => runner.waitForNextEventloopIteration(), timedOut)
  t.throws(() => runner.waitForNextEventloopIteration({ timeout: 10 }), timedOut)
  goOn()
  runner.waitForNextEventloopIteration({ timeout: Infinity })
  task.wait({ timeout: Infinity })
})

test('task_wait_on_done, exception_handling, wait_repeatedly', t => {
  const runner = runnerFor(t)
  const nothing = runner.createTask(async () => {})
  nothing.wait()
  t.true(nothing.done())
  nothing.wait()
  const failing = runner.createTask(async () => {
    throw new RangeError('foo')
  })
  t.throws(() => failing.wait(), { instanceOf: RangeError, message: 'foo' })
  const event = new Event(runner)
  const late = runner.createTask(event => event.waitAsync().then(() => 'ok'), [event])
  t.throws(() => late.wait({ timeout: 10 }), timedOut)
  t.throws(() => late.wait({ timeout: 10 }), timedOut)
  event.set()
  t.is(late.wait(), 'ok')
})

test('wait_after_shutdown, cancel_outstanding_tasks, cancel_task, cancelled_error', t => {
  const task = AsyncRunner.use(runner => runner.createTask(() => sleep(100_000)))
  t.throws(() => task.wait(), cancelled)
  const runner = runnerFor(t)
  const other = runner.createTask(() => sleep(100_000))
  other.cancel()
  t.throws(() => other.wait(), cancelled)
  const own = runner.createTask(async () => {
    throw new CancelledError('own')
  })
  t.throws(() => own.wait(), cancelled)
})

test('reraise_background_errors: the group has the errors, its message lists them', t => {
  const group = t.throws(
    () =>
      AsyncRunner.use(runner => {
        for (let i = 0; i < 10; i++) {
          runner.createTask(
            async i => {
              throw new RangeError(`foo ${i}`)
            },
            [i],
          )
        }
      }),
    { instanceOf: ExceptionGroup },
  )
  t.deepEqual(
    new Set(group.exceptions.map(error => error.message)),
    new Set(Array.from({ length: 10 }, (_, i) => `foo ${i}`)),
  )
  for (const [i, error] of group.exceptions.entries()) {
    t.true(group.message.includes(error.message))
    t.true(group.tracebacks[i].includes(error.message))
  }
})

test('call_in_loop_timeout', t => {
  const runner = runnerFor(t, { callInLoopTimeout: 20 })
  const memory = new Int32Array(new SharedArrayBuffer(4))
  t.throws(() => runner.callInLoop(memory => void Atomics.wait(memory, 0, 0), [memory]), timedOut)
  Atomics.store(memory, 0, 1)
  Atomics.notify(memory, 0)
})

test('shutdown_stopped, shutdown_force', t => {
  const orderly = new AsyncRunner()
  t.is(orderly.shutdownType, ShutdownType.NOT_SHUT_DOWN)
  orderly.createTask(async () => {
    for (;;) await sleep(10)
  })
  orderly.close()
  t.is(orderly.shutdownType, ShutdownType.STOPPED)
  const stuck = new AsyncRunner({ exitTimeout: 50, logForcedShutdownStackTrace: false })
  const started = new Event()
  stuck.createTask(
    started => {
      started.set()
      for (;;);
    },
    [started],
  )
  started.wait()
  stuck.close()
  t.is(stuck.shutdownType, ShutdownType.FORCE_STOPPED)
})

test('asyncio_task_canceled_on_shutdown', t => {
  const ended = new Event()
  AsyncRunner.use(runner => {
    const event = new Event(runner)
    runner.createTask(
      async (event, ended) => {
        const sleeping = async () => {
          try {
            for (;;) await sleep(1000)
          } finally {
            ended.set()
          }
        }
        const floating = sleeping()
        event.set()
        await floating
      },
      [event, ended],
    )
    event.wait()
  })
  t.true(ended.isSet())
})

// --- Event, Future, Queue

test('Event: thread_to_thread, thread_to_loop, loop_to_thread', t => {
  const runner = runnerFor(t)
  const [own, there, back] = Array.from({ length: 3 }, () => new Event(runner))
  own.set()
  own.wait({ timeout: 500 })
  const task = runner.createTask(event => event.asAsyncEvent().wait(), [there])
  there.set()
  task.wait()
  runner.callInLoop(event => event.asAsyncEvent().set(), [back])
  back.wait()
  t.pass()
})

for (const [what, settle] of [
  ['result', 'setResult'],
  ['exception', 'setException'],
]) {
  test(`Future: thread_to_thread_${what}, thread_to_loop_${what}, loop_to_thread_${what}`, t => {
    const runner = runnerFor(t)
    const [own, there, back] = Array.from({ length: 3 }, () => new Future(runner))
    const value = what === 'result' ? 1 : new RangeError('1')
    const outcome = wait => (what === 'result' ? t.is(wait(), 1) : t.throws(wait, { instanceOf: RangeError }))
    own[settle](value)
    outcome(() => own.resultWait())
    t.throws(() => own[settle](value), { instanceOf: InvalidStateError })
    const task = runner.createTask(future => future.result(), [there])
    there[settle](value)
    outcome(() => task.wait())
    runner.callInLoop((future, settle, value) => future[settle](value), [back, settle, value])
    outcome(() => back.resultWait())
  })
}

test('Queue: thread_to_thread, loop_to_loop; a negative size is refused', t => {
  const runner = runnerFor(t)
  const queue = new Queue(runner)
  queue.putWait(3)
  t.is(queue.getWait(), 3)
  const small = new Queue(runner, { maxsize: 1 })
  const foo = runner.createTask(
    async queue => {
      await queue.put(3)
      await queue.put(4)
    },
    [small],
  )
  const bar = runner.createTask(
    async queue => {
      await queue.get()
      return await queue.get()
    },
    [small],
  )
  t.is(bar.wait(), 4)
  foo.wait()
  t.throws(() => new Queue(runner, { maxsize: -1 }), { code: 'ERR_OUT_OF_RANGE' })
})

// --- control inversion

/** Remembers the futures and answers nothing. */
class AsyncServer extends Server {
  futures = []

  handleRequest(_request, future) {
    this.futures.push(future)
  }
}

/** Answers at once. */
class SyncServer extends AsyncServer {
  handleRequest(request, future) {
    super.handleRequest(request, future)
    if (request.fun === 'foo') future.setResult(request.args[0] + 1)
    else future.setException(new RangeError(`no ${request.fun}`))
  }
}

function serverFor(t, ServerClass) {
  const server = new ServerClass()
  t.teardown(() => server.close())
  return server
}

test('access_timeouts: without a limit is Infinity', t => {
  const server = serverFor(t, SyncServer)
  t.is(server.eventLoopTimeout, Infinity)
  t.is(server.eventLoopExitTimeout, 1000)
  server.eventLoopTimeout = 600_000
  server.eventLoopExitTimeout = 1200
  t.deepEqual([server.eventLoopTimeout, server.eventLoopExitTimeout], [600_000, 1200])
})

test('server: create_task, process_request, process_delayed', t => {
  const server = serverFor(t, SyncServer)
  t.is(server.createBackgroundTask(async x => x + 1, [3]).wait(), 4)
  t.is(server.futures.length, 0)
  const asks = async client => client.execute('foo', 3)
  const task = server.createBackgroundTask(asks, [server.createClient()])
  server.process()
  t.is(task.wait(), 4)
  t.is(server.futures.length, 1)
  const delaying = serverFor(t, AsyncServer)
  const delayed = delaying.createBackgroundTask(asks, [delaying.createClient()])
  delaying.process()
  t.throws(() => delayed.wait({ timeout: 50 }), timedOut)
  delaying.futures[0].setResult(10)
  t.is(delayed.wait(), 10)
})

test('server: process_many, process_long_running_operations', t => {
  const server = serverFor(t, SyncServer)
  const sums = async client => {
    let total = 0
    for (let i = 0; i < 100; i++) total += await client.execute('foo', i)
    return total
  }
  const task = server.createBackgroundTask(sums, [server.createClient()])
  for (let i = 0; i < 100; i++) t.true(server.process())
  t.false(server.process())
  t.is(task.wait(), 5050)
  t.is(server.futures.length, 100)
  const slow = serverFor(t, AsyncServer)
  const long = slow.createBackgroundTask(sums, [slow.createClient()])
  for (let i = 0; i < 100; i++) {
    t.true(slow.process())
    for (let again = 0; again < 10; again++) t.false(slow.process())
    slow.futures.at(-1).setResult(1)
  }
  t.is(long.wait(), 100)
})

test('server: shutdown_during_task, shutdown_during_request', t => {
  const server = new SyncServer()
  const task = server.createBackgroundTask(() => sleep(100_000))
  server.close()
  t.throws(() => task.wait(), cancelled)
  const delaying = new AsyncServer()
  const asking = delaying.createBackgroundTask(client => client.execute('foo', 1), [delaying.createClient()])
  delaying.process()
  delaying.close()
  t.throws(() => asking.wait(), cancelled)
})

// --- async_utils and timers

test('wait_for_or_cancel: success_before_cancel, cancel_before_success, timeout', async t => {
  const event = new Event()
  t.is(await waitForOrCancel(async () => 12, event, { timeout: 60_000 }), 12)
  const waiting = waitForOrCancel(() => sleep(100_000), event)
  event.set()
  await t.throwsAsync(waiting, cancelled)
  await t.throwsAsync(
    waitForOrCancel(() => sleep(100_000), new Event(), { timeout: 10 }),
    timedOut,
  )
})

test('run_or_raise: coroutine_returns_first, raiser_returns_first_raise, raiser_returns_first_no_raise', async t => {
  const raises = async () => {
    throw new RangeError('test')
  }
  t.is(
    await runOrRaise(
      async () => 42,
      () => sleep(100_000),
    ),
    42,
  )
  await t.throwsAsync(
    runOrRaise(() => sleep(100_000), raises),
    { instanceOf: RangeError },
  )
  t.is(
    await runOrRaise(
      () => sleep(10).then(() => 42),
      async () => {},
    ),
    42,
  )
})

test('timer: with_timeout, none_timeout; a negative one is refused', async t => {
  const timer = new TimeoutTimer(1_000_000)
  await sleep(5)
  const first = timer.remaining
  await sleep(5)
  const second = timer.remaining
  t.true(1_000_000 > first && first > second && second > 0)
  t.is(new TimeoutTimer().remaining, Infinity)
  t.throws(() => new TimeoutTimer(-1), { code: 'ERR_OUT_OF_RANGE' })
})
