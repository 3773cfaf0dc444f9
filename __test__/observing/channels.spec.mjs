// The channels of `node:diagnostics_channel`: what those who watch a program from outside are told.
//
// Promises that what is told is told on the documented thread, once, in its order, whatever the end of a task or a wait
// was; that who has subscribed before the package was loaded is told, too; and that being told of an error does not
// count as having seen it.

import test from 'ava'
import * as channels from 'node:diagnostics_channel'
import { AsyncLocalStorage } from 'node:async_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  AsyncRunner,
  Event,
  Future,
  Queue,
  select,
  selectWait,
  Server,
  ShutdownType,
  sleep,
  sleepWait,
} from 'threaded-async'
import { ends } from '../support/program.mjs'
import { until, untilAsync } from '../support/runner-fixture.mjs'

const parts = ['start', 'end', 'asyncStart', 'asyncEnd', 'error']

/** What is told of tasks while `body` runs, as `[part, message]`; those of other tests have other runners. */
async function told(runner, body) {
  const heard = []
  const listeners = parts.map(part => {
    const listener = message => message.runner === runner.name && heard.push([part, { ...message }])
    channels.subscribe(`tracing:threaded-async:task:${part}`, listener)
    return [`tracing:threaded-async:task:${part}`, listener]
  })
  try {
    await body(heard)
  } finally {
    for (const [name, listener] of listeners) channels.unsubscribe(name, listener)
  }
  return heard
}

/** The same for the waits that `isMeant` picks. */
async function waitsOf(isMeant, body) {
  const heard = []
  const listener = message => isMeant(message) && heard.push(message)
  channels.subscribe('threaded-async:wait', listener)
  try {
    await body(heard)
  } finally {
    channels.unsubscribe('threaded-async:wait', listener)
  }
  return heard
}

// --- tasks

test.serial('a task is told of at its creation and at its end, with one message', async t => {
  const runner = new AsyncRunner({ name: 'told' })
  const messages = new Set()
  const collect = message => messages.add(message)
  channels.subscribe('tracing:threaded-async:task:start', collect)
  channels.subscribe('tracing:threaded-async:task:asyncEnd', collect)
  let task
  const heard = await told(runner, async heard => {
    task = runner.createTask(async n => n + 1, [1], { name: 'adds' })
    t.deepEqual(
      heard.map(([part]) => part),
      ['start', 'end'],
    )
    t.is(await task.result(), 2)
    await untilAsync(() => heard.length === 4)
  })
  channels.unsubscribe('tracing:threaded-async:task:start', collect)
  channels.unsubscribe('tracing:threaded-async:task:asyncEnd', collect)
  t.is(messages.size, 1)
  const seen = heard.map(([part, { name, outcome, task, error }]) => [part, name, outcome, task, error])
  t.deepEqual(seen, [
    ['start', 'adds', undefined, undefined, undefined],
    ['end', 'adds', undefined, task, undefined],
    ['asyncStart', 'adds', 'done', task, undefined],
    ['asyncEnd', 'adds', 'done', task, undefined],
  ])
  await runner.closeAsync()
})

test.serial('a thread that only blocks is told from inside of its blocking calls', async t => {
  const runner = new AsyncRunner({ name: 'blocked' })
  const queue = new Queue()
  await told(runner, heard => {
    t.is(
      runner.run(() => 1),
      1,
    )
    t.deepEqual(
      heard.map(([part]) => part),
      ['start', 'end', 'asyncStart', 'asyncEnd'],
    )
    // The end of a task that nobody waits for, while this thread waits for something else.
    runner.createTask(() => 'first', [], { name: 'first' })
    runner.createTask(
      async queue => {
        await sleep(20)
        await queue.put(1)
      },
      [queue],
    )
    queue.getWait()
    const ended = heard.filter(([part, { name }]) => part === 'asyncEnd' && name === 'first')
    t.is(ended.length, 1)
  })
  runner.close()
})

test.serial('a task that fails is told of with its error, which stays as unseen as it was', async t => {
  const runner = new AsyncRunner({ name: 'fails' })
  const heard = await told(runner, async heard => {
    runner.createTask(() => {
      throw new RangeError('nobody asks')
    })
    await untilAsync(() => heard.length === 5)
  })
  t.deepEqual(
    heard.map(([part]) => part),
    ['start', 'end', 'error', 'asyncStart', 'asyncEnd'],
  )
  const [, , [, { error, outcome }]] = heard
  t.true(error instanceof RangeError)
  t.is(outcome, 'failed')
  const { exceptions } = t.throws(() => runner.close(), { code: 'ERR_EXCEPTION_GROUP' })
  t.is(exceptions[0].message, 'nobody asks')
})

