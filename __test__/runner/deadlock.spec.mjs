// Circles of loops that block for one another: found before the last one sleeps, and never where there is none.
//
// Promises to cover R5 in each door that waits for a loop (`wait`, `run`, `callInLoop`), with both names in the error,
// in circles of two and of three, also where a blocked thread was disturbed meanwhile. A circle that was not found
// would hang: each test here ends by its own timeout instead. Circles through servers are in `process/circles.mjs`.

import ava from 'ava'
import { AsyncRunner, Event, Queue, sleep } from 'threaded-async'
import { holdLoop, runnerFor, until } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const timedOut = { code: 'ERR_EVENT_LOOP_TIMEOUT' }
const names = ['alice', 'bob', 'carol']

/** Runners that may block, called alice, bob and carol. */
const circleOf = (t, count) => names.slice(0, count).map(name => runnerFor(t, { name, allowBlocking: true }))

/** How a loop waits for another one's; each is called with that other runner and a function for it. */
const doors = {
  run: (other, fn, args) => other.run(fn, args),
  wait: (other, fn, args) => other.createTask(fn, args).wait(),
  callInLoop: (other, fn, args) => other.callInLoop(fn, args),
}

/** Has a loop go through a door with a function given as text, and tell what came of it: [code, message] or a value. */
const through = door =>
  new Function(
    `return (other, text, args) => {
      try {
        return (${door})(other, new Function('return ' + text)(), args)
      } catch (error) {
        return [error.code ?? error.name, error.message]
      }
    }`,
  )()

for (const [outer, outerDoor] of Object.entries(doors)) {
  for (const [inner, innerDoor] of Object.entries(doors)) {
    test(`R5: alice in ${outer} for bob while he is in ${inner} for her: detected, with both names`, t => {
      const [alice, bob] = circleOf(t, 2)
      // The one that closes the circle is told: mostly bob, but alice if bob was quicker.
      const back = `alice => (${through(innerDoor)})(alice, '() => 5', [])`
      const [code, message] = alice.createTask(through(outerDoor), [bob, back, [alice]]).wait({ timeout: 20_000 })
      t.is(code, 'ERR_WOULD_DEADLOCK')
      t.regex(message, /alice/)
      t.regex(message, /bob/)
      for (const runner of [alice, bob]) {
        t.is(
          runner.run(() => 'alive', [], { timeout: 20_000 }),
          'alive',
        )
      }
    })
  }
}

test('R5: two that meet in the middle: at least one is told, and nothing is left blocked', t => {
  const [alice, bob] = circleOf(t, 2)
  for (let round = 0; round < 20; round++) {
    const [ready, go] = [new Queue(), new Event()]
    const meet = (other, ready, go) => {
      ready.putNowait(1)
      const nap = new Int32Array(new SharedArrayBuffer(4))
      while (!go.isSet()) Atomics.wait(nap, 0, 0, 1)
      try {
        return other.run(() => 'reached')
      } catch (error) {
        return error.code
      }
    }
    const tasks = [alice.createTask(meet, [bob, ready, go]), bob.createTask(meet, [alice, ready, go])]
    ready.getWait()
    ready.getWait()
    go.set()
    const outcomes = tasks.map(task => task.wait({ timeout: 20_000 }))
    t.true(outcomes.includes('ERR_WOULD_DEADLOCK'), `${outcomes}`)
    t.true(
      outcomes.every(outcome => ['ERR_WOULD_DEADLOCK', 'reached'].includes(outcome)),
      `${outcomes}`,
    )
  }
})

test('R5: a circle of three is detected, with all names in order', t => {
  const [alice, bob, carol] = circleOf(t, 3)
  const error = t.throws(
    () =>
      alice.run(
        (alice, bob, carol) =>
          bob.run((alice, carol) => carol.run(alice => alice.run(() => 'reached'), [alice]), [alice, carol]),
        [alice, bob, carol],
        { timeout: 20_000 },
      ),
    { code: 'ERR_WOULD_DEADLOCK', name: 'WouldDeadlockError' },
  )
  // The last one to sleep closes the circle, and begins the list.
  t.regex(error.message, /(alice.*bob.*carol.*alice|bob.*carol.*alice.*bob|carol.*alice.*bob.*carol)/)
})

