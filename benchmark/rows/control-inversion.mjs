// P5: async scripts call, and the main thread decides when each call is answered. One script and one call at a time,
// then a thousand scripts whose calls are answered round by round.

import { Server } from 'threaded-async'
import { latencies } from '../measure.mjs'
import { size } from '../options.mjs'
import { startScripts } from '../rivals/by-hand.mjs'
import { python, PYTHON_RIVAL } from '../rivals/python.mjs'

// As in the row of round trips.
const CALLS = size(15_000, 2)
const SLEEPERS_CALLS = size(2000, 2)
const CLIENTS = size(1000)
const CLIENT_ROUNDS = size(60)

const increment = number => number + 1
const withHandlers = () => new Server({ handlers: { increment } })

class WithFuture extends Server {
  handleRequest({ args: [number] }, future) {
    future.setResult(number + 1)
  }
}

const awaits = async client => {
  for (let number = 0; ;) number = await client.increment(number)
}

// --- one client

function oneClient(name, makeServer) {
  return {
    name,
    setUp() {
      const server = makeServer()
      server.createBackgroundTask(awaits, [server.createClient()])
      return { round: () => [...latencies(CALLS, () => server.process())], tearDown: () => server.close() }
    },
  }
}

const straightLine = {
  name: 'threaded-async, client.sync',
  setUp() {
    let isOver = false
    const handlers = { increment: number => (isOver ? -1 : number + 1) }
    const server = new Server({ allowBlocking: true, handlers })
    const script = client => {
      for (let number = 0; number >= 0;) number = client.sync.increment(number)
    }
    server.createBackgroundTask(script, [server.createClient()])
    const tearDown = () => {
      isOver = true
      server.process()
      server.close()
    }
    return { round: () => [...latencies(CALLS, () => server.process())], tearDown }
  },
}

const until = {
  name: 'threaded-async, processUntil',
  setUp() {
    let times = []
    let last = 0
    const server = new Server({
      handlers: {
        increment(number) {
          const now = performance.now()
          times.push((now - last) * 1000)
          last = now
          return number + 1
        },
      },
    })
    const client = server.createClient()
    const script = async (client, calls) => {
      for (let number = 0; number < calls;) number = await client.increment(number)
    }
    const round = () => {
      times = []
      server.processUntil(server.createBackgroundTask(script, [client, CALLS + 1]))
      return times.slice(1) // The first has none before it.
    }
    return { round, tearDown: () => server.close() }
  },
}

function byHand(name, options) {
  return {
    name,
    async setUp() {
      const { process, stop } = await startScripts({ clients: 1, ...options })
      const calls = options?.polls ? CALLS : SLEEPERS_CALLS
      return { round: () => [...latencies(calls, process)], tearDown: stop }
    },
  }
}

const OURS = 'threaded-async'
const HAND = 'by hand, MessagePort + Atomics.wait'

export const oneByOne = {
  id: 'P5',
  title: 'control inversion, one client: process(), call by call',
  unit: 'µs',
  rounds: 15,
  contestants: [
    oneClient(OURS, () => withHandlers()),
    oneClient('threaded-async, handleRequest with a future', () => new WithFuture()),
    straightLine,
    until,
    byHand(HAND),
    byHand('by hand, both threads polling', { polls: true }),
    python('one-client', 200),
  ],
  goals: [
    { of: OURS, against: PYTHON_RIVAL, ratio: 40 },
    { of: OURS, against: HAND, ratio: 8 },
    { of: OURS, atMost: 5 },
  ],
}

// --- a thousand clients

const perCall = times => Array.from(times, time => time / CLIENTS)

function manyClients(name, makeServer) {
  return {
    name,
    setUp() {
      const server = makeServer()
      for (let index = 0; index < CLIENTS; index++) server.createBackgroundTask(awaits, [server.createClient()])
      const call = () => server.processAll({ maxRequests: CLIENTS })
      return { round: () => perCall(latencies(CLIENT_ROUNDS, call)), tearDown: () => server.close() }
    },
  }
}

function manyByHand(name, options) {
  return {
    name,
    async setUp() {
      const { process, stop } = await startScripts({ clients: CLIENTS, ...options })
      const call = () => {
        for (let answered = 0; answered < CLIENTS;) answered += process()
      }
      return { round: () => perCall(latencies(CLIENT_ROUNDS, call)), tearDown: stop }
    },
  }
}

const HAND_BATCHES = 'by hand, calls and answers in batches'

export const roundByRound = {
  id: 'P5',
  title: `control inversion, ${CLIENTS} clients: processAll(), per call`,
  unit: 'µs',
  rounds: 15,
  contestants: [
    manyClients(OURS, () => withHandlers()),
    manyClients('threaded-async, handleRequest with a future', () => new WithFuture()),
    manyByHand(HAND),
    manyByHand(HAND_BATCHES, { batches: true }),
    python('many-clients', 1),
  ],
  goals: [
    { of: OURS, against: PYTHON_RIVAL, ratio: 40 },
    { of: OURS, against: HAND, ratio: 8 },
    { of: OURS, against: HAND_BATCHES, ratio: 8 },
    { of: OURS, atMost: 1.5 },
  ],
}