test.serial('so is one that blocks the caller, with what that throws', async t => {
  const runner = new AsyncRunner({ name: 'fails at once' })
  const heard = await told(runner, () => {
    const thrown = t.throws(() =>
      runner.run(() => {
        throw new RangeError('asked')
      }),
    )
    t.is(thrown.message, 'asked')
  })
  t.is(heard[2][0], 'error')
  t.is(heard[2][1].error.message, 'asked')
  t.is(heard.length, 5)
  runner.close()
})

test.serial('a task that was cancelled, before or after its start, and one whose runner has ended, say so', async t => {
  const runner = new AsyncRunner({ name: 'ends', exitTimeout: 50, logForcedShutdownStackTrace: false })
  const aborted = AbortSignal.abort()
  const heard = await told(runner, async heard => {
    runner.createTask(() => 1, [], { name: 'never', signal: aborted })
    runner.createTask(() => sleep(Infinity), [], { name: 'cut' })
    runner.run(() => {})
    runner.createTask(() => sleep(Infinity), [], { name: 'closed' })
    const cut = runner.createTask(() => sleep(Infinity), [], { name: 'cancelled' })
    runner.run(() => {})
    cut.cancel()
    await cut.result().catch(() => {})
    runner.createTask(
      () => {
        for (;;);
      },
      [],
      { name: 'stuck' },
    )
    await runner.closeAsync()
    await untilAsync(() => heard.filter(([part]) => part === 'asyncEnd').length === 7)
  })
  const outcomes = Object.fromEntries(
    heard.filter(([part]) => part === 'asyncEnd').map(([, { name, outcome }]) => [name, outcome]),
  )
  t.is(outcomes.never, 'cancelled')
  t.is(outcomes.cancelled, 'cancelled')
  t.is(outcomes.stuck, 'ended')
  t.true(heard.every(([, { name, outcome }]) => name !== 'closed' || outcome !== 'done'))
})

test.serial('a task that cannot be created is told of with the error', async t => {
  const runner = new AsyncRunner({ name: 'refused' })
  const heard = await told(runner, () => {
    t.throws(() => runner.createTask(f => f, [() => {}]), { code: 'ERR_UNCLONEABLE' })
  })
  t.deepEqual(
    heard.map(([part, { task, error }]) => [part, task, error?.code]),
    [
      ['start', undefined, undefined],
      ['error', undefined, 'ERR_UNCLONEABLE'],
      ['end', undefined, 'ERR_UNCLONEABLE'],
    ],
  )
  runner.close()
})

test.serial('a task that a task creates is told of on the thread of the latter', async t => {
  const runner = new AsyncRunner({ name: 'outer' })
  const heard = await told(runner, async () => {
    const inner = await runner.run(async () => {
      const { subscribe } = await import('node:diagnostics_channel')
      const names = []
      const isOver = new Promise(resolve => {
        subscribe('tracing:threaded-async:task:asyncEnd', ({ name, outcome }) => {
          names.push([name, outcome])
          resolve()
        })
      })
      AsyncRunner.current.createTask(() => 1, [], { name: 'inner' })
      await isOver
      return names
    }, [])
    t.deepEqual(inner, [['inner', 'done']])
  })
  t.false(heard.some(([, { name }]) => name === 'inner'))
  runner.close()
})

test.serial('a store that a subscriber has bound to the start is there while the task is created', async t => {
  const runner = new AsyncRunner({ name: 'bound' })
  const spans = new AsyncLocalStorage()
  const start = channels.channel('tracing:threaded-async:task:start')
  start.bindStore(spans, ({ name }) => `span of ${name}`)
  let seen
  const args = {
    get now() {
      seen = spans.getStore()
      return 1
    },
  }
  runner.run(args => args, [args], { name: 'traced' })
  start.unbindStore(spans)
  t.is(seen, 'span of traced')
  t.is(spans.getStore(), undefined)
  runner.close()
})

