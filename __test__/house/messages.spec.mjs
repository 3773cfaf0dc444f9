// The words of errors: who is waited for by its name, and what has kept the wait.

import test from 'ava'
import { spawnSync } from 'node:child_process'
import { inspect } from 'node:util'
import {
  AsyncRunner,
  Event,
  Future,
  Queue,
  RunnerPool,
  Server,
  selectWait,
  sleep,
  sleepWait,
  synchronized,
  taskModule,
} from 'threaded-async'
import { until } from '../support/runner-fixture.mjs'

function messageOf(t, call) {
  return t.throws(call).message
}

test('a wait that took too long says what it waited for', t => {
  const queue = new Queue({ name: 'jobs', maxsize: 3 })
  t.is(
    messageOf(t, () => queue.getWait({ timeout: 1 })),
    "getWait on queue 'jobs' timed out after 1 ms: the queue is empty.",
  )
  queue.putManyWait([1, 2, 3])
  const full = "on queue 'jobs' timed out after 10 ms: the queue is full (3 items), nobody takes from it."
  t.is(
    messageOf(t, () => queue.putWait(4, { timeout: 10 })),
    `putWait ${full}`,
  )
  t.is(
    messageOf(t, () => queue.putManyWait([4], { timeout: 10 })),
    `putManyWait ${full}`,
  )
  t.regex(
    messageOf(t, () => queue.joinWait({ timeout: 1 })),
    /joinWait on queue 'jobs' .*: 3 items were not reported done\.$/,
  )
  const bytes = new Queue({ maxBytes: 100 })
  bytes.putWait('x'.repeat(90))
  t.regex(
    messageOf(t, () => bytes.putWait('x'.repeat(90), { timeout: 1 })),
    /^putWait on a queue .* is full \(\d+ of 100 bytes\)/,
  )
  t.is(
    messageOf(t, () => new Event({ name: 'go' }).wait({ timeout: 1 })),
    "wait on event 'go' timed out after 1 ms: nobody has set it.",
  )
  t.is(
    messageOf(t, () => new Event().wait({ timeout: 1 })),
    'wait on an event timed out after 1 ms: nobody has set it.',
  )
  t.regex(
    messageOf(t, () => new Future({ name: 'f' }).resultWait({ timeout: 1 })),
    /^resultWait on future 'f' timed out after 1 ms: nobody has settled it\.$/,
  )
})

test('a full queue of a runner whose loop still starts is what has kept a put', t => {
  const runner = new AsyncRunner()
  const queue = new Queue(runner, { maxsize: 1 })
  queue.putNowait(1)
  t.false(messageOf(t, () => queue.putWait(2, { timeout: 0 })).includes('started'))
  runner.close()
})

test('names travel', t => {
  const runner = new AsyncRunner({ name: 'db' })
  const wait = (queue, event, future) => {
    const messages = []
    for (const call of [() => queue.getNowait(), () => future.setResult(2), () => event.name]) {
      try {
        messages.push(call())
      } catch (error) {
        messages.push(error.message)
      }
    }
    return messages
  }
  const future = new Future(runner, { name: 'answer' })
  future.setResult(1)
  t.deepEqual(runner.run(wait, [new Queue(runner, { name: 'jobs' }), new Event(runner, { name: 'go' }), future]), [
    "getNowait on queue 'jobs': the queue is empty.",
    "The future 'answer' is settled already.",
    undefined,
  ])
  runner.close()
})

test('a name is a text', t => {
  for (const make of [options => new Queue(options), options => new Event(options), options => new Future(options)]) {
    for (const name of [1, null, {}]) t.throws(() => make({ name }), { code: 'ERR_INVALID_ARG_TYPE' })
    t.throws(() => make({ nam: 'x' }), { code: 'ERR_INVALID_ARG_VALUE', message: /did you mean 'name'/ })
    t.notThrows(() => make({ name: '' }))
  }
  for (const Noun of [Event, Future]) {
    for (const wrong of [1, null, 'x', () => {}])
      t.throws(() => new Noun(wrong), { code: 'ERR_INVALID_ARG_TYPE', message: /"runner"/ })
    t.throws(() => new Noun(undefined, 1), { code: 'ERR_INVALID_ARG_TYPE' })
  }
})

