// What two machines send each other over a connection that is cut now and then: lib/nats/serving/channel.ts by itself.

import { fileURLToPath } from 'node:url'
import test from 'ava'
import { build } from 'esbuild'
import fc from 'fast-check'

const source = fileURLToPath(new URL('../../lib/nats/serving/channel.ts', import.meta.url))

async function channelClass() {
  const { outputFiles } = await build({ entryPoints: [source], bundle: true, format: 'esm', write: false })
  const { Channel } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`)
  return Channel
}

/** Two ends, and what is on its way from each to the other. */
class Pair {
  sent = [0, 0]
  arrived = [[], []]
  transmissions = 0
  #ways = [[], []]
  #ends

  constructor(Channel) {
    this.#ends = [0, 1].map(side => {
      const put = message => void this.#ways[side].push(message)
      return new Channel(
        (number, got, deed) => (this.transmissions++, put(end => end.take(number, got) && deed)),
        beat => put(end => void end.heard(beat)),
      )
    })
  }

  post(side) {
    this.#ends[side].post(++this.sent[side])
  }

  tell(side, isAgain) {
    this.#ends[side].tell(isAgain)
  }

  /** The oldest message of one way arrives. */
  deliver(side) {
    const message = this.#ways[side].shift()
    const deed = message?.(this.#ends[1 - side])
    if (typeof deed === 'number') this.arrived[side].push(deed)
    return message !== undefined
  }

  /** All that is on its way is lost, and what is sent next is, too; the ends find each other again by what they tell then. */
  cut(side) {
    this.#ways[side] = []
  }

  drain() {
    while ([0, 1].map(side => this.deliver(side)).includes(true));
  }
}

const side = fc.integer({ min: 0, max: 1 })
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ what: fc.constant('post'), side }) },
  { weight: 5, arbitrary: fc.record({ what: fc.constant('deliver'), side }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('cut'), side }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('tell'), side, isAgain: fc.boolean() }) },
)

test('whatever is lost on its way arrives, once and in order, when there is a connection again', async t => {
  const Channel = await channelClass()
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const pair = new Pair(Channel)
      for (const { what, side, isAgain } of steps) pair[what](side, isAgain)
      for (let beat = 0; beat < 2; beat++) {
        for (const side of [0, 1]) pair.tell(side)
        pair.drain()
      }
      for (const side of [0, 1]) {
        const all = Array.from({ length: pair.sent[side] }, (_, at) => at + 1)
        if (JSON.stringify(all) !== JSON.stringify(pair.arrived[side])) {
          throw new Error(`${pair.arrived[side]} of ${all.length} have arrived`)
        }
      }
    }),
    { numRuns: 2000 },
  )
  t.pass()
})

test('nothing is sent twice while nothing is lost', async t => {
  const pair = new Pair(await channelClass())
  for (let round = 0; round < 1000; round++) {
    for (const side of [0, 1]) {
      pair.post(side)
      if (round % 3 === 0) pair.tell(side)
    }
    if (round % 50 === 0) pair.drain()
  }
  pair.drain()
  t.is(pair.transmissions, 2000)
})
