// What is told to a thread that blocks, without a timeout, for a task that waits for this very thread.
//
// Promises one sentence after a second, and none where another thread or the task itself may end the wait. Each is a program
// of its own with a deadline.

import test from 'ava'
import { attend, passes } from '../support/program.mjs'

const call = "The call 'look' waits to be handled by this thread, in process(), processUntil() or serve()."
const clock = "A script waits for the server's clock, which only tick() and advance() move."

for (const [how, what] of Object.entries({
  'a call': call,
  'a call of a script': call,
  'the clock': clock,
  'the clock of a script': clock,
})) {
  test(`X12: a thread that blocks for a task that waits for this thread is told so, once: ${how}`, async t => {
    t.timeout(600_000)
    const { stderr, stdout } = await attend(['unheard.mjs', how], {}, async program => {
      await program.complains(`${what}\n`)
      program.kill('SIGKILL')
    })
    const start = 'threaded-async: the main thread has been blocked for a second in wait, waiting for task'
    t.deepEqual([stderr, stdout], [`${start} 'player' without a timeout. ${what}\n`, ''])
  })
}

for (const how of [
  'with a timeout',
  'a server that others have',
  'a loop that works',
  'the call of another task',
  'the clock for another task',
  'processUntil',
]) {
  test(`X12: nothing is told to a thread that blocks: ${how}`, async t => {
    t.deepEqual(await passes(t, ['unheard.mjs', how]), [])
  })
}