test('a task without a name is called by its place, and run gives it one', t => {
  const runner = new AsyncRunner({ name: 'db' })
  t.regex(runner.createTask(() => 1).name, /^anonymous \(messages\.spec\.mjs:\d+\)$/)
  t.is(runner.createTask(() => 1, [], { name: 'mine' }).name, 'mine')
  t.is(runner.createTask(function own() {}).name, 'own')
  t.regex(
    messageOf(t, () => runner.run(() => sleep(1e9), [], { timeout: 5, name: 'x' })),
    /^run on task 'x' timed out after 5 ms/,
  )
  const late = runner.createTask(() => sleep(1e9), [], { timeout: 5, name: 'x' })
  t.is(
    messageOf(t, () => late.wait()),
    "The task 'x' timed out after 5 ms and was cancelled.",
  )
  t.is(
    runner.run(async () => (await import('threaded-async')).currentTask().name, [], { name: 'seen' }),
    'seen',
  )
  const memory = new ArrayBuffer(3)
  t.is(
    runner.run(memory => memory.byteLength, [memory], { transfer: [memory] }),
    3,
  )
  t.is(memory.byteLength, 0)
  t.is(
    runner.callInLoop(() => 7, [], { name: 'plain' }),
    7,
  )
  t.throws(() => runner.run(() => 1, [], { name: 1 }), { code: 'ERR_INVALID_ARG_TYPE' })
  runner.close()
})

test('run throws the reason of its signal, and the task has it as its cause', t => {
  const runner = new AsyncRunner()
  const other = new AsyncRunner()
  const reason = new TypeError('because')
  const aborted = { signal: AbortSignal.abort(reason) }
  t.is(
    t.throws(() => runner.run(() => 1, [], aborted)),
    reason,
  )
  t.is(
    t.throws(() => runner.callInLoop(() => 1, [], aborted)),
    reason,
  )
  const controller = new AbortController()
  const started = new Event()
  const task = runner.createTask(
    async started => {
      const { currentTask } = await import('threaded-async')
      started.set()
      try {
        await sleep(1e9)
      } catch (error) {
        error.message += ` ${error.cause.message} ${currentTask().signal.reason.cause.message}`
        throw error
      }
    },
    [started],
    { signal: controller.signal },
  )
  started.wait()
  controller.abort(reason)
  const error = t.throws(() => task.wait(), { code: 'ERR_CANCELLED' })
  t.is(error.cause, reason)
  t.true(task.cancelled())
  const seen = other.run(
    task => task.result().catch(error => [error.name, error.cause.name, error.cause.message]),
    [task],
  )
  t.deepEqual(seen, ['CancelledError', 'TypeError', 'because'])
  const plain = runner.createTask(() => sleep(1e9))
  plain.cancel()
  t.false(
    Object.hasOwn(
      t.throws(() => plain.wait()),
      'cause',
    ),
  )
  runner.close()
  other.close()
})

test('a putMany that is aborted says how many went in', async t => {
  const queue = new Queue({ name: 'two', maxsize: 2 })
  const reason = new Error('enough')
  const controller = new AbortController()
  const put = queue.putMany([1, 2, 3, 4], { signal: controller.signal })
  controller.abort(reason)
  const error = await t.throwsAsync(put, { name: 'AbortError', code: 'ABORT_ERR' })
  t.is(error.message, "putMany on queue 'two' was aborted after 2 items had gone in.")
  t.is(error.inserted, 2)
  t.is(error.cause, reason)
  const none = new AbortController()
  const waits = queue.putMany([5], { signal: none.signal })
  none.abort(reason)
  t.is(await t.throwsAsync(waits), reason)
})

test('sleepWait blocks for its time, and is cut and refused as every blocking call', t => {
  const begin = performance.now()
  sleepWait(30)
  t.true(performance.now() - begin >= 29)
  sleepWait(0)
  for (const wrong of [-1, NaN]) t.throws(() => sleepWait(wrong), { code: 'ERR_OUT_OF_RANGE' })
  for (const wrong of ['1', undefined, null]) t.throws(() => sleepWait(wrong), { code: 'ERR_INVALID_ARG_TYPE' })
  const runner = new AsyncRunner()
  t.throws(() => runner.run(() => sleepWait(1)), { code: 'ERR_WOULD_DEADLOCK' })
  runner.close()
  const blocking = new AsyncRunner({ allowBlocking: true })
  const started = new Event()
  const task = blocking.createTask(
    started => {
      started.set()
      sleepWait(Infinity)
    },
    [started],
  )
  started.wait()
  task.cancel()
  t.throws(() => task.wait(), { code: 'ERR_CANCELLED' })
  t.true(task.cancelled())
  blocking.close()
})

