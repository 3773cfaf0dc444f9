// A thread that has learnt how long a call takes sleeps until the outcome is nearly due: what else happens meanwhile?
//
// Shows that each call returns its own result however long it takes, that a timeout, a failure elsewhere and the death of
// the loop are heard of, and that a loop which is called again and again gets round to its timers.

import { AsyncRunner, Queue } from 'threaded-async'
import { check, thrown } from './support.mjs'

const runner = new AsyncRunner({ name: 'worker' })
const call = (ms, value, options) => runner.createTask(work, [ms, value]).wait(options)

/** Computes for so many milliseconds, or until it is told to stop. */
function work(ms, value, stop) {
  for (const end = performance.now() + ms; performance.now() < end && !(stop && Atomics.load(stop, 0)););
  return value
}

/** Makes the thread know how long a call takes. */
function learn(ms) {
  for (let number = 0; number < 50; number++) check(call(ms, number) === number, `call ${number} of ${ms} ms`)
}

// Calls that take as long as one another, then longer, then next to nothing.
for (const ms of [0.05, 0.3, 1, 2]) learn(ms)
for (const ms of [30, 0, 2, 0, 0, 2]) check(call(ms, ms) === ms, `a call of ${ms} ms`)

// The same through a queue.
const [questions, answers] = [new Queue(runner), new Queue(runner)]
runner.createTask(
  async (questions, answers) => {
    for await (const question of questions) {
      for (const end = performance.now() + 0.4; performance.now() < end;);
      await answers.put(question)
    }
  },
  [questions, answers],
)
for (let number = 0; number < 100; number++) {
  questions.putWait(number)
  check(answers.getWait() === number, `answer ${number}`)
}

// A timeout that comes before the outcome is due takes nothing with it.
learn(2)
const stop = new Int32Array(new SharedArrayBuffer(4))
const late = runner.createTask(work, [Infinity, 'late', stop])
check(thrown(() => late.wait({ timeout: 0.2 })).code === 'ERR_EVENT_LOOP_TIMEOUT', 'it times out')
Atomics.store(stop, 0, 1)
check(late.wait() === 'late', 'the result is there')

// A failure elsewhere is told while this thread blocks in one call after another.
const errors = []
const other = new AsyncRunner({ onTaskError: ({ error }) => errors.push(error.message) })
other.run(() => {})
other.createTask(() => {
  throw new Error('elsewhere')
})
while (errors.length === 0) call(2)
check(errors.join() === 'elsewhere', 'the failure was told')
other.close()

// Timers have their turn on a loop that is called again and again.
runner.run(() => {
  globalThis.ticks = 0
  globalThis.timer = setInterval(() => globalThis.ticks++, 1)
})
const ticked = () => runner.run(() => globalThis.ticks)
while (ticked() < 20) call(0.3)
runner.run(() => clearInterval(globalThis.timer))

// The loop ends, long before the outcome is due.
learn(2)
check(thrown(() => runner.createTask(() => process.exit(3)).wait()).code === 'ERR_RUNNER_DIED', 'the death is heard of')

const last = new AsyncRunner()
for (let number = 0; number < 50; number++) last.run(work, [1, number])
last.close()
console.log('pass')
