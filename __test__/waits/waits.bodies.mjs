// What holds of every wait on a queue, an event or a future, whichever door it is made through.
//
// Each body goes through the table of waits in `doors.mjs`: how long a wait may take, that one which ends without
// success has had no effect, and that none outlives the runner it depends on.

import assert from 'node:assert/strict'
import { AsyncRunner, sleep } from 'threaded-async'
import { waits } from '../support/doors.mjs'
import { partner, untilSeen, whenSeen } from '../support/partner.mjs'

const late = { name: 'EventLoopTimeoutError', code: 'ERR_EVENT_LOOP_TIMEOUT' }

/** Calls `body` for every wait, and says in the error which one it was. */
async function forEachWait(body) {
  for (const [name, wait] of Object.entries(waits)) {
    try {
      await body(wait, name)
    } catch (error) {
      error.message = `${name}: ${error.message}`
      throw error
    }
  }
}

/** Enters, and looks at how that fails; a door that awaits must not throw at once. */
async function fails(door, wait, object, options, expected) {
  await assert.rejects(async () => {
    if (door.name === 'blocking') return wait.enter(door, object, options)
    let promise
    try {
      promise = wait.enter(door, object, options)
    } catch (error) {
      throw new Error('It has thrown at once.', { cause: error })
    }
    return promise
  }, expected)
}

/** As a task: serves a wait once it has gone on for longer than the default of its runner. */
const serveAfter = async (object, count, [verb, ...args]) => {
  while (object.statistics()[count] !== 1) await sleep(1)
  await sleep(30)
  object[verb](...args)
}

const closeOnce = async (runner, object, count) => {
  while (object.statistics()[count] !== 1) await sleep(1)
  await runner.closeAsync()
}

const dieOnce = async (object, count) => {
  while (object.statistics()[count] !== 1) await sleep(1)
  process.exit(7)
}

const enterWait = async (name, object) => {
  const { doors, waits } = await import('../support/doors.mjs')
  await waits[name].enter(doors.awaiting, object)
}

