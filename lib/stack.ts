// Stacks: the one above a function of ours, as text and as call sites; and errors that get a second one.
//
// To an error that another thread has thrown, the text of its waiter's stack is added. Call sites tell which file an
// inline function was written in.

import { isError } from './brands.js'
import { endsWith, indexInText, sliced, trimmedEnd, uncurried } from './methods.js'

/** The stack above one of our functions. It becomes a text when it is read, which costs more than to take it. */
export interface Stack {
  readonly stack?: string
}

/** Takes the stack above one of our functions, to be read as text. */
export function stackAbove(above: Function): Stack {
  const holder = {}
  Error.captureStackTrace(holder, above)
  return holder
}

/** The text of a stack that was taken, a line for each frame; empty where `Error.prepareStackTrace` makes no text of it. */
export function framesOf(taken: Stack): string {
  const text = textOf(taken) ?? ''
  const end = indexInText(text, '\n')
  return end < 0 ? '' : sliced(text, end + 1)
}

/** As many frames of our own as can lie between a user's call and here, and some of the user's wrappers. */
const depth = 24

/** Returns the stack above one of our functions as call sites. This costs 4 to 6 µs. */
export function callSitesAbove(above: Function, most = depth): NodeJS.CallSite[] {
  const holder: { stack?: unknown } = {}
  const before: ErrorSettings = {}
  try {
    before.prepareStackTrace = Error.prepareStackTrace
    before.stackTraceLimit = Error.stackTraceLimit
    Error.prepareStackTrace = (_error, sites) => sites
    Error.stackTraceLimit = most
    Error.captureStackTrace(holder, above)
    // Read before the hook is put back: the stack is made when it is first looked at.
    return Array.isArray(holder.stack) ? holder.stack : []
  } catch {
    // `Error` may be frozen; then nothing is known of the caller.
    return []
  } finally {
    restore(before)
  }
}

type ErrorSettings = { prepareStackTrace?: typeof Error.prepareStackTrace; stackTraceLimit?: number }

function restore({ prepareStackTrace, stackTraceLimit }: ErrorSettings): void {
  try {
    Error.prepareStackTrace = prepareStackTrace!
    Error.stackTraceLimit = stackTraceLimit as number
  } catch {
    // A frozen `Error` was never changed.
  }
}

// --- errors that get a second stack

/**
 * Returns the error, with the waiting caller's stack after its own: where it was thrown on the other thread, then
 * `at <where>`, then who waited for it. A value that is not an Error, or cannot be given a stack, comes back as it is.
 */
export function withWaiter(error: unknown, where: string, waiter: Stack): unknown {
  if (!isError(error)) return error
  const remote = stackOf(error) ?? headOf(error)
  const local = trimmedEnd(`\n    at ${where}\n${framesOf(waiter)}`)
  if (!endsWith(remote, local)) setStack(error, remote + local)
  return error
}

/** Gives an error another stack, if it takes one: it may be frozen, or its first stack may fail while it is made. */
export function setStack(error: Error, value: string): void {
  try {
    Reflect.defineProperty(error, 'stack', {
      __proto__: null,
      value,
      writable: true,
      configurable: true,
    } as PropertyDescriptor)
  } catch {
    // It keeps its own.
  }
}

/** The stack of an error, if it is a text: `Error.prepareStackTrace` may make anything of it, or fail. */
export function stackOf(error: Error): string | undefined {
  return textOf(error)
}

function textOf(holder: Stack): string | undefined {
  try {
    const { stack } = holder
    return typeof stack === 'string' ? stack : undefined
  } catch {
    return undefined
  }
}

const toText = uncurried(Error.prototype.toString)

/** The first line of a stack. The error may have a `toString` of its own. */
export function headOf(error: Error): string {
  try {
    return toText(error)
  } catch {
    return 'Error'
  }
}
