// The rival node:vm: a context for each script, in one heap and on one thread, with a timeout for what runs at once.
//
// Node's documentation says that it is no sandbox. It is here because many programs use it as one.

import { createContext, runInContext } from 'node:vm'
import { oneHeap } from './one-heap.mjs'

export const about = 'node:vm, a context each'

export function open({ budget, onAsk }) {
  const timeout = budget === Infinity ? undefined : budget
  return oneHeap(onAsk, (source, host) => runInContext(source, createContext({ host }), { timeout }))
}
