// What becomes of a task's error: how it arrives, who is told of it, and that nobody's error hides another's.
//
// Promises to cover X1-X7 as far as tasks go, "onTaskError", "debug", "ExceptionGroup" and `registerError` on both
// sides; how values in errors cross in general is the wire's and the errors' specs' concern.

import ava from 'ava'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { AsyncRunner, CancelledError, Event, ExceptionGroup, Future, InvalidStateError } from 'threaded-async'
import { Queue, QueueFull, registerError, sleep, taskModule } from 'threaded-async'
import { holdLoop, runnerFor, until, untilAsync } from './tasks/runner-fixture.mjs'
import { CrawlError } from './tasks/runner-tasks.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const tasks = taskModule(new URL('./tasks/runner-tasks.mjs', import.meta.url))
const groupOf = { code: 'ERR_EXCEPTION_GROUP', name: 'ExceptionGroup', instanceOf: ExceptionGroup }
const timedOut = { code: 'ERR_EVENT_LOOP_TIMEOUT' }
const fail = async message => {
  throw new RangeError(message)
}

/** Both doors to a task's outcome. */
const doors = { wait: async task => task.wait(), result: task => task.result() }

// --- X1: what survives

for (const [door, outcome] of Object.entries(doors)) {
  test(`X1: ${door} rethrows with class, message, code, cause, own fields and nested errors`, async t => {
    const runner = runnerFor(t)
    const task = runner.createTask(async () => {
      const cause = Object.assign(new TypeError('deepest'), { code: 'E_DEEP' })
      const errors = [new RangeError('one'), 'two', new SyntaxError('three', { cause })]
      const error = new AggregateError(errors, 'outer', { cause })
      throw Object.assign(error, { code: 'E_OUT', status: 503, details: { list: [1, 2] }, when: new Date(5) })
    })
    const error = await t.throwsAsync(outcome(task), { instanceOf: AggregateError, message: 'outer' })
    t.like(error, { code: 'E_OUT', status: 503, details: { list: [1, 2] }, when: new Date(5) })
    t.true(error.cause instanceof TypeError)
    t.is(error.cause.code, 'E_DEEP')
    const [one, two, three] = error.errors
    t.true(one instanceof RangeError)
    t.is(two, 'two')
    t.true(three instanceof SyntaxError)
    t.is(three.cause, error.cause)
  })

  test(`X1: the stack of ${door} shows where it was thrown, there, and who waits, here`, async t => {
    const runner = runnerFor(t, { name: 'far' })
    const task = runner.createTask(async () => {
      function thrower() {
        throw new Error('seen from both sides')
      }
      await sleep(1)
      thrower()
    })
    async function waitingHere() {
      await null
      return outcome(task)
    }
    const { stack } = await t.throwsAsync(waitingHere())
    t.regex(stack, /^Error: seen from both sides\n/)
    t.regex(stack, /at thrower .*task-errors\.spec\.mjs/)
    t.regex(stack, /waits in/)
    if (door === 'wait') {
      t.regex(stack, /waitingHere.*task-errors\.spec\.mjs/)
      t.true(stack.indexOf('thrower') < stack.indexOf('waitingHere'))
    }
  })
}

test('X1: two waits for one error get one copy each, with their own place added once', t => {
  const runner = runnerFor(t)
  const task = runner.createTask(fail, ['again'])
  const errors = [1, 2, 3].map(() => t.throws(() => task.wait()))
  t.is(errors[0].stack.match(/waits in/g).length, 1)
  t.is(errors[2].stack.match(/waits in/g).length, 1)
})

test('X1: built-in classes and ours arrive as themselves', t => {
  const runner = runnerFor(t)
  const classes = [
    TypeError,
    RangeError,
    SyntaxError,
    ReferenceError,
    EvalError,
    URIError,
    QueueFull,
    InvalidStateError,
  ]
  for (const errorClass of classes) {
    const thrower = new Function(`return () => { throw new ${errorClass.name}('mine') }`)()
    const error = t.throws(() => runner.run(thrower), { instanceOf: errorClass, message: 'mine' })
    t.is(error.name, errorClass.name)
  }
  const abort = t.throws(() => runner.run(() => AbortSignal.abort().throwIfAborted()), { any: true })
  t.is(abort.name, 'AbortError')
  t.true(abort instanceof DOMException)
})