test('sleepWait serves: a task error is told while it sleeps', t => {
  const told = []
  const runner = new AsyncRunner({ onTaskError: ({ task }) => told.push(task) })
  runner.createTask(
    () => {
      throw new Error('x')
    },
    [],
    { name: 'bad' },
  )
  until(() => {
    sleepWait(50)
    return told.length > 0
  })
  t.deepEqual(told, ['bad'])
  t.notThrows(() => runner.close())
})

test('a server is called by its name', t => {
  const server = new Server({ name: 'arena', handlers: {} })
  const isOver = new Int32Array(new SharedArrayBuffer(4))
  server.createTask(
    over => {
      while (Atomics.load(over, 0) === 0); // It is never at rest.
    },
    [isOver],
  )
  t.regex(
    messageOf(t, () => server.settle({ timeout: 0 })),
    /^settle on server 'arena' timed out after 0 ms/,
  )
  Atomics.store(isOver, 0, 1)
  server.close()
  t.is(
    messageOf(t, () => server.process()),
    "process on server 'arena' has ended: the server is closed.",
  )
})

test('a blocking call in a task says what to write there', t => {
  const runner = new AsyncRunner({ name: 'db' })
  const refused = (...call) => t.throws(() => runner.run(...call), { code: 'ERR_WOULD_DEADLOCK' }).message
  const queue = new Queue()
  t.is(
    refused(queue => queue.getWait(), [queue]),
    "getWait would block the loop of runner 'db', and every task on it. Write `await get(…)`, or make the runner with allowBlocking: true.",
  )
  t.regex(
    refused(queue => queue.putManyWait([1]), [queue]),
    /Write `await putMany\(…\)`/,
  )
  t.regex(
    refused(queue => [...queue.iterateWait()], [queue]),
    /Write `for await`/,
  )
  t.regex(
    refused(event => event.wait(), [new Event()]),
    /Await the method that returns a promise/,
  )
  t.regex(
    refused(() => sleepWait(1)),
    /Write `await sleep\(…\)`/,
  )
  t.regex(
    refused(runner => runner.close(), [runner]),
    /^close on runner 'db' would never return/,
  )
  const instead = (...call) =>
    / on it\. (.*), or make the runner with allowBlocking: true\.$/.exec(refused(...call))?.[1]
  const other = new AsyncRunner()
  t.is(
    instead(other => other.run(() => 1), [other]),
    'Write `await createTask(…).result()`',
  )
  t.is(
    instead(other => other.close(), [other]),
    'Write `await closeAsync()`',
  )
  const nothing = 'Nothing awaits the same: call it outside of tasks'
  t.is(
    instead(other => other.waitForNextEventloopIteration(), [other]),
    nothing,
  )
  other.close()
  const server = new Server({ handlers: { process: () => 1 } })
  const script = server.createScript('for (;;) await host.nextTick()')
  const serve = 'Write `for await (… of server.requests())`'
  t.is(
    instead(server => server.process(), [server]),
    serve,
  )
  t.is(
    instead((server, script) => server.processUntil(script), [server, script]),
    serve,
  )
  t.is(
    instead(server => server.createBackgroundTask(() => 1), [server]),
    'Write `createTask(…)`, which does not block',
  )
  for (const method of ['settle', 'tick', 'advance']) {
    t.is(
      instead((server, method) => server[method](), [server, method]),
      nothing,
      method,
    )
  }
  t.is(
    instead(script => script.save(), [script]),
    nothing,
  )
  t.is(
    instead(client => client.sync.process(), [server.createClient()]),
    'Await it as a method of the client itself, without `sync`',
  )
  t.is(
    instead(async () => {
      const { synchronized } = await import('threaded-async')
      synchronized('node:path').join('a')
    }),
    'Import the module in the task',
  )
  script.cancel()
  server.close()
  runner.close()
})

test('a runner that is no more is called by its name, and why', t => {
  const dead = new AsyncRunner({ name: 'dead' })
  t.is(
    messageOf(t, () => dead.run(() => process.exit(3), [], { name: 'quits' })),
    "run on task 'quits' failed: the thread of runner 'dead' has ended by itself with exit code 3.",
  )
  for (const use of [() => dead.run(() => 1), () => dead.createTask(() => 1), () => new Queue(dead)]) {
    t.is(messageOf(t, use), "Runner 'dead' takes nothing more: its thread has ended by itself with exit code 3.")
  }
  const closed = new AsyncRunner({ name: 'closed' })
  const queue = new Queue(closed, { name: 'jobs' })
  closed.close()
  t.is(
    messageOf(t, () => queue.getWait()),
    "getWait on queue 'jobs' has ended: its runner 'closed' was closed.",
  )
  const shut = new Queue({ name: 'shut' })
  shut.shutdown()
  t.is(
    messageOf(t, () => shut.getWait()),
    "getWait on queue 'shut' has ended: the queue was shut down.",
  )
})

