// P5b: a thousand scripts, one call each a round. What a protocol by hand does that sends the calls of one turn in one
// message, and their answers in another, is the measure.

import { Server } from 'threaded-async'
import { latencies } from '../measure.mjs'
import { size } from '../options.mjs'
import { startScripts } from '../rivals/by-hand.mjs'

const CLIENTS = size(1000)
const ROUNDS = size(80)

const increment = async client => {
  for (let number = 0; ;) number = await client.increment(number)
}
const lookAround = async client => {
  for (let at = { x: 0, y: 0 }; ;) at = await client.look(at)
}

const handlers = {
  increment: number => number + 1,
  look: ({ x, y }) => ({ x: x + 1, y: y + 1 }),
}

const perCall = times => Array.from(times, time => time / CLIENTS)

function ours(name, script) {
  return {
    name,
    setUp() {
      const server = new Server({ handlers })
      for (let index = 0; index < CLIENTS; index++) server.createBackgroundTask(script, [server.createClient()])
      const call = () => server.processAll({ maxRequests: CLIENTS })
      return { round: () => perCall(latencies(ROUNDS, call)), tearDown: () => server.close() }
    },
  }
}

const HAND = 'by hand, calls and answers in batches'

const byHand = {
  name: HAND,
  async setUp() {
    const { process, stop } = await startScripts({ clients: CLIENTS, batches: true })
    const call = () => {
      for (let answered = 0; answered < CLIENTS;) answered += process()
    }
    return { round: () => perCall(latencies(ROUNDS, call)), tearDown: stop }
  },
}

const OURS = 'threaded-async, processAll'

export const rounds = {
  id: 'P5b',
  title: `a round of ${CLIENTS} scripts: processAll(), per call`,
  unit: 'µs',
  rounds: 10,
  contestants: [ours(OURS, increment), ours('threaded-async, small objects', lookAround), byHand],
  goals: [
    { of: OURS, against: HAND, ratio: 2 },
    { of: OURS, atMost: 0.7 },
  ],
}