test.serial('nothing is kept of tasks that nobody is told of, and a subscriber that throws harms no task', async t => {
  t.timeout(60_000)
  const runner = new AsyncRunner({ name: 'thrown' })
  const errors = []
  const onError = error => errors.push(error.message)
  process.prependListener('uncaughtException', onError)
  const others = process.listeners('uncaughtException').filter(listener => listener !== onError)
  for (const listener of others) process.off('uncaughtException', listener)
  const thrower = ({ name }) => {
    if (name === 'harmless') throw new Error('by the subscriber')
  }
  channels.subscribe('tracing:threaded-async:task:start', thrower)
  t.is(
    runner.run(() => 1, [], { name: 'harmless' }),
    1,
  )
  await untilAsync(() => errors.length > 0)
  channels.unsubscribe('tracing:threaded-async:task:start', thrower)
  process.off('uncaughtException', onError)
  for (const listener of others) process.on('uncaughtException', listener)
  t.deepEqual(errors, ['by the subscriber'])
  runner.close()
})

// --- waits

test.serial('a blocking call is told with its method, its target, its time, its thread and its end', async t => {
  const runner = new AsyncRunner({ name: 'w', allowBlocking: true })
  const queue = new Queue({ name: 'jobs', maxsize: 1 })
  const event = new Event({ name: 'go' })
  const future = new Future({ name: 'answer' })
  event.set()
  future.setResult(1)
  const server = new Server({ name: 's', handlers: { add: (a, b) => a + b } })
  const heard = await waitsOf(
    ({ thread }) => thread === 'main',
    () => {
      queue.putWait('a')
      queue.getWait()
      queue.putManyWait([1])
      queue.getManyWait(1)
      t.throws(() => queue.getWait({ timeout: 5 }), { code: 'ERR_EVENT_LOOP_TIMEOUT' })
      event.wait()
      future.resultWait()
      runner.createTask(() => 1, [], { name: 'one' }).wait()
      runner.run(() => 2, [], { name: 'two' })
      runner.callInLoop(() => 3, [], { name: 'three' })
      sleepWait(5)
      selectWait([event.waitOp()])
      server.createBackgroundTask(client => client.add(1, 2), [server.createClient()])
      server.processAll()
    },
  )
  const lines = heard.map(({ verb, what, isBlocking, error }) => [verb, what, isBlocking, error?.code].join(' ').trim())
  for (const line of [
    "putWait queue 'jobs' true",
    "getWait queue 'jobs' true",
    "putManyWait queue 'jobs' true",
    "getManyWait queue 'jobs' true",
    "getWait queue 'jobs' true ERR_EVENT_LOOP_TIMEOUT",
    "wait event 'go' true",
    "resultWait future 'answer' true",
    "wait task 'one' true",
    "run task 'two' true",
    "callInLoop task 'three' true",
    'sleepWait  true',
    'selectWait  true',
  ]) {
    t.is(lines.filter(each => each === line).length, 1, `${line}\n${lines.join('\n')}`)
  }
  t.true(heard.find(({ error }) => error).waited >= 5)
  t.is(heard[0].target, queue)
  t.is(heard[0].task, undefined)
  server.close()
  runner.close()
})

test.serial('an awaiting call is told of when it had to wait, on its own thread', async t => {
  const queue = new Queue({ name: 'awaited' })
  const stop = new AbortController()
  const heard = await waitsOf(
    ({ what, verb }) => what.includes('awaited') || verb === 'select',
    async () => {
      queue.putNowait(0)
      await queue.get() // It is there.
      const got = queue.get()
      queue.putNowait(1)
      await got
      const aborted = queue.get({ signal: stop.signal })
      stop.abort(new Error('enough'))
      await t.throwsAsync(aborted, { message: 'enough' })
      await t.throwsAsync(queue.get({ timeout: 1 }), { code: 'ERR_EVENT_LOOP_TIMEOUT' })
      await t.throwsAsync(select([queue.getOp()], { timeout: 1 }), { code: 'ERR_EVENT_LOOP_TIMEOUT' })
      const next = queue[Symbol.asyncIterator]().next()
      queue.putNowait(2)
      await next
    },
  )
  t.is(heard.at(-1).target, queue)
  t.deepEqual(
    heard.map(({ verb, isBlocking, error }) => [verb, isBlocking, error?.message.slice(0, 6)]),
    [
      ['get', false, undefined],
      ['get', false, 'enough'],
      ['get', false, 'get on'],
      ['select', false, 'select'],
      ['get', false, undefined],
    ],
  )
})