test('X1: an error that crosses two borders keeps all of it', t => {
  const [near, far] = [runnerFor(t, { name: 'near' }), runnerFor(t, { name: 'far' })]
  const error = t.throws(
    () =>
      near.run(
        async other => {
          const task = other.createTask(() => {
            throw Object.assign(new RangeError('from afar'), { code: 'E_FAR' })
          })
          return task.result()
        },
        [far],
      ),
    { instanceOf: RangeError, message: 'from afar' },
  )
  t.is(error.code, 'E_FAR')
  t.regex(error.stack, /runner 'near' waits in result/)
})

test('X1: registerError on both sides: the very class; on one side: its built-in ancestor with its name', t => {
  class Registered extends RangeError {
    name = 'Registered'
    get isHere() {
      return true
    }
  }
  class OnlyHere extends TypeError {
    name = 'OnlyHere'
  }
  registerError(Registered)
  registerError(OnlyHere)
  const runner = runnerFor(t)
  runner.callInLoop(() => {
    class Registered extends RangeError {
      name = 'Registered'
    }
    globalThis.Registered = Registered
    registerError(Registered)
  })
  const there = t.throws(
    () =>
      runner.run(() => {
        throw Object.assign(new globalThis.Registered('known'), { extra: [1] })
      }),
    { instanceOf: Registered },
  )
  t.true(there.isHere)
  t.deepEqual(there.extra, [1])
  t.true(runner.run(error => error instanceof globalThis.Registered, [new Registered('sent')]))
  t.deepEqual(
    runner.run(error => [error.constructor.name, error.name, error.message], [new OnlyHere('sent')]),
    ['TypeError', 'OnlyHere', 'sent'],
  )
  const crawl = t.throws(() => runner.run(tasks.crawl, ['http://a.b/']), { instanceOf: CrawlError })
  t.is(crawl.host, 'a.b')
})

// --- X2: what is no error, and what cannot cross

test('X2: a thrown value that is no error arrives as it is', async t => {
  const runner = runnerFor(t)
  for (const thrown of [undefined, null, 0, '', 'text', false, 10n, { plain: [1] }, [1, 2]]) {
    const throwing = async value => {
      throw value
    }
    for (const [door, outcome] of Object.entries(doors)) {
      const task = runner.createTask(throwing, [thrown])
      const caught = await outcome(task).then(
        () => 'returned',
        error => ({ error }),
      )
      t.deepEqual(caught, { error: thrown }, `${door} of ${String(thrown)}`)
    }
  }
})

test('X2: errors that cannot cross whole arrive without what cannot; nothing hangs', t => {
  const runner = runnerFor(t)
  const odd = {
    field: () => {
      throw Object.assign(new RangeError('odd'), { fn() {}, symbol: Symbol('s'), kept: 1 })
    },
    cause: () => {
      throw new RangeError('odd', { cause: () => {} })
    },
    getter: () => {
      throw Object.defineProperty(new RangeError('odd'), 'bad', {
        enumerable: true,
        get() {
          throw new Error('no')
        },
      })
    },
    cyclic: () => {
      const error = new RangeError('odd')
      error.cause = error
      throw error
    },
    proxy: () => {
      throw new RangeError('odd', { cause: new Proxy({}, { ownKeys: () => ['a', 'a'] }) })
    },
    stack: () => {
      const error = new RangeError('odd')
      Object.defineProperty(error, 'stack', {
        get() {
          throw new Error('no stack')
        },
      })
      throw error
    },
  }
  for (const [name, fn] of Object.entries(odd)) {
    const error = t.throws(() => runner.run(fn, [], { timeout: 20_000 }), { message: 'odd' }, name)
    t.true(error instanceof RangeError, name)
    if (name === 'field') t.is(error.kept, 1)
    if (name === 'cyclic') t.is(error.cause, error)
  }
})

test('X2: thrown values that cannot cross at all arrive in some form', t => {
  const runner = runnerFor(t)
  const odd = [
    () => {
      throw () => 'a function'
    },
    () => {
      throw Symbol('a symbol')
    },
    () => {
      throw new WeakMap()
    },
    () => {
      throw Promise.resolve()
    },
    () => {
      throw new Proxy(
        {},
        {
          get() {
            throw new Error('no')
          },
          ownKeys() {
            throw new Error('no')
          },
          getPrototypeOf() {
            throw new Error('no')
          },
        },
      )
    },
  ]
  for (const fn of odd) t.throws(() => runner.run(fn, [], { timeout: 20_000 }), { any: true }, `${fn}`)
  t.is(
    runner.run(() => 'alive'),
    'alive',
  )
})

