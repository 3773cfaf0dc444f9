// The end of a runner by force: a stuck loop is ended whatever it is stuck in, and everybody who waits is released.
//
// Promises to cover S2 and S4, threads that cannot start, and what stderr says. What may hang or crash the process is
// a program of its own.

import ava from 'ava'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { AsyncRunner, Event, forceStopAttempted, Queue, ShutdownType, sleep } from 'threaded-async'
import { ends, isBusy } from '../support/program.mjs'
import { closes, duration, runnerFor, until } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const quiet = { logForcedShutdownStackTrace: false }
const forced = { code: 'ERR_FORCED_SHUTDOWN', name: 'ForcedThreadShutdown' }
const timedOut = { code: 'ERR_EVENT_LOOP_TIMEOUT', name: 'EventLoopTimeoutError' }

for (const [name, close] of Object.entries(closes)) {
  test(`S2: ${name} ends a loop that is stuck by force, and says so`, async t => {
    const runner = new AsyncRunner({ exitTimeout: 50, ...quiet })
    const begun = new Event()
    const spinner = runner.createTask(
      event => {
        event.set()
        for (;;);
      },
      [begun],
    )
    const waiting = runner.createTask(() => sleep(Infinity))
    begun.wait()
    const result = spinner.result()
    await close(runner)
    t.is(runner.shutdownType, ShutdownType.FORCE_STOPPED)
    t.true(forceStopAttempted(runner.shutdownType))
    t.false(runner.isRunning)
    t.throws(() => spinner.wait(), forced)
    await t.throwsAsync(result, forced)
    t.throws(() => waiting.wait(), forced)
    t.true(spinner.done())
  })
}

// No signals stop a process elsewhere.
const posix = process.platform === 'win32' ? test.skip : test

for (const [close, how] of [
  ['close', 'running'],
  ['closeAsync', 'running'],
  ['close', 'floating'],
  ['close', 'cancelled'],
]) {
  posix(
    `S2: a process that stood still has not used up the time its tasks have for their cleanup: ${close}, ${how}`,
    t =>
      ends(t, ['stood-still.mjs', close, how], { expected: { stdout: 'cleaning up\npass\n' } }, async program => {
        await program.prints('cleaning up')
        program.kill('SIGSTOP')
        await sleep(2500)
        program.kill('SIGCONT')
      }),
  )
}

test('an exitTimeout of 0 forces at once what does not end at once', t => {
  const runner = new AsyncRunner({ exitTimeout: 0, ...quiet })
  const begun = new Event()
  const task = runner.createTask(
    event => {
      event.set()
      for (;;);
    },
    [begun],
  )
  begun.wait()
  t.true(duration(() => runner.close()) < 10_000)
  t.is(runner.shutdownType, ShutdownType.FORCE_STOPPED)
  t.throws(() => task.wait(), forced)
})

test('T5: a task that swallows its cancellation and goes on is ended by force', t => {
  const runner = new AsyncRunner({ exitTimeout: 100, ...quiet })
  const swallowed = new Event()
  const task = runner.createTask(
    async event => {
      for (;;) await sleep(Infinity).catch(() => event.set())
    },
    [swallowed],
  )
  runner.waitForNextEventloopIteration()
  task.cancel()
  swallowed.wait({ timeout: 20_000 })
  const took = duration(() => runner.close())
  t.true(took >= 99, `took ${took} ms`)
  t.is(runner.shutdownType, ShutdownType.FORCE_STOPPED)
  t.throws(() => task.wait(), forced)
})

test('a task whose function never settles is abandoned at close only', t => {
  const runner = new AsyncRunner({ exitTimeout: 100, ...quiet })
  const task = runner.createTask(() => new Promise(() => {}))
  runner.waitForNextEventloopIteration()
  task.cancel()
  t.throws(() => task.wait({ timeout: 30 }), timedOut)
  runner.close()
  t.not(runner.shutdownType, ShutdownType.NOT_SHUT_DOWN)
  const error = t.throws(() => task.wait())
  t.true(['ERR_FORCED_SHUTDOWN', 'ERR_CANCELLED'].includes(error.code), error.code)
  t.true(task.done())
})