for (const verb of ['close', 'closeAsync']) {
  test.serial(`a close that takes long is told of as one wait: ${verb}`, async t => {
    const runner = new AsyncRunner({ name: 'slow', exitTimeout: 20_000 })
    const begun = new Event()
    runner.createTask(
      async begun => {
        try {
          begun.set()
          await sleep(Infinity)
        } finally {
          await sleep(5500) // Two parts of the time of a close, and more.
        }
      },
      [begun],
    )
    await begun.waitAsync()
    const heard = await waitsOf(
      message => message.verb === verb,
      () => runner[verb](),
    )
    const long = heard.filter(({ waited }) => waited > 1000)
    t.is(long.length, 1)
    t.true(long[0].waited > 5000)
    t.is(long[0].error, undefined)
  })
}

test.serial('a task that waits is named, on the thread of its loop', async t => {
  const runner = new AsyncRunner({ name: 'loop' })
  const found = await runner.run(
    async function waits() {
      const { subscribe } = await import('node:diagnostics_channel')
      const heard = []
      subscribe('threaded-async:wait', ({ verb, thread, task, target }) => heard.push([verb, thread, task, target]))
      await sleep(1)
      return heard
    },
    [],
    { name: 'waits' },
  )
  t.deepEqual(found, [['sleep', 'loop', 'waits', undefined]])
  runner.close()
})

// --- runners, and loops that are stuck

test.serial('a runner is told of when it is made and when it has ended, whatever its end', async t => {
  const heard = []
  const listener = message => message.runner.startsWith('end ') && heard.push(message)
  channels.subscribe('threaded-async:runner', listener)
  AsyncRunner.prewarm(1)
  new AsyncRunner({ name: 'end closed' }).close()
  const forced = new AsyncRunner({ name: 'end forced', exitTimeout: 20, logForcedShutdownStackTrace: false })
  forced.createTask(() => {
    for (;;);
  })
  forced.close()
  const died = new AsyncRunner({ name: 'end died' })
  t.throws(() => died.run(() => process.exit(3)), { code: 'ERR_RUNNER_DIED' })
  await untilAsync(() => heard.length === 6)
  AsyncRunner.prewarm(0)
  channels.unsubscribe('threaded-async:runner', listener)
  const { NOT_SHUT_DOWN, STOPPED, FORCE_STOPPED, UNKNOWN } = ShutdownType
  t.deepEqual(
    heard.map(({ event, runner, shutdownType }) => [event, runner, shutdownType]),
    [
      ['made', 'end closed', NOT_SHUT_DOWN],
      ['ended', 'end closed', STOPPED],
      ['made', 'end forced', NOT_SHUT_DOWN],
      ['ended', 'end forced', FORCE_STOPPED],
      ['made', 'end died', NOT_SHUT_DOWN],
      ['ended', 'end died', UNKNOWN],
    ],
  )
  t.is(heard.at(-1).exitCode, 3)
})

test.serial('a loop that is stuck is told of without an onStuck, also while its maker blocks', async t => {
  const heard = []
  const listener = message => message.runner === 'stuck' && heard.push(message)
  channels.subscribe('threaded-async:stuck', listener)
  const runner = new AsyncRunner({ name: 'stuck', stuckAfter: 50 })
  const flag = new Int32Array(new SharedArrayBuffer(4))
  const task = runner.createTask(
    flag => {
      while (Atomics.load(flag, 0) === 0);
    },
    [flag],
    { name: 'spins' },
  )
  const queue = new Queue()
  until(() => {
    t.throws(() => queue.getWait({ timeout: 20 }))
    return heard.length > 0
  })
  Atomics.store(flag, 0, 1)
  task.wait()
  channels.unsubscribe('threaded-async:stuck', listener)
  t.is(heard.length, 1)
  t.is(heard[0].task, 'spins')
  t.is(heard[0].runner, 'stuck')
  t.true(heard[0].stuckFor >= 50)
  runner.close()
})

// --- before the package is there, and at the end of the process

test('who has subscribed before the package was loaded is told, and the end of a process tells what has ended by then', async t => {
  await ends(t, ['observed-early.mjs'], { expected: { stdout: 'made start end asyncEnd done ended\n' } })
})

test.serial('observed tasks are let go of when they have ended', async t => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc')
  const runner = new AsyncRunner({ name: 'kept' })
  const kept = []
  await told(runner, async heard => {
    for (let i = 0; i < 100; i++) kept.push(new WeakRef(runner.createTask(() => {})))
    await untilAsync(() => heard.filter(([part]) => part === 'asyncEnd').length === 100)
    heard.length = 0
  })
  for (let turn = 0; turn < 4; turn++) {
    await new Promise(resolve => setImmediate(resolve))
    gc()
  }
  t.true(kept.filter(reference => reference.deref()).length < 5)
  runner.close()
})