// --- X3: at the end, as one group

for (const close of ['close', 'closeAsync']) {
  // Python: TestAsyncRunner.test_reraise_background_errors
  test(`X3: unretrieved task errors come from ${close} as one group, oldest first, with Python's attributes`, async t => {
    const runner = new AsyncRunner({ name: 'failing' })
    const failing = async i => {
      throw Object.assign(new RangeError(`no. ${i}`), { i })
    }
    for (let i = 0; i < 10; i++) runner.createTask(failing, [i])
    runner.run(() => sleep(1))
    const group = await t.throwsAsync(async () => runner[close](), groupOf)
    t.true(group instanceof AggregateError)
    t.deepEqual(
      group.exceptions.map(error => error.i),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    )
    t.is(group.exceptions, group.errors)
    t.is(group.tracebacks.length, 10)
    t.deepEqual(
      group.exceptionDetails.map(({ exception, traceback }) => [
        exception.message,
        /task-errors\.spec\.mjs:\d+/.test(traceback),
      ]),
      group.exceptions.map(error => [error.message, true]),
    )
    t.regex(group.message, /'failing'/)
    t.regex(group.message, /10 tasks/)
    t.regex(group.message, /RangeError: no\. 7/)
    t.is(group.cause, undefined)
    t.false(runner.isRunning)
    t.is(await runner[close](), undefined) // Closing twice is nothing.
  })
}

test('X3: retrieved errors do not come again, by whichever door and thread they were retrieved', async t => {
  const runner = new AsyncRunner()
  const other = runnerFor(t, { allowBlocking: true })
  t.throws(() => runner.run(fail, ['run']))
  t.throws(() => runner.callInLoop(() => JSON.parse('{')))
  t.throws(() => runner.createTask(fail, ['wait']).wait())
  await t.throwsAsync(runner.createTask(fail, ['result']).result())
  const [one, two] = [runner.createTask(fail, ['elsewhere']), runner.createTask(fail, ['elsewhere'])]
  t.is(
    other.run(
      async (one, two) => {
        const messages = [await two.result().catch(error => error.message)]
        try {
          one.wait()
        } catch (error) {
          messages.push(error.message)
        }
        return messages.join()
      },
      [one, two],
    ),
    'elsewhere,elsewhere',
  )
  t.notThrows(() => runner.close())
})

test('X3: cancellations and forced ends are no errors', t => {
  const runner = new AsyncRunner({ exitTimeout: 100, logForcedShutdownStackTrace: false })
  const begun = new Event()
  runner.createTask(() => sleep(Infinity)).cancel()
  runner.createTask(() => sleep(Infinity))
  runner.createTask(async () => {
    throw new CancelledError('by itself')
  })
  runner.createTask(
    async event => {
      await sleep(1)
      event.set()
      for (;;);
    },
    [begun],
  )
  begun.wait()
  t.notThrows(() => runner.close())
})

test('X3: errors of cleanups during the close are in the group, also when the end was forced', t => {
  const runner = new AsyncRunner({ exitTimeout: 300, logForcedShutdownStackTrace: false })
  runner.createTask(async () => {
    try {
      await sleep(Infinity)
    } finally {
      // eslint-disable-next-line no-unsafe-finally
      throw new RangeError('while cleaning up')
    }
  })
  runner.createTask(async () => {
    await sleep(Infinity).catch(() => {})
    await sleep(20)
    for (;;);
  })
  runner.waitForNextEventloopIteration()
  const group = t.throws(() => runner.close(), groupOf)
  t.deepEqual(
    group.exceptions.map(error => error.message),
    ['while cleaning up'],
  )
})

test('X3: one who waits only after the close has thrown the errors still gets the error', t => {
  const runner = new AsyncRunner()
  const task = runner.createTask(fail, ['late'])
  t.throws(() => runner.close(), groupOf)
  t.throws(() => task.wait(), { instanceOf: RangeError, message: 'late' })
})

test('X3: the errors go to the first close only, whoever it is', async t => {
  const runner = new AsyncRunner()
  runner.createTask(fail, ['once'])
  const outcomes = await Promise.allSettled([runner.closeAsync(), runner.closeAsync()])
  t.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
})

// --- X4: with the error of the body

