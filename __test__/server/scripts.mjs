// Scripts for the loops of servers: clients that hop through every queue Node has between their requests.
//
// Promises that each does what its name says and nothing else. None uses timers, which rest does not wait for.

import { promisify } from 'node:util'
import { scheduler, setImmediate as promised } from 'node:timers/promises'

const promisified = promisify(setImmediate)

const hop = {
  microtask: () => Promise.resolve(),
  tick: () => new Promise(resolve => process.nextTick(resolve)),
  immediate: () => new Promise(resolve => setImmediate(resolve)),
  promised: () => promised(),
  promisified: () => promisified(),
  yielded: () => scheduler.yield(),
}

export async function hopping(client, count, kinds) {
  let sum = 0
  for (let i = 0; i < count; i++) {
    for (const kind of kinds) await hop[kind]()
    sum = await client.increment(sum)
  }
  for (const kind of kinds) await hop[kind]()
  return sum
}

export async function hopThenAsk(client, kinds) {
  for (const kind of kinds) await hop[kind]()
  await client.increment(1)
}

const mixture = ['microtask', 'immediate', 'tick', 'immediate', 'microtask', 'promised', 'tick']

export async function hopAndPut(log, item) {
  for (const kind of mixture) await hop[kind]()
  log.putNowait(item)
}

export async function waitHopAndPut(gate, log) {
  await gate.waitAsync()
  await hopAndPut(log, 'through')
}

/** Clients whose ways have different lengths. */
export async function asking(client, who, count) {
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < (who * 5 + i * 3) % 7; j++) await hop[mixture[(who + j) % mixture.length]]()
    await client.ask(who, i)
  }
}

export async function askingAndTelling(client, who, count, log) {
  for (let i = 0; i < count; i++) {
    await client.ask(who, i)
    for (let j = 0; j < (who * 5 + i * 3) % 7; j++) {
      await hop[mixture[(who + j) % mixture.length]]()
      log.putNowait(`${who}.${i}.${j}`)
    }
  }
}

export async function tellHops(client, who, kinds, log) {
  await client.ask()
  for (const [i, kind] of kinds.entries()) {
    await hop[kind]()
    log.putNowait(`${who} ${i} ${kind}`)
  }
}

const spins = {
  async loop() {
    for (;;);
  },
  async microtasks() {
    for (;;) await null
  },
  async ticks() {
    for (;;) await hop.tick()
  },
  async immediates() {
    for (;;) await hop.immediate()
  },
  async deafImmediates() {
    for (;;) await promised().catch(() => {})
  },
  async promisedImmediates() {
    for (;;) await promised()
  },
  async yields() {
    for (;;) await scheduler.yield()
  },
}

/** Never comes to rest once it may go, and says so. */
export async function spin(go, how, spinning) {
  await go.waitAsync()
  spinning.set()
  await spins[how]()
}

export function holdWhile(gate, held) {
  held.set()
  while (gate.isSet());
}