test('logForcedShutdownStackTrace: where the stuck loop was is on stderr, and nothing is when it is false', async t => {
  const program = fileURLToPath(new URL('./stuck.mjs', import.meta.url))
  for (const how of ['default', 'true', 'false']) {
    for (const door of ['close', 'closeAsync']) {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, how, door], { timeout: 120_000 })
      t.is(stdout, 'FORCE_STOPPED\n')
      if (how === 'false') t.is(stderr, '')
      else {
        t.regex(stderr, /'stuck loop'/)
        t.regex(stderr, /'spinner'/)
        if (!isBusy() || !stderr.includes('cannot be taken')) t.regex(stderr, /innermost.*\/stuck\.mjs:\d+/)
      }
    }
  }
})

// --- S4: stuck in every way

const stuck = {
  'for (;;)': () => {
    for (;;);
  },
  'a flood of microtasks': async () => {
    for (;;) await null
  },
  'a flood of ticks': () =>
    new Promise(() => {
      const again = () => process.nextTick(again)
      again()
    }),
  'Atomics.wait for ever': () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  },
  'a long regex': () => /^(a+)+$/.test(`${'a'.repeat(64)}b`),
  'a loop in its finally': async () => {
    try {
      await sleep(Infinity)
    } finally {
      // eslint-disable-next-line no-unsafe-finally
      for (;;);
    }
  },
  'a blocking door, whatever ends it': () => {
    for (;;) {
      try {
        new Queue().getWait()
      } catch {
        continue
      }
    }
  },
  'code that catches everything': () => {
    for (;;) {
      try {
        for (;;);
      } catch {
        continue
      } finally {
        // eslint-disable-next-line no-unsafe-finally
        continue
      }
    }
  },
}

for (const [how, fn] of Object.entries(stuck)) {
  test(`S4: a loop stuck in ${how} is ended within exitTimeout, and every blocked waiter is released`, async t => {
    const runner = new AsyncRunner({ exitTimeout: 100, allowBlocking: true, ...quiet })
    const other = runnerFor(t, { allowBlocking: true })
    const begun = new Event()
    const text = `return async begun => { begun.set(); await (${fn})() }`
    const task = runner.createTask(new Function(text)(), [begun], { name: 'stuck' })
    const blocked = other.createTask(
      it => {
        try {
          it.wait()
        } catch (error) {
          return error.code
        }
      },
      [task],
    )
    const waiting = task.result().catch(error => error.code)
    begun.wait()
    const took = duration(() => runner.close())
    t.is(runner.shutdownType, ShutdownType.FORCE_STOPPED)
    t.true(took < 20_000, `took ${took} ms`)
    t.is(blocked.wait({ timeout: 20_000 }), 'ERR_FORCED_SHUTDOWN')
    t.is(await waiting, 'ERR_FORCED_SHUTDOWN')
    t.throws(() => task.wait(), forced)
  })
}

// Python: TestAsyncRunner.test_shutdown_force_failed
test('S2: native code that holds the thread: FAILED_FORCE_STOPPED, and every waiter is released', t => {
  const runner = new AsyncRunner({ exitTimeout: 50, ...quiet })
  const queue = new Queue(runner)
  const folder = mkdtempSync(join(tmpdir(), 'runner-held-'))
  const [proof, end] = [join(folder, 'held'), join(folder, 'end')]
  const holding = 'touch "$0"; until [ -e "$1" ]; do sleep 0.1; done; rm -r "$2"'
  const task = runner.createTask(
    (holding, ...paths) => void require('node:child_process').spawnSync('sh', ['-c', holding, ...paths]),
    [holding, proof, end, folder],
  )
  t.teardown(() => {
    writeFileSync(end, '')
    until(() => !existsSync(folder))
  })
  const other = runnerFor(t, { allowBlocking: true })
  const blocked = other.createTask(
    (task, queue) => {
      const code = call => {
        try {
          return call()
        } catch (error) {
          return error.code
        }
      }
      return [code(() => task.wait()), code(() => queue.getWait())]
    },
    [task, queue],
  )
  until(() => existsSync(proof))
  runner.close()
  t.is(runner.shutdownType, ShutdownType.FAILED_FORCE_STOPPED)
  t.true(forceStopAttempted(runner.shutdownType))
  t.false(runner.isRunning)
  t.throws(() => task.wait(), forced)
  t.deepEqual(blocked.wait({ timeout: 20_000 }), ['ERR_FORCED_SHUTDOWN', 'ERR_QUEUE_SHUT_DOWN'])
  t.throws(() => runner.run(() => 1), { code: 'ERR_RUNNER_CLOSED' })
  runner.close()
  t.is(runner.shutdownType, ShutdownType.FAILED_FORCE_STOPPED)
})

