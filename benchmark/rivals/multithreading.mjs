// The rival `multithreading`: its channels, whose sender and receiver can block, and its spawn and join.
//
// It needs Promise.withResolvers, which Node has from 22 on; elsewhere its contestants say so. It is loaded only when a
// row needs it, because it puts a Worker and a `self` of its own among the globals.

import { availableParallelism } from 'node:os'
import { awaitedLatencies, latencies } from '../measure.mjs'
import { size } from '../options.mjs'

const PLACES = 1024

export const CHANNELS = 'multithreading, channels'
export const SPAWN = 'multithreading, spawn and join'

let loaded

async function load() {
  if (Promise.withResolvers === undefined) return { absent: `needs Node 22, and this is ${process.version}` }
  loaded ??= import('multithreading').then(library => {
    // Each task below holds a worker for as long as it lives.
    library.initRuntime({ maxWorkers: Math.max(4, availableParallelism()) })
    return library
  })
  return { library: await loaded }
}

/** Round trips: this thread blocks in both channels, and the task awaits. */
export const channelEcho = {
  name: CHANNELS,
  async setUp() {
    const { library, absent } = await load()
    if (absent !== undefined) return { absent }
    const [there, hears] = library.channel(PLACES)
    const [answers, back] = library.channel(PLACES)
    library.spawn(library.move(hears, answers), async (hears, answers) => {
      for (;;) {
        const { ok, value } = await hears.recv()
        if (!ok) return
        await answers.send(value)
      }
    })
    const call = index => {
      there.blockingSend(index)
      back.blockingRecv()
    }
    return { round: () => [...latencies(size(300), call)], tearDown: () => there.close() }
  },
}

/** Numbers one way; the last is answered. */
export const channelStream = {
  name: CHANNELS,
  async setUp() {
    const { library, absent } = await load()
    if (absent !== undefined) return { absent }
    const [there, hears] = library.channel(PLACES)
    const [answers, back] = library.channel(1)
    library.spawn(library.move(hears, answers), async (hears, answers) => {
      for (;;) {
        const { ok, value } = await hears.recv()
        if (!ok) return
        if (value < 0) await answers.send(value)
      }
    })
    const count = size(2000)
    const round = () => {
      const start = performance.now()
      for (let index = 1; index < count; index++) there.blockingSend(index)
      there.blockingSend(-1)
      back.blockingRecv()
      return ((performance.now() - start) * 1e6) / count
    }
    return { round, tearDown: () => there.close() }
  },
}

/** A trivial function, awaited: there is no blocking join. */
export const spawnAndJoin = {
  name: SPAWN,
  async setUp() {
    const { library, absent } = await load()
    if (absent !== undefined) return { absent }
    const call = () => library.spawn(() => 1).join()
    return { round: async () => [...(await awaitedLatencies(size(200), call))] }
  },
}
