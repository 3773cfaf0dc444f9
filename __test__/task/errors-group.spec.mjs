// Errors that nobody retrieved: they come at the end, as one group, and hide nobody else's.
//
// Promises to cover X3 and X4: through both doors of close, through `use`, and through `using`, which is a program of
// its own because Node 20 does not know it.

import ava from 'ava'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { AsyncRunner, CancelledError, Event, ExceptionGroup, sleep } from 'threaded-async'
import { runnerFor } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const groupOf = { code: 'ERR_EXCEPTION_GROUP', name: 'ExceptionGroup', instanceOf: ExceptionGroup }
const fail = async message => {
  throw new RangeError(message)
}

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
        /\/errors-group\.spec\.mjs:\d+/.test(traceback),
      ]),
      group.exceptions.map(error => [error.message, true]),
    )
    t.regex(group.message, /'failing'/)
    t.regex(group.message, /10 tasks/)
    t.regex(group.message, /RangeError: no\. 7/)
    t.is(group.cause, undefined)
    t.false(runner.isRunning)
    t.is(await runner[close](), undefined) // A second close does nothing.
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
  const runner = new AsyncRunner({ exitTimeout: 2000, logForcedShutdownStackTrace: false })
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

test('X3: a wait that begins after the close has thrown the errors still gets its error', t => {
  const runner = new AsyncRunner()
  const task = runner.createTask(fail, ['late'])
  t.throws(() => runner.close(), groupOf)
  t.throws(() => task.wait(), { instanceOf: RangeError, message: 'late' })
})

test('X3: of two closes at once, one throws the errors', async t => {
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
  const file = fileURLToPath(new URL('./using.ts', import.meta.url))
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--import', 'tsx', file], {
    timeout: 120_000,
  })
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