// --- S8: which thread closes a stuck runner

test('S8: closing a stuck runner from another thread, while its maker is blocked in a door', t => {
  const runner = new AsyncRunner({ exitTimeout: 50, ...quiet })
  const other = runnerFor(t, { allowBlocking: true })
  const begun = new Event()
  const spinner = runner.createTask(
    event => {
      event.set()
      for (;;);
    },
    [begun],
  )
  begun.wait()
  t.is(
    other.run(
      it => {
        it.close()
        return it.shutdownType
      },
      [runner],
    ),
    ShutdownType.FORCE_STOPPED,
  )
  t.throws(() => spinner.wait(), forced)
})

test('S8: closing a stuck runner from another thread, while its maker is in its loop', async t => {
  const runner = new AsyncRunner({ exitTimeout: 50, ...quiet })
  const other = runnerFor(t)
  const begun = new Event()
  const spinner = runner.createTask(
    event => {
      event.set()
      for (;;);
    },
    [begun],
  )
  await begun.waitAsync()
  const closing = other.createTask(
    async it => {
      await it.closeAsync()
      return it.shutdownType
    },
    [runner],
  )
  t.is(await closing.result(), ShutdownType.FORCE_STOPPED)
  await t.throwsAsync(spinner.result(), forced)
})

test('S8: closing two stuck runners at once from their maker', async t => {
  const runners = [1, 2].map(() => new AsyncRunner({ exitTimeout: 50, ...quiet }))
  const events = runners.map(runner => {
    const begun = new Event()
    runner.createTask(
      event => {
        event.set()
        for (;;);
      },
      [begun],
    )
    return begun
  })
  for (const event of events) event.wait()
  await Promise.all(runners.map(runner => runner.closeAsync()))
  t.deepEqual(
    runners.map(runner => runner.shutdownType),
    [ShutdownType.FORCE_STOPPED, ShutdownType.FORCE_STOPPED],
  )
})

// --- boots that fail

const died = 'ERR_RUNNER_DIED'

test('a thread that cannot start: who blocks gets an error, quickly, and so does who awaits', async t => {
  const program = fileURLToPath(new URL('./tiny.mjs', import.meta.url))
  const waits = { blocking: { run: died, getWait: died, named: true, cause: true }, awaiting: {} }
  for (const [how, more] of Object.entries(waits)) {
    const before = performance.now()
    const { stdout } = await promisify(execFile)(process.execPath, [program, how], { timeout: 60_000 })
    t.true(performance.now() - before < 20_000)
    t.deepEqual(JSON.parse(stdout), {
      ...more,
      result: died,
      get: died,
      createTask: died,
      isRunning: false,
      shutdownType: ShutdownType.UNKNOWN,
    })
  }
})

test('odd resource limits throw at once, or fail every wait', t => {
  const limits = [{ maxOldGenerationSizeMb: 'lots' }, { stackSizeMb: -5 }, { codeRangeSizeMb: {} }]
  for (const resourceLimits of limits) {
    try {
      const runner = runnerFor(t, { resourceLimits })
      t.is(
        runner.run(() => 1, [], { timeout: 20_000 }),
        1,
      )
    } catch (error) {
      t.not(error.code, 'ERR_EVENT_LOOP_TIMEOUT', JSON.stringify(resourceLimits))
    }
  }
})
