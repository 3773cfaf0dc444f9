// Tasks against a model: whatever is asked of them in whatever order, each has the one outcome the model allows.
//
// Promises that a task which was cancelled before it could run has not run, that outcomes never change once seen, and
// that the close throws exactly the errors which nobody has retrieved. fast-check finds and shrinks the order of events.

import ava from 'ava'
import fc from 'fast-check'
import { AsyncRunner, Queue, ShutdownType, sleep } from 'threaded-async'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

/** What a task may do, and what may become of it without and with a cancel. */
const kinds = {
  value: { fn: () => 'value', plain: ['value'], cancelled: ['value', 'ERR_CANCELLED'] },
  late: {
    fn: () => sleep(2).then(() => 'late'),
    plain: ['late'],
    cancelled: ['late', 'ERR_CANCELLED'],
  },
  error: {
    fn: () => {
      throw Object.assign(new Error('error'), { code: 'E_OWN' })
    },
    plain: ['E_OWN'],
    cancelled: ['E_OWN', 'ERR_CANCELLED'],
  },
  endless: { fn: () => sleep(Infinity), plain: [], cancelled: ['ERR_CANCELLED'] },
  swallows: {
    fn: () => sleep(Infinity).catch(() => 'swallowed'),
    plain: [],
    cancelled: ['swallowed', 'ERR_CANCELLED'],
  },
  cleansUp: {
    fn: async () => {
      try {
        await sleep(Infinity)
      } finally {
        await sleep(1)
      }
    },
    plain: [],
    cancelled: ['ERR_CANCELLED'],
  },
  failsCleaning: {
    fn: async () => {
      try {
        await sleep(Infinity)
      } catch {
        throw Object.assign(new Error('while cleaning up'), { code: 'E_CLEAN' })
      }
    },
    plain: [],
    cancelled: ['E_CLEAN', 'ERR_CANCELLED'],
  },
  uncloneable: { fn: () => () => {}, plain: ['ERR_UNCLONEABLE'], cancelled: ['ERR_UNCLONEABLE', 'ERR_CANCELLED'] },
}

const errors = new Set(['E_OWN', 'E_CLEAN', 'ERR_UNCLONEABLE'])
const PENDING = 'ERR_EVENT_LOOP_TIMEOUT'

/** One task, and what is known of it. */
class Tracked {
  isCancelled = false
  outcome
  isRetrieved = false

  constructor(t, runner, kind, started) {
    Object.assign(this, { t, kind })
    const text = `return started => { started.putNowait(1); return (${kinds[kind].fn})() }`
    this.task = runner.createTask(new Function(text)(), [started], { name: kind })
  }

  allows(outcome) {
    return kinds[this.kind][this.isCancelled ? 'cancelled' : 'plain'].includes(outcome)
  }

  /** An outcome that a wait has seen: allowed, and ever the same. */
  see(outcome) {
    if (outcome === PENDING) {
      this.t.is(this.outcome, undefined, `${this.kind} had ended as ${this.outcome}`)
      return
    }
    this.t.true(this.allows(outcome), `${this.kind} ended as ${outcome}, cancelled: ${this.isCancelled}`)
    if (this.outcome !== undefined) this.t.is(outcome, this.outcome)
    this.outcome = outcome
    this.isRetrieved = true
    this.t.true(this.task.done())
    this.t.is(this.task.cancelled(), outcome === 'ERR_CANCELLED')
  }

  wait(timeout) {
    try {
      this.see(this.task.wait({ timeout }))
    } catch (error) {
      this.see(error.code)
    }
  }

  async result(timeout) {
    await this.task.result({ timeout }).then(
      value => this.see(value),
      error => this.see(error.code),
    )
  }
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant('create'), fc.constantFrom(...Object.keys(kinds))) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('cancel'), fc.nat(30)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('wait'), fc.nat(30), fc.constantFrom(0, 1, 3)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('result'), fc.nat(30), fc.constantFrom(0, 1, 3)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('turn')) },
)

async function play(t, steps) {
  const runner = new AsyncRunner({ exitTimeout: 20_000 })
  const started = new Queue()
  const all = []
  for (const [what, which, timeout] of steps) {
    const tracked = all[which % all.length]
    if (what === 'create') all.push(new Tracked(t, runner, which, started))
    else if (what === 'turn') runner.waitForNextEventloopIteration()
    else if (tracked === undefined) continue
    else if (what === 'cancel') {
      tracked.isCancelled = true
      tracked.task.cancel()
    } else await tracked[what](timeout)
  }
  const group = closing(runner)
  t.is(runner.shutdownType, ShutdownType.STOPPED)
  const unretrieved = all.filter(each => !each.isRetrieved)
  for (const each of all) {
    each.isCancelled = true // By the close.
    each.wait(0)
  }
  const expected = unretrieved.filter(each => errors.has(each.outcome)).map(each => each.outcome)
  t.deepEqual((group?.exceptions ?? []).map(error => error.code).sort(), expected.sort())
  t.true(started.qsize() <= all.length)
}

function closing(runner) {
  try {
    runner.close()
  } catch (error) {
    return error
  }
}

test('tasks do as the model does, whatever is asked of them in whatever order', async t => {
  const run = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), steps => play(t, steps))
  await t.notThrowsAsync(fc.assert(run, { numRuns: 40, endOnFailure: false }))
})
