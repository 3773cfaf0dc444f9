// The same scripts and answers, run again and again.
//
// Promises that they give the same requests and the same output, whatever the machine does meanwhile (C11).

import ava from 'ava'
import { Queue, Server, taskModule } from 'threaded-async'
import { drain, KeepingServer, serverFor } from '../support/server-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const scripts = taskModule(new URL('./scripts.mjs', import.meta.url))

test('C11: the same scripts and answers give the same requests, whatever hops lie between', t => {
  const run = () => {
    const server = new Server({ handlers: { ask: (who, i) => seen.push(`${who}:${i}`) } })
    const seen = []
    for (let who = 0; who < 8; who++) {
      server.createBackgroundTask(scripts.asking, [server.createClient(), who, 12])
    }
    while (server.process());
    server.close()
    return seen.join(' ')
  }
  const first = run()
  t.is(first.split(' ').length, 96)
  for (let round = 0; round < 10; round++) t.is(run(), first)
})

test('C11: processAll handles the same requests in the same order, round by round, whatever the load', t => {
  const run = disturb => {
    const server = new Server({
      handlers: {
        ask(who, i) {
          seen.push(`${who}:${i}`)
          if (disturb && (who * 7 + i) % 5 === 0) for (const end = performance.now() + 1; performance.now() < end;);
          return i
        },
      },
    })
    const seen = []
    const log = new Queue()
    for (let who = 0; who < 8; who++) {
      server.createBackgroundTask(scripts.askingAndTelling, [server.createClient(), who, 12, log])
    }
    t.is(server.processAll(), 96)
    const told = log.clear()
    server.close()
    return [...seen, '|', ...told].join(' ')
  }
  const first = run(false)
  for (let round = 0; round < 6; round++) t.is(run(round % 2 === 1), first)
})

test('C11: an answer runs its whole course before the next is seen, however late it is', t => {
  const server = serverFor(t, {}, KeepingServer)
  const log = new Queue()
  const kinds = ['immediate', 'tick', 'immediate', 'microtask', 'promised']
  for (let who = 0; who < 3; who++) {
    server.createBackgroundTask(scripts.tellHops, [server.createClient(), who, kinds, log])
  }
  t.is(drain(server), 3)
  // All at once: their courses must not mingle.
  for (const future of server.futures) future.setResult(0)
  server.settle()
  t.deepEqual(
    log.clear(),
    [0, 1, 2].flatMap(who => kinds.map((kind, i) => `${who} ${i} ${kind}`)),
  )
})