test('X4: use: body error and task errors are both visible', async t => {
  const bodyError = new TypeError('body')
  const body = runner => {
    runner.createTask(fail, ['task one'])
    runner.createTask(fail, ['task two'])
    runner.waitForNextEventloopIteration()
    throw bodyError
  }
  const groups = [
    t.throws(() => AsyncRunner.use(body), groupOf),
    await t.throwsAsync(
      AsyncRunner.use(async runner => body(runner)),
      groupOf,
    ),
  ]
  for (const group of groups) {
    t.is(group.cause, bodyError)
    t.deepEqual(
      group.exceptions.map(error => error.message),
      ['task one', 'task two'],
    )
  }
})

test('X4: use: task errors alone come as the group, and the result of the body is not returned', async t => {
  const group = t.throws(() => AsyncRunner.use(runner => void runner.createTask(fail, ['task'])), groupOf)
  t.is(group.cause, undefined)
  await t.throwsAsync(
    AsyncRunner.use(async runner => void runner.createTask(fail, ['task'])),
    groupOf,
  )
})

test('X4: use: a body that throws what is no error is visible, too', t => {
  for (const thrown of [undefined, 'text']) {
    const group = t.throws(
      () =>
        AsyncRunner.use(runner => {
          runner.createTask(fail, ['task'])
          throw thrown
        }),
      groupOf,
    )
    t.is(group.cause, thrown)
    t.true(Object.hasOwn(group, 'cause'))
  }
})

test("X4: using: body error and task errors come as Node's SuppressedError", async t => {
  const file = fileURLToPath(new URL('./tasks/runner-using.ts', import.meta.url))
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--import', 'tsx', file], { timeout: 30_000 })
  t.is(stderr, '')
  t.is(
    stdout,
    [
      'body only: TypeError body STOPPED',
      'tasks only: ExceptionGroup task STOPPED',
      'both: SuppressedError ExceptionGroup task / TypeError body STOPPED',
      'await using: SuppressedError ExceptionGroup task / TypeError body STOPPED',
      '',
    ].join('\n'),
  )
})

// --- X5: what timeouts say

test('X5: timeout errors carry the milliseconds and the name of the task', async t => {
  const runner = runnerFor(t)
  const task = runner.createTask(() => sleep(Infinity), [], { name: 'slow' })
  const errors = [
    t.throws(() => task.wait({ timeout: 12 }), timedOut),
    await t.throwsAsync(task.result({ timeout: 12 }), timedOut),
  ]
  for (const error of errors) {
    t.regex(error.message, /\b12 ms/)
    t.regex(error.message, /'slow'/)
    t.notRegex(error.message, /created/)
  }
  task.cancel()
})

test('X5: with debug, errors and timeouts carry the stack where the task was created', async t => {
  const runner = runnerFor(t, { debug: true })
  function createdHere(fn, options) {
    return runner.createTask(fn, [], options)
  }
  const slow = createdHere(() => sleep(Infinity), { name: 'slow' })
  const timeouts = [
    t.throws(() => slow.wait({ timeout: 5 }), timedOut),
    await t.throwsAsync(slow.result({ timeout: 5 }), timedOut),
  ]
  for (const error of timeouts) {
    t.regex(error.message, /createdHere.*task-errors\.spec\.mjs/s)
    t.regex(error.message, /\b5 ms/)
  }
  slow.cancel()
  const failing = createdHere(async () => {
    await null
    throw new RangeError('plain')
  })
  const error = t.throws(() => failing.wait(), { instanceOf: RangeError, message: 'plain' })
  t.regex(error.stack, /createdHere.*task-errors\.spec\.mjs/s)
  const [one, two] = [
    t.throws(() => runner.run(() => JSON.parse('{'))),
    t.throws(() => runner.callInLoop(() => JSON.parse('{'))),
  ]
  for (const { stack } of [one, two]) t.regex(stack, /task-errors\.spec\.mjs/)
})

test('X5: with debug, unretrieved errors carry it, too; without, nothing of it', t => {
  for (const debug of [true, false]) {
    const runner = new AsyncRunner({ debug })
    const createdHere = () => runner.createTask(fail, ['x'])
    createdHere()
    const group = t.throws(() => runner.close(), groupOf)
    t.is(/createdHere/.test(group.tracebacks[0]), debug)
  }
})

test('X5: a task created inside a task of a debug runner says so, too', t => {
  const runner = runnerFor(t, { debug: true })
  const error = t.throws(() =>
    runner.run(async () => {
      function createdInside() {
        return AsyncRunner.current.createTask(() => {
          throw new RangeError('inner')
        })
      }
      await createdInside().result()
    }),
  )
  t.regex(error.stack, /createdInside/)
})

