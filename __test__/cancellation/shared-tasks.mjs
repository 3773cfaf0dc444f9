// Tasks of one loop that share what one of them has begun: a promise, an iterator, a signal.

import { setTimeout as pause } from 'node:timers/promises'
import { currentTask, sleep } from 'threaded-async'

/** Once this has returned, the loop has the module, and its tasks start at once. */
export const ready = () => {}

let inFlight
let signal
let iterator

/** One call for all who ask while it is on its way; the first of them begins it. */
const load = () => (inFlight ??= (async () => (await sleep(60_000), 42))())

export const first = () => load()

export async function second() {
  return await load()
}

/** Shares its own wait, swallows what cuts it, and goes on. */
export async function swallow(swallowed) {
  await load().catch(() => {})
  swallowed.set()
  await sleep(60_000)
}

export async function both() {
  return Promise.all([sleep(60_000), load()])
}

/** Leaves work behind that hears of the other's cancellation when nobody listens any more. */
export function float() {
  void second()
  return 'ended'
}

export async function lendSignal() {
  signal = currentTask().signal
  await sleep(60_000)
}

/** Ends with the AbortError that Node makes of a signal, here that of another task. */
export async function borrowSignal() {
  await new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      pause(60_000, undefined, { signal }).catch(reject)
    })
  })
}

async function* numbers() {
  for (let i = 0; ; i++) {
    await sleep(i === 0 ? 0 : 60_000)
    yield i
  }
}

/** Takes one number and waits for the next. */
export async function iterate() {
  iterator ??= numbers()
  for await (const number of iterator) if (number > 0) return number
}

/** Asks for a number while the other task does. */
export const follow = async () => (await iterator.next()).done
