// P11: a simulation in the manner of SimPy. Processes that wait for times, again and again; what a wait costs, from the
// moment it begins until its process goes on. Once all wait for the same instants, once each for its own.

import { Server } from 'threaded-async'
import { size } from '../options.mjs'
import { simpy, SIMPY } from '../rivals/simpy.mjs'

const PROCESSES = size(5000)
const TIMEOUTS = size(20)
const EVENTS = PROCESSES * TIMEOUTS

/** As a script: so many processes, each of which waits so often. `spread` makes each wait for its own instants. */
async function simulate(client, processes, timeouts, spread) {
  const process = async delay => {
    for (let i = 0; i < timeouts; i++) await client.delay(delay)
  }
  await Promise.all(Array.from({ length: processes }, (_, i) => process(1 + i * spread)))
}

function ours(name, spread, run) {
  return {
    name,
    setUp() {
      const server = new Server()
      const client = server.createClient()
      const round = () => {
        const task = server.createBackgroundTask(simulate, [client, PROCESSES, TIMEOUTS, spread])
        const start = performance.now()
        run(server, task)
        return ((performance.now() - start) * 1000) / EVENTS
      }
      return { round, tearDown: () => server.close() }
    },
  }
}

const byTicks = (server, task) => {
  while (!task.done()) server.tick()
}
const byInstants = server => {
  while (server.advance() !== undefined);
}

const TICK = 'threaded-async, tick()'

function row(title, spread) {
  return {
    id: 'P11',
    title,
    unit: 'µs',
    rounds: 9,
    contestants: [
      ours(TICK, spread, byTicks),
      ours('threaded-async, advance()', spread, byInstants),
      simpy([PROCESSES, TIMEOUTS, spread]),
    ],
    goals: [
      { of: TICK, atMost: 1 },
      { of: TICK, against: SIMPY, within: 1 },
    ],
  }
}

export const sameInstants = row(`a simulation, ${PROCESSES} processes at the same instants, per event`, 0)
export const ownInstants = row(`a simulation, ${PROCESSES} processes each at its own instants, per event`, 1 / 8192)
