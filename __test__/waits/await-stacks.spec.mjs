// The stack of an error that an awaiting door gives: it begins with the `await` that got it.

import test from 'ava'
import { AsyncRunner, Event, Future, Queue, Server, sleep, waitForOrCancel } from 'threaded-async'

const here = 'await-stacks.spec.mjs'

/** Awaits what `begin` returns, in functions that are to be seen in the stack of its error. */
async function failureOf(begin) {
  async function innerCaller() {
    await begin()
  }
  async function outerCaller() {
    await innerCaller()
  }
  try {
    await outerCaller()
  } catch (error) {
    return error
  }
  throw new Error('It has not failed.')
}

function framesOf({ stack }) {
  return stack.split('\n').filter(line => line.startsWith('    at '))
}

function soon(act) {
  setTimeout(act, 5)
}

function full() {
  const queue = new Queue({ maxsize: 1 })
  queue.putNowait(1)
  return queue
}

const ours = {
  'queue.get': () => new Queue().get({ timeout: 5 }),
  'queue.put': () => full().put(2, { timeout: 5 }),
  'queue.getMany': () => new Queue().getMany(2, { timeout: 5 }),
  'queue.putMany': () => full().putMany([2, 3], { timeout: 5 }),
  'queue.join': () => full().join({ timeout: 5 }),
  'event.waitAsync': () => new Event().waitAsync({ timeout: 5 }),
  'event.asAsyncEvent': () => new Event().asAsyncEvent().wait({ timeout: 5 }),
  'future.result': () => new Future().result({ timeout: 5 }),
  'a queue that is shut down meanwhile'() {
    const queue = new Queue()
    soon(() => queue.shutdown())
    return queue.get()
  },
  'a queue that is shut down'() {
    const queue = new Queue()
    queue.shutdown()
    return queue.get()
  },
  'a future that is cancelled'() {
    const future = new Future()
    soon(() => future.cancel())
    return future.result()
  },
  'waitForOrCancel, late': () => waitForOrCancel(signal => sleep(1e9, { signal }), new Event(), { timeout: 5 }),
  'waitForOrCancel, ended'() {
    const event = new Event()
    soon(() => event.set())
    return waitForOrCancel(signal => sleep(1e9, { signal }), event)
  },
}

for (const [name, begin] of Object.entries(ours)) {
  test(`${name}: the error has the stack of the await that got it`, async t => {
    const error = await failureOf(begin)
    const [first, second] = framesOf(error)
    t.true(
      framesOf(error).every(line => !line.includes('dist/threaded-async.')),
      error.stack,
    )
    t.true(first.includes(here), error.stack)
    t.regex(`${first}${second}`, /innerCaller/, error.stack)
    t.truthy(error.code)
  })
}

test('the error of a task has its own stack, and then that of the await', async t => {
  const runner = new AsyncRunner({ name: 'r' })
  const fails = await failureOf(() =>
    runner
      .createTask(async function failing() {
        throw new RangeError('of the task')
      })
      .result(),
  )
  // The task may have failed before its result is asked for; then the call has not awaited anything.
  const awaits = /waits in result\]\n( {4}at async innerCaller| {4}at .*await-stacks.*\n {4}at innerCaller)/
  t.regex(fails.stack, /^RangeError: of the task\n {4}at .*failing/)
  t.regex(fails.stack, awaits)
  const cancelled = await failureOf(() => {
    const task = runner.createTask(() => sleep(1e9))
    soon(() => task.cancel())
    return task.result()
  })
  t.regex(framesOf(cancelled)[0], /innerCaller/)
  await runner.closeAsync()
})

test('inside a task the awaits of the task are told, also where it is cancelled', t => {
  const runner = new AsyncRunner()
  const late = runner.run(
    async queue => {
      async function waits() {
        await queue.get({ timeout: 5 })
      }
      return waits().catch(error => error.stack)
    },
    [new Queue()],
  )
  t.regex(late.split('\n')[1], /^ {4}at async waits .*await-stacks/)
  const started = new Event()
  const stack = new Future()
  const task = runner.createTask(
    async (started, stack) => {
      async function sleeps() {
        started.set()
        await new Event().waitAsync()
      }
      await sleeps().catch(error => stack.setResult(error.stack))
    },
    [started, stack],
  )
  started.wait()
  task.cancel()
  t.regex(stack.resultWait().split('\n')[1], /^ {4}at async sleeps .*await-stacks/)
  runner.close()
})

test('a client is told where it called', t => {
  const server = new Server({
    handlers: {
      fail() {
        throw new TypeError('of the handler')
      },
    },
  })
  const task = server.createBackgroundTask(
    async server => {
      const client = server.createClient()
      async function calls() {
        await client.fail()
      }
      return calls().catch(error => error.stack)
    },
    [server],
  )
  t.throws(() => server.processAll(), { message: 'of the handler' })
  server.processAll()
  t.regex(task.wait(), /^TypeError: of the handler\n[^]*waits in fail\]\n {4}at async calls .*await-stacks/)
  server.close()
})

test('a reason of the user’s is passed on as it is', async t => {
  const reason = new Error('reason')
  const { stack } = reason
  const controller = new AbortController()
  soon(() => controller.abort(reason))
  t.is(await failureOf(() => new Queue().get({ signal: controller.signal })), reason)
  t.is(reason.stack, stack)
})

test('an error that nobody awaits in a function is told all the same', async t => {
  const error = await new Promise(resolve => new Queue().get({ timeout: 1 }).catch(resolve))
  t.is(error.code, 'ERR_EVENT_LOOP_TIMEOUT')
  t.true(error.stack.startsWith('EventLoopTimeoutError: '))
  t.false(error.stack.includes('dist/threaded-async.'))
})
