// Tasks of `chaos.mjs`: producers and consumers that give up at random and note everything down.
//
// Promises that a note is made in the same turn in which the door has ended, so that only a death between turns can come
// in between; and that an error which is not one of giving up, ends the program.

import { setImmediate as turn } from 'node:timers/promises'

export const TRYING = 1
export const SENT = 2
export const WITHDRAWN = 3
/** The lowest bits of an item's word; the rest counts how often it was got. */
export const STATE = 3
export const RECEIVED = 2

/** What became of each item, in memory that all threads share. */
export class Board {
  constructor(memory) {
    this.memory = memory
    this.words = new Int32Array(memory)
  }

  get last() {
    return this.words[0]
  }

  fresh() {
    const number = Atomics.add(this.words, 0, 1) + 1
    Atomics.add(this.words, number, TRYING)
    return number
  }

  ended(number, state) {
    Atomics.add(this.words, number, state - TRYING)
  }

  got(number) {
    Atomics.add(this.words, number, 1 << RECEIVED)
  }
}

/** Mulberry32. */
export function random(seed) {
  return () => {
    let t = (seed += 0x6d2b79f5)
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const givingUp = ['ERR_EVENT_LOOP_TIMEOUT', 'ERR_CANCELLED', 'ERR_RUNNER_CLOSED']

/** Whether the task goes on after this. */
function goesOn(error) {
  if (error === 'aborted' || error.cause === 'aborted' || error.code === 'ERR_EVENT_LOOP_TIMEOUT') return true
  if (givingUp.includes(error.code)) return false
  console.log(error)
  throw error
}

/** Nothing, a time to wait, or a signal that is aborted at some moment. */
function impatience(next) {
  const lot = next()
  if (lot < 0.3) return {}
  if (lot < 0.6) return { timeout: next() * 3 }
  const controller = new AbortController()
  const abort = () => controller.abort('aborted')
  if (lot < 0.7) queueMicrotask(abort)
  else if (lot < 0.85) setImmediate(abort)
  else setTimeout(abort, next() * 3)
  return { signal: controller.signal }
}

async function repeat(memory, seed, body) {
  const board = new Board(memory)
  const next = random(seed)
  for (let goes = true; goes;) {
    try {
      await body(board, next)
    } catch (error) {
      goes = goesOn(error)
    }
    if (next() < 0.05) await turn().catch(() => (goes = false))
  }
}

export function produce(queue, memory, seed) {
  return repeat(memory, seed, async (board, next) => {
    const number = board.fresh()
    await queue.put(number, impatience(next)).then(
      () => board.ended(number, SENT),
      error => {
        board.ended(number, WITHDRAWN)
        throw error
      },
    )
  })
}

export function produceMany(queue, memory, seed) {
  return repeat(memory, seed, async (board, next) => {
    const numbers = Array.from({ length: 1 + Math.floor(next() * 8) }, () => board.fresh())
    const end = inserted => numbers.forEach((number, at) => board.ended(number, at < inserted ? SENT : WITHDRAWN))
    await queue.putMany(numbers, impatience(next)).then(
      () => end(numbers.length),
      error => {
        end(error.inserted ?? 0) // A signal's reason comes by itself where nothing had gone in.
        throw error
      },
    )
  })
}

export function consume(queue, memory, seed) {
  return repeat(memory, seed, (board, next) => queue.get(impatience(next)).then(number => board.got(number)))
}

export function consumeMany(queue, memory, seed) {
  return repeat(memory, seed, (board, next) =>
    queue.getMany(3, impatience(next)).then(numbers => numbers.forEach(number => board.got(number))),
  )
}

export function produceBlocking(queue, memory, seed) {
  return repeat(memory, seed, async (board, next) => {
    const number = board.fresh()
    try {
      queue.putWait(number, { timeout: next() * 3 })
      board.ended(number, SENT)
    } catch (error) {
      board.ended(number, WITHDRAWN)
      throw error
    } finally {
      await turn()
    }
  })
}

export function consumeBlocking(queue, memory, seed) {
  return repeat(memory, seed, async (board, next) => {
    try {
      board.got(queue.getWait({ timeout: next() * 3 }))
    } finally {
      await turn()
    }
  })
}