export default {
  'Q3, Q4, E4: a wait that timed out leaves nothing behind': async door => {
    await forEachWait(async wait => {
      const object = wait.make()
      const before = object.statistics()
      for (const timeout of [0, 1, 5]) {
        await fails(door, wait, object, { timeout }, late)
        assert.deepEqual(object.statistics(), before)
      }
      // Whatever serves a wait now serves a new one.
      const server = whenSeen(object, { [wait.count]: 1 }, wait.serve)
      await wait.enter(door, object)
      await server.result()
      assert.equal(object.statistics()[wait.count], 0)
    })
  },

  /** One waits here and two wait elsewhere; what ends the wait here leaves theirs alone. */
  'Q6: a wait that timed out leaves the others alone': async door => {
    await forEachWait(async (wait, name) => {
      const object = wait.make()
      const others = [1, 2].map(number => partner(`other ${number}`).createTask(enterWait, [name, object]))
      await untilSeen(object, { [wait.count]: 2 })
      await fails(door, wait, object, { timeout: 2 }, late)
      assert.equal(object.statistics()[wait.count], 2)
      for (let number = 0; number < 2; number++) {
        const [verb, ...args] = wait.serve
        if (object.statistics()[wait.count] > 0) object[verb](...args)
      }
      await Promise.all(others.map(other => other.result()))
    })
  },

  'Q11: a wait never times out early': async door => {
    await forEachWait(async wait => {
      const object = wait.make()
      for (const timeout of [0.5, 1, 3.7, 20]) {
        const before = performance.now()
        await fails(door, wait, object, { timeout }, late)
        assert.ok(performance.now() - before >= timeout, `${timeout} ms have not passed`)
      }
    })
  },

  'X5: a timeout says how long it was': async door => {
    await forEachWait(async wait => {
      await fails(door, wait, wait.make(), { timeout: 7 }, { ...late, message: /\b7 ms\b/ })
    })
  },

  /** `0` polls once. What comes after the call does not reach it. */
  'Q11: a timeout of 0 polls once and does not wait': async door => {
    await forEachWait(async wait => {
      const object = wait.make()
      const poll = fails(door, wait, object, { timeout: 0 }, late)
      assert.equal(object.statistics()[wait.count], 0)
      const [verb, ...args] = wait.serve
      object[verb](...args)
      await poll
      await wait.enter(door, wait.ready(), { timeout: 0 })
    })
  },

  'Q11: a huge timeout does not overflow': async door => {
    const most = Number.MAX_VALUE
    for (const timeout of [2 ** 31, 2 ** 32, 2 ** 53, 2 ** 64, 1e20, most, Infinity]) {
      await forEachWait(async wait => {
        const object = wait.make()
        const server = whenSeen(object, { [wait.count]: 1 }, wait.serve)
        await wait.enter(door, object, { timeout })
        await server.result()
      })
    }
  },

  /** Refused before anything happens, also where nothing would have to be waited for. */
  'Q11: wrong options are refused before anything happens': async door => {
    const type = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }
    const range = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' }
    const cases = [
      ...[NaN, -1, -Infinity, -0.001].map(timeout => [{ timeout }, range]),
      ...['1', null, true, 1n, {}, () => 1].map(timeout => [{ timeout }, type]),
      ...[5, 'soon', null, true, 1n].map(options => [options, type]),
    ]
    if (door.name === 'awaiting') {
      const signals = [null, 5, 'abort', {}, { aborted: false }, new EventTarget(), new AbortController()]
      cases.push(...signals.map(signal => [{ signal }, type]))
    }
    await forEachWait(async wait => {
      for (const object of [wait.make(), wait.ready()]) {
        const before = object.statistics()
        for (const [options, expected] of cases) {
          await fails(door, wait, object, options, expected)
          assert.deepEqual(object.statistics(), before)
        }
      }
    })
  },

  /** Left out, a blocking door takes the runner's default; an awaiting door has no limit. */
  'R9: left out, a blocking door takes the runner’s default, an awaiting one waits on': async door => {
    await AsyncRunner.use(
      async runner => {
        await forEachWait(async wait => {
          const object = wait.make(runner)
          if (door.name === 'blocking') {
            for (const options of [undefined, {}, { timeout: undefined }]) {
              await fails(door, wait, object, options, { ...late, message: /\b20 ms\b/ })
            }
          }
          const server = partner().createTask(serveAfter, [object, wait.count, wait.serve])
          await wait.enter(door, object, door.name === 'blocking' ? { timeout: Infinity } : undefined)
          await server.result()
        })
      },
      { callInLoopTimeout: 20 },
    )
  },

  /** H3: a wait for something of a runner ends when that closes. The partner closes it, so that any door may wait. */
  'S5: a close ends every wait on what the runner owns': async door => {
    await forEachWait(async wait => {
      const runner = new AsyncRunner()
      const object = wait.make(runner)
      const closer = partner().createTask(closeOnce, [runner, object, wait.count])
      await fails(door, wait, object, undefined, { code: wait.ended })
      await closer.result()
      assert.equal(object.statistics()[wait.count], 0)
      await fails(door, wait, object, undefined, wait.count === 'getters' ? undefined : { code: wait.ended })
    })
  },

  /** H3: the same where the runner's thread ends by itself. */
  'R7: the death of a runner ends every wait on what it owns': async door => {
    await forEachWait(async wait => {
      const runner = new AsyncRunner({ name: 'mortal' })
      const object = wait.make(runner)
      const died = { name: 'RunnerDiedError', code: 'ERR_RUNNER_DIED', exitCode: 7, message: /'mortal'/ }
      runner.createTask(dieOnce, [object, wait.count])
      await fails(door, wait, object, undefined, died)
      assert.equal(object.statistics()[wait.count], 0)
      // Those who come later are told as well.
      await fails(door, wait, object, undefined, died)
    })
  },
}