test('a select that took too long names what it waited for', t => {
  const ops = [new Queue({ name: 'jobs' }).getOp(), new Event({ name: 'stop' }).waitOp(), new Future().resultOp()]
  t.is(
    messageOf(t, () => selectWait(ops, { timeout: 1 })),
    "selectWait timed out after 1 ms: none of its 3 ops was ready (queue 'jobs', event 'stop', a future).",
  )
  const many = Array.from({ length: 9 }, (_, i) => new Event({ name: `${i}` }).waitOp())
  t.regex(
    messageOf(t, () => selectWait(many, { timeout: 1 })),
    /9 ops was ready \(event '0', event '1', event '2', event '3', …\)/,
  )
})

test('a wait that failFast has ended says for what it was', t => {
  const runner = new AsyncRunner({ name: 'crawler', failFast: true })
  runner.createTask(() => Promise.reject(new Error('broken')), [], { name: 'crawl' })
  const error = t.throws(() => new Queue(runner, { name: 'pages' }).getWait(), { code: 'ERR_TASK_FAILED' })
  t.is(
    error.message,
    "getWait on queue 'pages' was ended: task 'crawl' has failed, and its runner was made with failFast.",
  )
  runner.close()
})

test('runners without a name are counted from 1', t => {
  const { stdout } = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      "import { AsyncRunner, Queue } from 'threaded-async'; new Queue(); const a = new AsyncRunner({ name: 'a' }), [b, c] = [new AsyncRunner(), new AsyncRunner()]; console.log(a.name, b.name, c.name); process.exit()",
    ],
    { encoding: 'utf8', cwd: import.meta.dirname },
  )
  t.is(stdout, 'a runner-1 runner-2\n')
})

test('what a thread of the package does around a task is not in the stacks that are told', async t => {
  const told = []
  const runner = new AsyncRunner({ onTaskError: ({ error }) => told.push(error) })
  const fails = async () => {
    throw new AggregateError([new Error('one')], 'all', { cause: new Error('why') })
  }
  await t.throwsAsync(runner.createTask(fails).result())
  runner.createTask(fails)
  while (told.length === 0) sleepWait(10)
  const [error] = told
  for (const { stack } of [error, error.cause, error.errors[0]]) {
    t.regex(stack, /messages\.spec\.mjs/)
    t.notRegex(stack, /threaded-async\.cjs/)
  }
  runner.close()
  const silent = new AsyncRunner()
  silent.createTask(fails)
  silent.waitForNextEventloopIteration()
  const group = t.throws(() => silent.close())
  t.notRegex(group.errors[0].stack, /threaded-async\.cjs/)
})

test('pools and task modules are shown by name', t => {
  const pool = new RunnerPool({ name: 'images', size: 2 })
  t.is(inspect(pool), "RunnerPool { name: 'images', state: 'running', size: 2, runners: 1, tasks: 0 }")
  pool.close()
  t.regex(inspect(pool), /state: 'closed'/)
  t.is(inspect(taskModule('node:path')), '[TaskModule node:path]')
  const path = synchronized('node:path')
  t.is(inspect(path, { showProxy: true }), 'Proxy [ [Synchronized node:path], {} ]')
  path[Symbol.dispose]()
})

test('a call that no handler answers says which name was meant', t => {
  const look = () => 1
  const server = new Server({ handlers: { look, walk: look }, handlerErrors: 'reject' })
  const ask = name =>
    t.throws(() =>
      server.processUntil(server.createTask((client, name) => client[name](), [server.createClient(), name])),
    ).message
  t.is(ask('lok'), "The server has no method 'lok'. Did you mean 'look'?")
  t.is(ask('jump'), "The server has no method 'jump'.")
  t.is(ask('talk'), "The server has no method 'talk'. Did you mean 'walk'?")
  server.close()
  class Own extends Server {
    handleRequest(request, future) {
      super.handleRequest(request, future)
    }
  }
  const own = new Own({ handlerErrors: 'reject' })
  const call = own.createTask(client => client.jump(), [own.createClient()])
  t.is(
    t.throws(() => own.processUntil(call)).message,
    "The server has neither handlers nor a handleRequest that answers 'jump'.",
  )
  own.close()
})