test('R5: the error of a circle travels back through everybody who waits', t => {
  const [alice, bob] = circleOf(t, 2)
  const error = t.throws(
    () =>
      alice.run((alice, bob) => bob.run(alice => alice.run(() => 'reached'), [alice]), [alice, bob], {
        timeout: 20_000,
      }),
    { code: 'ERR_WOULD_DEADLOCK', name: 'WouldDeadlockError' },
  )
  t.regex(error.message, /bob.*alice|alice.*bob/)
})

// --- no false positives

test('R5: alice waiting for bob alone is no circle, however often', t => {
  const [alice, bob] = circleOf(t, 2)
  const count = alice.run(
    bob => {
      let count = 0
      for (let i = 0; i < 200; i++) {
        count += bob.run(() => 1)
        count += bob.callInLoop(() => 1)
        count += bob.createTask(async () => 1).wait()
      }
      return count
    },
    [bob],
    { timeout: 60_000 },
  )
  t.is(count, 600)
})

test('R5: one after the other, alice for bob and bob for alice, is no circle', t => {
  const [alice, bob] = circleOf(t, 2)
  const visit = other => other.run(async () => (await sleep(1), 'reached'))
  for (let round = 0; round < 20; round++) {
    t.is(alice.run(visit, [bob], { timeout: 20_000 }), 'reached')
    t.is(bob.run(visit, [alice], { timeout: 20_000 }), 'reached')
  }
})

test('R5: a line is no circle: alice waits for bob, who waits for carol; two wait for one', t => {
  const [alice, bob, carol] = circleOf(t, 3)
  const { release } = holdLoop(t, carol)
  const visit = carol => carol.run(() => 'reached')
  const line = alice.createTask((bob, carol) => bob.run(carol => carol.run(() => 'reached'), [carol]), [bob, carol])
  t.throws(() => line.wait({ timeout: 100 }), timedOut)
  release.set()
  t.is(line.wait({ timeout: 20_000 }), 'reached')
  const both = [alice.createTask(visit, [carol]), bob.createTask(visit, [carol])]
  for (const task of both) t.is(task.wait({ timeout: 20_000 }), 'reached')
})

test('R5: awaiting is no blocking: alice blocks for bob, who awaits alice', t => {
  const [alice, bob] = circleOf(t, 2)
  const error = alice.run(
    (alice, bob) => {
      const task = bob.createTask(
        async alice => {
          const inner = alice.createTask(() => 'reached')
          return inner.result({ timeout: 50 }).catch(error => error.code)
        },
        [alice],
      )
      return task.wait()
    },
    [alice, bob],
    { timeout: 20_000 },
  )
  // Nobody could have served it: but bob's loop was free all the time, so this is a timeout and no refusal.
  t.is(error, 'ERR_EVENT_LOOP_TIMEOUT')
})

test('R5: with a timeout a circle ends by that, on whichever side', t => {
  const [alice, bob] = circleOf(t, 2)
  const outcome = alice.run(
    (alice, bob) =>
      bob.run(
        alice => {
          try {
            return alice.run(() => 'reached', [], { timeout: 50 })
          } catch (error) {
            return error.code
          }
        },
        [alice],
        { timeout: 20_000 },
      ),
    [alice, bob],
    { timeout: 20_000 },
  )
  t.is(outcome, 'ERR_EVENT_LOOP_TIMEOUT')
})

test('R5: a wait that a third thread can end is no circle: queues, events, futures', t => {
  const [alice, bob] = circleOf(t, 2)
  const [queue, event] = [new Queue(alice), new Event(alice)]
  const task = alice.createTask(
    (bob, queue, event) => bob.run((queue, event) => (event.wait(), queue.getWait()), [queue, event]),
    [bob, queue, event],
  )
  until(() => event.statistics().waiters === 1)
  event.set()
  until(() => queue.statistics().getters === 1)
  queue.putNowait('from main')
  t.is(task.wait({ timeout: 20_000 }), 'from main')
})

