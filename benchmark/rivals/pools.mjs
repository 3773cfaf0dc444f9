// The rivals tinypool and piscina: pools of workers, here of one, whose `run` resolves. They have no call that blocks, so
// the main thread awaits them, on a loop that is idle otherwise.

import { Piscina } from 'piscina'
import { Tinypool } from 'tinypool'
import { awaitedLatencies } from '../measure.mjs'
import { size } from '../options.mjs'

const options = { filename: new URL('./pool-worker.mjs', import.meta.url).href, minThreads: 1, maxThreads: 1 }

function pool(name, make) {
  return {
    name,
    setUp() {
      const pool = make()
      const call = () => pool.run(1)
      return { round: async () => [...(await awaitedLatencies(size(500), call))], tearDown: () => pool.destroy() }
    },
  }
}

export const PISCINA = 'piscina, awaited'
export const TINYPOOL = 'tinypool, awaited'
export const piscina = pool(PISCINA, () => new Piscina(options))
export const tinypool = pool(TINYPOOL, () => new Tinypool(options))
