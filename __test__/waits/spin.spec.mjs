// The `spin` option: how long threads look before they sleep.
//
// Promises that every setting changes how long a wait takes and nothing else, and that bad ones throw before a thread is
// started. How long waits take is the benchmark's concern.

import ava from 'ava'
import { AsyncRunner, Queue, Server } from 'threaded-async'
import { runnerFor } from '../support/runner-fixture.mjs'
import { drain, increment, serverFor, sumUp } from '../support/server-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

for (const spin of ['adaptive', 'off', 0, 0.5, 50, 1000]) {
  test(`spin: ${spin}: round trips, blocked loops and control inversion work`, t => {
    const runner = runnerFor(t, { spin, allowBlocking: true })
    const [numbers, squares] = [new Queue(runner), new Queue(runner)]
    runner.createTask(
      async (numbers, squares) => {
        for await (const number of numbers) await squares.put(number * number)
        for (const number of numbers.iterateWait()) squares.putWait(number)
      },
      [numbers, squares],
    )
    for (let i = 0; i < 200; i++) {
      numbers.putWait(i)
      t.is(squares.getWait(), i * i)
    }
    t.is(
      runner.run(n => n + 1, [1]),
      2,
    )
    const server = serverFor(t, { spin, handlers: increment })
    server.createBackgroundTask(sumUp, [server.createClient(), 50])
    t.is(drain(server), 50)
  })
}

test('spin: anything else throws', t => {
  for (const spin of ['on', '', null, true, {}, 5n]) {
    t.throws(() => new AsyncRunner({ spin }), { code: 'ERR_INVALID_ARG_TYPE' })
    t.throws(() => new Server({ spin }), { code: 'ERR_INVALID_ARG_TYPE' })
  }
  for (const spin of [-1, NaN, 1000.1, Infinity])
    t.throws(() => new AsyncRunner({ spin }), { code: 'ERR_OUT_OF_RANGE' })
})
