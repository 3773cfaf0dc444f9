// A close whose closer does not wait for its end: it comes to force all the same, and everybody who waits is released.
//
// Promises to cover S14: closes by a task of the loop itself, and closes that were left, by whatever has ended their wait.

import ava from 'ava'
import { AsyncRunner, Event, Queue, ShutdownType } from 'threaded-async'
import { ends } from '../support/program.mjs'
import { holdLoop, runnerFor, until, untilAsync } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const quiet = { exitTimeout: 100, logForcedShutdownStackTrace: false }

/** What ends by no close in order; each says when it has begun. */
const stubborn = {
  'takes long to clean up': async begun => {
    try {
      begun.set()
      await sleep(Infinity)
    } finally {
      await sleep(1_000_000)
    }
  },
  'awaits what never settles': async begun => {
    begun.set()
    await new Promise(() => {})
  },
  'swallows its cancellation': async begun => {
    begun.set()
    for (;;) await sleep(Infinity).catch(() => {})
  },
  'computes for ever in its cleanup': async begun => {
    try {
      begun.set()
      await sleep(Infinity)
    } finally {
      for (;;);
    }
  },
}

/** A runner with such a task, which runs. */
function stubbornRunner(fn = stubborn['swallows its cancellation'], options = {}) {
  const runner = new AsyncRunner({ ...quiet, ...options })
  const begun = new Event()
  const task = runner.createTask(new Function(`return ${fn}`)(), [begun], { name: 'left' })
  begun.wait({ timeout: 20_000 })
  return { runner, task, queue: new Queue(runner) }
}

const codeOf = error => error.code
const within = { timeout: 60_000 }

/** Everybody who waits, in whatever way, is released, and the runner has ended by force. */
async function isForced(t, { runner, task, queue }, waiting) {
  const code = t.throws(() => task.wait(within)).code
  t.is(code, 'ERR_FORCED_SHUTDOWN')
  t.is(await waiting, 'ERR_QUEUE_SHUT_DOWN')
  t.throws(() => queue.getWait(within), { code: 'ERR_QUEUE_SHUT_DOWN' })
  t.is(runner.shutdownType, ShutdownType.FORCE_STOPPED)
  runner.close()
}

for (const [how, fn] of Object.entries(stubborn)) {
  test(`S14: a task closes its own runner, and another ${how}: who blocks is released`, async t => {
    const it = stubbornRunner(fn)
    const waiting = it.queue.get(within).catch(codeOf)
    it.runner.createTask(() => AsyncRunner.current.closeAsync())
    await isForced(t, it, waiting)
  })

  test(`S14: a task closes its own runner, and another ${how}: who awaits is released`, async t => {
    const it = stubbornRunner(fn)
    it.runner.createTask(() => AsyncRunner.current.closeAsync())
    t.is(await it.queue.get(within).catch(codeOf), 'ERR_QUEUE_SHUT_DOWN')
    t.is(await it.task.result(within).catch(codeOf), 'ERR_FORCED_SHUTDOWN')
    t.is(it.runner.shutdownType, ShutdownType.FORCE_STOPPED)
  })
}

test('S14: a task closes its own runner: where the loop was is said on stderr', t =>
  ends(t, ['close-left.mjs', 'own'], {
    expected: { stderr: /runner 'own' did not end in time and is stopped by force/ },
  }))

/** What becomes of a closer on another loop in the middle of its close. */
const leaving = {
  'is cancelled': closer => closer.cancel(),
  'runs on a loop that exits': (_, { gone }) => gone.set(),
  'runs on a loop that closes': (_, { other }) => other.closeAsync(),
}

for (const [how, leave] of Object.entries(leaving)) {
  test(`S14: the closer ${how}`, async t => {
    const it = stubbornRunner(undefined, { exitTimeout: 300 })
    const waiting = it.queue.get(within).catch(codeOf)
    const [other, gone] = [runnerFor(t), new Event()]
    const closer = other.createTask(
      async (runner, gone) => {
        void gone.waitAsync().then(() => process.exit())
        await runner.closeAsync()
      },
      [it.runner, gone],
    )
    void closer.result().catch(() => {})
    await untilAsync(() => !it.runner.isRunning)
    await leave(closer, { other, gone })
    await isForced(t, it, waiting)
  })
}

test('S14: closeAsync has begun, and its thread blocks for something of the runner', async t => {
  const it = stubbornRunner()
  const closing = it.runner.closeAsync()
  const waiting = it.queue.get(within).catch(codeOf)
  t.throws(() => it.queue.getWait(within), { code: 'ERR_QUEUE_SHUT_DOWN' })
  await isForced(t, it, waiting)
  await closing
})

test('S14: closeAsync has begun, and its thread computes for longer than both times: it ends the loop when it comes back', async t => {
  const it = stubbornRunner(undefined, { exitTimeout: 50 })
  const waiting = it.queue.get(within).catch(codeOf)
  const closing = it.runner.closeAsync()
  for (const end = performance.now() + 1500; performance.now() < end;);
  await closing
  await isForced(t, it, waiting)
})

test('S14: who waits is released where the maker does not come back, and the maker ends the loop when it does', async t => {
  const maker = runnerFor(t)
  const [begun, beats] = [new Event(), new Queue()]
  const made = await maker
    .createTask(
      async (begun, beats, options) => {
        const runner = new AsyncRunner(options)
        const beating = async (begun, beats) => {
          begun.set()
          for (;;) {
            await beats.put(1).catch(() => {})
            await sleep(1).catch(() => {})
          }
        }
        runner.createTask(beating, [begun, beats])
        await begun.waitAsync()
        return runner
      },
      [begun, beats, { ...quiet, exitTimeout: 50 }],
    )
    .result()
  const { task: holder, release } = holdLoop(t, maker)
  const waiting = new Queue(made).get(within).catch(codeOf)
  await made.closeAsync()
  t.is(await waiting, 'ERR_QUEUE_SHUT_DOWN')
  t.is(made.shutdownType, ShutdownType.FAILED_FORCE_STOPPED)
  beats.clear()
  t.is(await beats.get(within), 1)
  release.set()
  await holder.result()
  // It has ended once nothing comes any more.
  const end = { timeout: 500 }
  let code
  while ((code = await beats.get(end).then(() => undefined, codeOf)) === undefined) beats.clear()
  t.is(code, 'ERR_EVENT_LOOP_TIMEOUT')
})

test('S14: an exitTimeout that is changed during the close counts from then', async t => {
  const it = stubbornRunner(undefined, { exitTimeout: Infinity })
  const waiting = it.queue.get(within).catch(codeOf)
  it.runner.createTask(() => AsyncRunner.current.closeAsync())
  until(() => !it.runner.isRunning)
  it.runner.exitTimeout = 50
  await isForced(t, it, waiting)
})

test('S14: a close that was begun before the loop was up is timed, too', async t => {
  const runner = new AsyncRunner({ exitTimeout: 50, logForcedShutdownStackTrace: false })
  const task = runner.createTask(() => new Promise(() => {}))
  void runner.closeAsync()
  const code = t.throws(() => task.wait(within)).code
  t.is(code, 'ERR_FORCED_SHUTDOWN')
})

const posix = process.platform === 'win32' ? test.skip : test

posix('S14: a close that Ctrl-C has ended comes to its end all the same', t =>
  ends(t, ['close-left.mjs', 'ctrl-c'], { expected: { stdout: 'closing\npass\n' } }, async program => {
    await program.prints('closing\n')
    program.kill('SIGINT')
  }),
)