// --- X6: errors that no task catches

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
    const group = t.throws(() => runner.close(), groupOf)
    t.is(group.exceptions.length, 1)
    t.true(group.exceptions[0] instanceof RangeError)
    t.is(group.exceptions[0].message, 'floating')
    t.is(failures.length, 1)
    t.is(failures[0].error.message, 'floating')
    t.is(failures[0].runner, 'loop')
    t.is(failures[0].task, 'careless')
  })
}

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

// --- X7: onTaskError

test('X7: onTaskError is called while main blocks in a door, when it happens', t => {
  const seen = []
  const runner = runnerFor(t, {
    name: 'mine',
    onTaskError: failure => seen.push([failure.task, failure.runner, failure.error.message, failure.error.i]),
  })
  const event = new Event()
  const task = runner.createTask(
    async i => {
      throw Object.assign(new RangeError('failed'), { i })
    },
    [7],
    { name: 'crawl' },
  )
  runner.createTask(async it => (await sleep(100), it.set()), [event])
  event.wait()
  t.deepEqual(seen, [['crawl', 'mine', 'failed', 7]])
  t.throws(() => task.wait())
  t.is(seen.length, 1)
})

test('X7: onTaskError is called from the loop of the creating thread, in order, once per error', async t => {
  const seen = []
  const runner = runnerFor(t, { onTaskError: ({ error }) => seen.push(error.message) })
  for (let i = 0; i < 20; i++) runner.createTask(fail, [`no. ${i}`])
  await untilAsync(() => seen.length >= 20)
  t.deepEqual(
    seen,
    Array.from({ length: 20 }, (_, i) => `no. ${i}`),
  )
})

for (const door of [
  'run',
  'wait',
  'getWait',
  'putWait',
  'joinWait',
  'eventWait',
  'resultWait',
  'callInLoop',
  'close',
]) {
  test(`X7: onTaskError is served from inside ${door}`, t => {
    const seen = []
    const runner = runnerFor(t, { onTaskError: ({ error }) => (seen.push(error.message), release.set()) })
    const release = new Event()
    const queue = new Queue({ maxsize: 1 })
    // Ends the wait below, but only after the hook has run: the hook, on this thread, is what sets `release`.
    const helper = runnerFor(t)
    const after = (fn, ...args) =>
      helper.createTask(new Function(`return async (release, it) => { await release.waitAsync(); (${fn})(it) }`)(), [
        release,
        ...args,
      ])
    const { task: holder } = (() => {
      if (door !== 'callInLoop' && door !== 'close') return {}
      // There it is the loop that must be busy until the hook has run.
      const begun = new Event()
      const text = `return async (begun, release) => {
        Promise.reject(new RangeError('failed'))
        await new Promise(resolve => setImmediate(resolve))
        begun.set()
        const nap = new Int32Array(new SharedArrayBuffer(4))
        while (!release.isSet()) Atomics.wait(nap, 0, 0, 1)
      }`
      const task = runner.createTask(new Function(text)(), [begun, release])
      until(() => begun.isSet()) // No door, so the hook is not called yet.
      return { task }
    })()
    t.deepEqual(seen, [])
    if (!holder) runner.createTask(fail, ['failed'])
    const calls = {
      run: () => runner.run(it => it.waitAsync(), [release]),
      wait: () => runner.createTask(it => it.waitAsync(), [release]).wait(),
      getWait: () => (after(it => it.putNowait(1), queue), queue.getWait()),
      putWait: () => (queue.putNowait(0), after(it => it.getNowait(), queue), queue.putWait(1)),
      joinWait: () => (queue.putNowait(0), after(it => it.taskDone(), queue), queue.joinWait()),
      eventWait: () => release.wait(),
      resultWait: () => {
        const future = new Future()
        after(it => it.setResult(1), future)
        return future.resultWait()
      },
      callInLoop: () => runner.callInLoop(() => 1),
      close: () => t.throws(() => runner.close(), groupOf),
    }
    calls[door]()
    t.deepEqual(seen, ['failed'])
  })
}

test('X7: being told by onTaskError is not retrieving: close still throws the group', t => {
  const seen = []
  const runner = new AsyncRunner({ onTaskError: ({ error }) => seen.push(error.message) })
  runner.createTask(fail, ['told'])
  until(() => (runner.waitForNextEventloopIteration(), seen.length === 1))
  const group = t.throws(() => runner.close(), groupOf)
  t.is(group.exceptions[0].message, 'told')
})

