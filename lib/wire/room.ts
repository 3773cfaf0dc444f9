// How much of this thread's stack its code has used: whose fault it is where a value is nested too deeply to be read.
//
// A value that cannot be read with nearly all of the stack never can, on this thread. One that cannot be read by code
// which has used much of the stack itself may be read later. For a value that a script has sent, `enough` of the stack must do:
// where that much was left and the value could not be read, it is the script's fault, however much this thread has used.

import { native } from '../native/native.js'

/** Where the stack stood when this was loaded, which is near its beginning. */
const beginning = native.stackAt()

/** Whether more than a quarter of the stack was in use before this call. */
export function isStackInUse(): boolean {
  const here = native.stackAt()
  return (beginning - here) * 4 > beginning - deepest()
}

const enough = 128 * 1024

/** Whether this thread's code has left so little of the stack, before this call, that any value might find no room. */
export function isStackShort(): boolean {
  return native.stackAt() - deepest() < enough && isStackInUse()
}

/** How far the stack can come. */
function deepest(): number {
  try {
    return deepest()
  } catch {
    return native.stackAt()
  }
}
