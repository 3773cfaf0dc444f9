// Tasks of `select.mjs`: two that put, one that takes.
//
// Promises that each wait which was given up is begun again with the same item, or without one.

import { select, sleep } from 'threaded-async'

/** Every `step`th number from `first` on goes into one of the queues; returns how many waits were given up. */
export async function put(queues, first, count, step) {
  let abandoned = 0
  for (let number = first; number < count; number += step) {
    const ops = queues.map(queue => queue.putOp({ number }))
    while (!(await happened(ops, number))) abandoned++
  }
  return abandoned
}

/** Takes from the queues until it is over; returns what came and how many waits were given up. */
export async function take(queues, over) {
  const ops = [...queues.map(queue => queue.getOp()), over.waitOp()]
  const numbers = []
  for (let abandoned = 0; ;) {
    const chosen = await happened(ops, numbers.length)
    if (chosen === undefined) abandoned++
    else if (chosen.index === 2) return { numbers, abandoned }
    else numbers.push(chosen.value.number)
  }
}

/** What has happened; undefined where, on some turns, a timeout or an abort came first. */
async function happened(ops, turn) {
  const controller = new AbortController()
  const isAborted = turn % 8 === 3
  const options = isAborted ? { signal: controller.signal } : turn % 8 === 5 ? { timeout: turn % 3 } : {}
  const chosen = select(ops, options)
  if (isAborted) {
    if (turn % 16 === 3) await sleep(0)
    controller.abort()
  }
  try {
    return await chosen
  } catch (error) {
    if (error.code === 'ERR_EVENT_LOOP_TIMEOUT' || error.name === 'AbortError') return undefined
    throw error
  }
}
