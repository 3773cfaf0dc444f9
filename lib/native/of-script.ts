// Whose answer a number stands for: that of a sandboxed script is written in a way of its own (`wire/wire.ts`).
//
// Promises the same on every thread to which a future has come, as the number itself says it.

import { OfScript } from './protocol.js'

const firstFuture = 2 ** OfScript.Future

/** Whether a sandboxed script has made the request of this number. */
export function isRequestOfScript(number: number): boolean {
  return (number & (1 << OfScript.Request)) !== 0
}

/** Whether a sandboxed script waits for the future of this number. */
export function isFutureOfScript(id: number): boolean {
  return id >= firstFuture
}
