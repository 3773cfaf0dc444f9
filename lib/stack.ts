// Stacks: the one above a function of ours, as text and as call sites; and errors that get a second one.
//
// Promises that a stack which is shown begins with the caller's frame: those of this package are left out. To an error
// that another thread has thrown, the text of its waiter's stack is added. Call sites tell which file an inline function
// was written in.

import { isError } from './brands.js'
import {
  contains,
  endsWith,
  filtered,
  indexInText,
  joined,
  part,
  sliced,
  splitAt,
  startsWith,
  trimmedEnd,
  uncurried,
} from './methods.js'

/** The stack above one of our functions. It becomes a text when it is read, which costs more than to take it. */
export interface Stack {
  readonly stack?: string
}

/** Takes the stack above one of our functions, to be read as text. */
export function stackAbove(above: Function): Stack {
  const holder = {}
  captureDeep(holder, above)
  return holder
}

/** The text of a stack that was taken, a line for each frame; empty where `Error.prepareStackTrace` makes no text of it. */
export function framesOf(taken: Stack): string {
  const text = textOf(taken) ?? ''
  const end = indexInText(text, '\n')
  return end < 0 ? '' : joined(callersFrames(splitAt(sliced(text, end + 1), '\n')), '\n')
}

/**
 * Returns an error of ours, whose stack now begins with the caller that is not this package's. This makes the text of the
 * stack, which costs some 10 µs: where a failure may be frequent, the stack is taken above the public function instead.
 */
export function atCaller<E extends Error>(error: E, above: Function = atCaller): E {
  captureDeep(error, above)
  const text = textOf(error)
  if (text === undefined) return error
  const head = headOf(error)
  const start = startsWith(text, head) ? head.length : indexInText(text, FRAME)
  if (start < 0 || text.length <= start + 1) return above === atCaller ? error : atCaller(error)
  const frames = callersFrames(splitAt(sliced(text, start + 1), '\n'))
  setStack(error, frames.length === 0 ? sliced(text, 0, start) : `${sliced(text, 0, start)}\n${joined(frames, '\n')}`)
  return error
}

const FRAME = '\n    at '

/** As many frames of our own as can lie between a user's call and here, and some of the user's wrappers. */
const depth = 24

/** Takes a stack that is long enough to hold as many frames of the caller's as it would without ours. */
function captureDeep(holder: object, above: Function): void {
  const limit = stackLimit()
  const isRaised = limit > 0 && limit < MOST_FRAMES && setStackLimit(limit + depth)
  try {
    Error.captureStackTrace(holder, above)
  } finally {
    if (isRaised) setStackLimit(limit)
  }
}

/** Of a program that asks for so many, no frame is missing. */
const MOST_FRAMES = 200

/** How many frames stacks have; 0 where a program has made something else of that. */
function stackLimit(): number {
  try {
    const { stackTraceLimit } = Error
    return typeof stackTraceLimit === 'number' ? stackTraceLimit : 0
  } catch {
    return 0
  }
}

function setStackLimit(limit: number): boolean {
  try {
    return Reflect.set(Error, 'stackTraceLimit', limit)
  } catch {
    return false
  }
}

/** The frames from the first that is not this package's on, as many as stacks have. */
function callersFrames(lines: string[]): string[] {
  let first = 0
  for (let i = 0; i < lines.length && (isOwn(lines[i]!) || isBetween(lines[i]!)); i++) {
    if (isOwn(lines[i]!)) first = i + 1
  }
  // A function of the engine's that has called one of ours, such as a generator's `next`.
  while (first > 0 && first < lines.length && contains(lines[first]!, '(<anonymous>)')) first++
  const limit = stackLimit()
  return part(lines, first, limit > 0 ? first + limit : lines.length)
}

/** What the names of all files begin with that this package's code is in. */
const ownFiles = sliced(__filename, 0, -'cjs'.length)
/** The file of the classes for NATS, beside them. */
const natsFile = `${sliced(ownFiles, 0, -'threaded-async.'.length)}nats.cjs`

/** Whether a frame is one of this package. */
function isOwn(line: string): boolean {
  return contains(line, ownFiles) || contains(line, natsFile) || contains(line, 'dist/threaded-async.')
}

const between = ['(<anonymous>)', '(node:', 'at node:', 'at async Promise.']

/** Whether a frame is one of those the engine and Node put between two functions of ours. */
function isBetween(line: string): boolean {
  return filtered(between, mark => contains(line, mark)).length > 0
}

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
  const remote = written(withoutOurEnd(stackOf(error) ?? headOf(error)))
  const local = trimmedEnd(`\n    at ${where}\n${framesOf(waiter)}`)
  if (!endsWith(remote, local)) setStack(error, remote + local)
  return error
}

/**
 * Returns an error that another thread has thrown, without the frames by which this package has called the function; and so
 * those that are its causes, or that it holds: each once, as errors that hold one another again and again are no end of ways.
 */
export function withoutOurFrames(error: unknown, depth = 0, seen = new Set<object>()): unknown {
  if (!isError(error) || depth > DEEPEST_CAUSE || seen.has(error)) return error
  seen.add(error)
  const stack = stackOf(error)
  const plain = stack === undefined ? undefined : written(withoutOurEnd(stack))
  if (plain !== undefined && plain !== stack) setStack(error, plain)
  withoutOurFrames(ownValue(error, 'cause'), depth + 1, seen)
  const errors = ownValue(error, 'errors')
  if (Array.isArray(errors)) for (let i = 0; i < errors.length; i++) withoutOurFrames(errors[i], depth + 1, seen)
  return error
}

const DEEPEST_CAUSE = 8

function ownValue(error: Error, name: string): unknown {
  return Object.getOwnPropertyDescriptor(error, name)?.value
}

/** A stack without the frames by which this package has called the function of a task. */
function withoutOurEnd(stack: string): string {
  const lines = splitAt(stack, '\n')
  let end = lines.length
  for (let i = end - 1; i > 0 && isFrame(lines[i]!) && (isOwn(lines[i]!) || isBetween(lines[i]!)); i--) {
    if (isOwn(lines[i]!)) end = i
  }
  return end === lines.length ? stack : joined(part(lines, 0, end), '\n')
}

/** Where frames that come back from a loop were written, if the loop was told generated code. */
let written: (stack: string) => string = stack => stack

/** Has the stacks that come back from loops say where something was written. */
export function mapStacks(map: (stack: string) => string): void {
  written = map
}

function isFrame(line: string): boolean {
  return startsWith(line, '    at ')
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

/** Gives an error another message, in its stack as well. */
export function setMessage(error: Error, message: string): void {
  const { message: before } = error
  const stack = stackOf(error)
  error.message = message
  const at = stack === undefined ? -1 : indexInText(stack, before)
  if (at >= 0) setStack(error, sliced(stack!, 0, at) + message + sliced(stack!, at + before.length))
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
