// Scripts of `inversion.mjs`: each asks a random number of times, one or several at once, and counts how each ended.
//
// Promises that a request is counted as asked in the turn in which it is made, and by its end in the turn in which the
// script hears of it.

import { random } from './chaos-tasks.mjs'

const [ASKED, ANSWERED, REJECTED, CANCELLED, NUMBERS] = [0, 1, 2, 3, 4]

export async function play(client, words, seed) {
  const next = random(seed)
  for (let turns = Math.ceil(next() * 30); turns > 0; turns--) {
    const count = next() < 0.9 ? 1 : Math.ceil(next() * 10)
    const hop = next()
    if (hop < 0.2) await new Promise(setImmediate)
    await Promise.all(Array.from({ length: count }, () => ask(client, words)))
  }
}

/** What V8 has of the memory, in bytes, for the loop's JavaScript, once what is dead has been collected. */
export function heap() {
  globalThis.gc()
  return process.memoryUsage().heapTotal
}

async function ask(client, words) {
  const number = Atomics.add(words, NUMBERS, 1)
  Atomics.add(words, ASKED, 1)
  try {
    const result = await client.double(number)
    if (result !== number * 2) throw new Error(`answer ${result} to ${number}`)
    Atomics.add(words, ANSWERED, 1)
  } catch (error) {
    if (error instanceof RangeError && error.message === `rejected ${number}`) Atomics.add(words, REJECTED, 1)
    else if (error.code === 'ERR_CANCELLED') {
      Atomics.add(words, CANCELLED, 1)
      throw error
    } else throw error
  }
}
