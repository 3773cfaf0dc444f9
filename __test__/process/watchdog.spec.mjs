// Loops that do not come round: whole programs, since some of their threads never would by themselves.
//
// Promises R13 for loops held in each of the ways there are, for loops that are not held, and for both ways in which their
// maker may wait meanwhile; and that bad options are refused.

import test from 'ava'
import { AsyncRunner } from 'threaded-async'
import { attend, ends, passed } from '../support/program.mjs'

const held = {
  spin: 'for (;;) in a task',
  timer: 'for (;;) in a timer that a task has left',
  microtasks: 'a flood of microtasks',
  regex: 'a regular expression that takes for ever',
  atomics: 'Atomics.wait',
  child: 'a child process that is run synchronously',
}
const free = {
  idle: 'without a task',
  sleeping: 'whose task sleeps',
  slow: 'that waits for slow I/O',
  immediates: 'with one immediate after the other',
  steps: 'that computes in steps',
  door: 'whose task sleeps in a blocking call',
}
const more = {
  again: 'a loop that gets stuck three times is told of three times',
  several: 'of several loops only the one that is stuck is told of',
  throws: 'what onStuck throws is an uncaught exception, and ends no wait',
  off: 'stuckAfter Infinity switches it off',
  inspected: 'onStuck is not called while the inspector is open',
  leftover: 'a loop that is held outside of tasks is told of when the next task comes',
}
const titles = {
  ...Object.fromEntries(
    Object.entries(held).map(([what, how]) => [what, `a loop held by ${how} is told of once, and how`]),
  ),
  ...Object.fromEntries(Object.entries(free).map(([what, how]) => [what, `a loop ${how} is not stuck`])),
  ...more,
}

for (const [what, title] of Object.entries(titles)) {
  for (const door of ['block', 'await']) {
    test(`R13: ${title}, while its maker ${door}s`, async t => {
      const result = await attend(['watchdog.mjs', what, door])
      const stderr = what === 'inspected' ? result.stderr : ''
      const { ms: _, ...how } = result
      t.deepEqual(how, { ...passed, stderr })
    })
  }
}

test('R13: a loop that takes long to start is not stuck', async t => {
  const preload = 'data:text/javascript,Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 800)'
  for (const door of ['block', 'await']) await ends(t, ['--import', preload, 'watchdog.mjs', 'boot', door])
})

const posix = process.platform === 'win32' ? test.skip : test

posix('R13: after a process has stood still as a whole, no loop is stuck', async t => {
  await ends(t, ['watchdog.mjs', 'stopped'], { expected: { stdout: 'ready\npass\n' } }, async program => {
    await program.prints('ready')
    program.kill('SIGSTOP')
    await new Promise(resolve => setTimeout(resolve, 1500))
    program.kill('SIGCONT')
  })
})

const refused = [
  [{ stuckAfter: '5000' }, TypeError, 'ERR_INVALID_ARG_TYPE'],
  [{ stuckAfter: null }, TypeError, 'ERR_INVALID_ARG_TYPE'],
  [{ stuckAfter: 5000n }, TypeError, 'ERR_INVALID_ARG_TYPE'],
  [{ stuckAfter: 0 }, RangeError, 'ERR_OUT_OF_RANGE'],
  [{ stuckAfter: -1 }, RangeError, 'ERR_OUT_OF_RANGE'],
  [{ stuckAfter: NaN }, RangeError, 'ERR_OUT_OF_RANGE'],
  [{ onStuck: 'log' }, TypeError, 'ERR_INVALID_ARG_TYPE'],
  [{ onStuck: {} }, TypeError, 'ERR_INVALID_ARG_TYPE'],
]

test('R13: bad values of stuckAfter and onStuck are refused, by name', t => {
  for (const [options, instanceOf, code] of refused) {
    const message = new RegExp(`options\\.${Object.keys(options)[0]}`)
    t.throws(() => new AsyncRunner(options), { instanceOf, code, message })
  }
})