test('X7: onTaskError may itself block, and use the runner', t => {
  const seen = []
  const runner = runnerFor(t, {
    onTaskError: ({ error }) => {
      seen.push(
        error.message,
        runner.run(async x => (await sleep(1), x * 2), [21]),
      )
      const queue = new Queue()
      runner.createTask(it => it.put('nested'), [queue])
      seen.push(queue.getWait())
    },
  })
  const release = new Event()
  runner.createTask(fail, ['first'])
  runner.createTask(async it => (await sleep(100), it.set()), [release])
  release.wait()
  t.deepEqual(seen, ['first', 42, 'nested'])
})

test('X7: two deep: a hook that blocks is told of the next failure, and everything unwinds', t => {
  const seen = []
  const runner = runnerFor(t, {
    onTaskError: ({ error }) => {
      seen.push(`begin ${error.message}`)
      if (error.message === 'outer') {
        t.throws(() => runner.createTask(fail, ['inner']).wait())
        until(() => (runner.waitForNextEventloopIteration(), seen.includes('end inner')))
      }
      seen.push(`end ${error.message}`)
    },
  })
  runner.createTask(fail, ['outer'])
  until(() => (runner.waitForNextEventloopIteration(), seen.length === 4))
  t.deepEqual(seen, ['begin outer', 'begin inner', 'end inner', 'end outer'])
})

test('X6: a hook that throws inside a blocking door: the wait is not harmed, the error is uncaught, once', async t => {
  const queue = new Queue()
  const runner = runnerFor(t, {
    onTaskError: () => {
      queue.putNowait('item') // Goes to the very wait that is parked below it.
      throw new TypeError('from the hook')
    },
  })
  // AVA listens, too, and would fail this file.
  const listeners = process.listeners('uncaughtException')
  const uncaught = []
  process.removeAllListeners('uncaughtException').on('uncaughtException', error => uncaught.push(error.message))
  t.teardown(() => {
    process.removeAllListeners('uncaughtException')
    for (const listener of listeners) process.on('uncaughtException', listener)
  })
  runner.createTask(fail, ['x'])
  t.is(queue.getWait({ timeout: 20_000 }), 'item')
  t.like(queue.statistics(), { size: 0, getters: 0 })
  await untilAsync(() => uncaught.length > 0)
  t.is(
    runner.run(() => 'alive'),
    'alive',
  )
  await new Promise(resolve => setImmediate(resolve))
  t.deepEqual(uncaught, ['from the hook'])
})

test('X7: a failure of one runner reaches its own hook only', t => {
  const seen = []
  const runners = ['a', 'b'].map(name =>
    runnerFor(t, { name, onTaskError: ({ runner, error }) => seen.push([name, runner, error.message]) }),
  )
  for (const runner of runners) runner.createTask(fail, [`in ${runner.name}`])
  const silent = runnerFor(t)
  silent.createTask(fail, ['nobody listens'])
  until(() => (silent.waitForNextEventloopIteration(), seen.length === 2))
  t.deepEqual(seen.toSorted(), [
    ['a', 'a', 'in a'],
    ['b', 'b', 'in b'],
  ])
})

test('X7: the hook of a runner made in a task is called there', t => {
  const outer = runnerFor(t)
  const seen = outer.run(async () => {
    const { promise, resolve } = (() => {
      let resolve
      const promise = new Promise(it => (resolve = it))
      return { promise, resolve }
    })()
    const inner = new AsyncRunner({
      name: 'inner',
      onTaskError: ({ error, runner }) => resolve([error.message, runner]),
    })
    inner.createTask(() => {
      throw new RangeError('inside')
    })
    const seen = await promise
    await inner.closeAsync().catch(() => {})
    return seen
  })
  t.deepEqual(seen, ['inside', 'inner'])
})

test('X7: cancellations do not reach the hook; uncloneable results do', t => {
  const seen = []
  const runner = runnerFor(t, { onTaskError: ({ error }) => seen.push(error.code) })
  const { release } = holdLoop(t, runner)
  runner.createTask(() => sleep(Infinity)).cancel()
  const task = runner.createTask(() => sleep(Infinity))
  runner.createTask(() => () => {})
  release.set()
  runner.waitForNextEventloopIteration()
  task.cancel()
  t.throws(() => task.wait())
  until(() => (runner.waitForNextEventloopIteration(), seen.length > 0))
  t.deepEqual(seen, ['ERR_UNCLONEABLE'])
})
