// What becomes of a task's error: how it arrives, with its class and both sides' stacks, and what debug adds.
//
// Promises to cover X1, X2, X5 as far as tasks go, and `registerError` on both sides; how values in errors cross in
// general is the wire's and the errors' specs' concern.

import ava from 'ava'
import {
  AsyncRunner,
  ExceptionGroup,
  InvalidStateError,
  QueueFull,
  registerError,
  sleep,
  taskModule,
} from 'threaded-async'
import { runnerFor } from '../support/runner-fixture.mjs'
import { CrawlError } from './tasks.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const tasks = taskModule(new URL('./tasks.mjs', import.meta.url))
const groupOf = { code: 'ERR_EXCEPTION_GROUP', name: 'ExceptionGroup', instanceOf: ExceptionGroup }
const timedOut = { code: 'ERR_EVENT_LOOP_TIMEOUT', name: 'EventLoopTimeoutError' }
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

  test(`X1: the stack of ${door} shows where it was thrown and which call waits for it`, async t => {
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
    t.regex(stack, /at thrower .*task\/errors\.spec\.mjs/)
    t.regex(stack, /waits in/)
    if (door === 'wait') {
      t.regex(stack, /waitingHere.*task\/errors\.spec\.mjs/)
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
    t.regex(error.message, /createdHere.*task\/errors\.spec\.mjs/s)
    t.regex(error.message, /\b5 ms/)
  }
  slow.cancel()
  const failing = createdHere(async () => {
    await null
    throw new RangeError('plain')
  })
  const error = t.throws(() => failing.wait(), { instanceOf: RangeError, message: 'plain' })
  t.regex(error.stack, /createdHere.*task\/errors\.spec\.mjs/s)
  const [one, two] = [
    t.throws(() => runner.run(() => JSON.parse('{'))),
    t.throws(() => runner.callInLoop(() => JSON.parse('{'))),
  ]
  for (const { stack } of [one, two]) t.regex(stack, /task\/errors\.spec\.mjs/)
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