test('R5: a task that has ended already is returned at once, circle or not', t => {
  const [alice, bob] = circleOf(t, 2)
  const ended = alice.createTask(() => 'ended')
  ended.wait()
  t.is(
    alice.run((bob, ended) => bob.run(ended => ended.wait(), [ended]), [bob, ended], { timeout: 20_000 }),
    'ended',
  )
})

// --- disturbed meanwhile

test('R5: a circle is found although a blocked thread had to look after a runner it is starting', t => {
  const [alice] = circleOf(t, 1)
  // Alice makes dave, blocks for him while he boots, which wakes her again and again; then he blocks for her.
  const task = alice.createTask(
    async alice => {
      const dave = new AsyncRunner({ name: 'dave', allowBlocking: true })
      const outcome = dave.run(
        alice => {
          try {
            return alice.run(() => 'reached')
          } catch (error) {
            return [error.code, error.message]
          }
        },
        [alice],
      )
      await dave.closeAsync()
      return outcome
    },
    [alice],
  )
  const [code, message] = task.wait({ timeout: 20_000 })
  t.is(code, 'ERR_WOULD_DEADLOCK')
  t.regex(message, /dave/)
  t.regex(message, /alice/)
})

test('R5: a circle is found although the blocked thread was told of a task error meanwhile', t => {
  const [alice, bob] = circleOf(t, 2)
  const task = alice.createTask(
    async (alice, bob) => {
      const told = new Event()
      const erin = new AsyncRunner({ name: 'erin', onTaskError: () => told.set() })
      erin.waitForNextEventloopIteration()
      erin.createTask(async () => {
        await sleep(20)
        throw new Error('told')
      })
      // Bob comes back to alice only when her hook, served from inside of her wait, has run.
      const outcome = bob.run(
        async (alice, told) => {
          await told.waitAsync()
          try {
            return alice.run(() => 'reached')
          } catch (error) {
            return error.code
          }
        },
        [alice, told],
      )
      await erin.closeAsync().catch(() => {})
      return outcome
    },
    [alice, bob],
  )
  t.is(task.wait({ timeout: 20_000 }), 'ERR_WOULD_DEADLOCK')
})

test('R5: a circle that was refused leaves nothing behind: the next wait the same way works', t => {
  const [alice, bob] = circleOf(t, 2)
  for (let round = 0; round < 10; round++) {
    t.throws(
      () =>
        alice.run((alice, bob) => bob.run(alice => alice.run(() => 'reached'), [alice]), [alice, bob], {
          timeout: 20_000,
        }),
      { code: 'ERR_WOULD_DEADLOCK' },
    )
    t.is(
      bob.run(alice => alice.run(() => 'reached'), [alice], { timeout: 20_000 }),
      'reached',
    )
  }
})

test('R5: a loop that blocks for itself by way of a task is refused, and named', t => {
  const [alice] = circleOf(t, 1)
  const error = t.throws(() => alice.run(alice => alice.createTask(() => 1).wait(), [alice], { timeout: 20_000 }), {
    code: 'ERR_WOULD_DEADLOCK',
  })
  t.regex(error.message, /alice/)
})

test('R5: waitForNextEventloopIteration in a circle is refused, too', t => {
  const [alice, bob] = circleOf(t, 2)
  t.throws(
    () =>
      alice.run((alice, bob) => bob.run(alice => alice.waitForNextEventloopIteration(), [alice]), [alice, bob], {
        timeout: 20_000,
      }),
    { code: 'ERR_WOULD_DEADLOCK' },
  )
})

test('R5: a close in a circle ends, for it reaches the task that blocks its loop', t => {
  const [bob] = [runnerFor(t, { name: 'bob', allowBlocking: true })]
  const alice = runnerFor(t, { name: 'alice', allowBlocking: true, exitTimeout: 60_000 })
  const task = alice.createTask((alice, bob) => bob.run(alice => alice.close(), [alice]), [alice, bob])
  t.throws(() => task.wait({ timeout: 20_000 }), { code: 'ERR_CANCELLED' })
  t.is(
    bob.run(() => 'alive', [], { timeout: 20_000 }),
    'alive',
  )
})
