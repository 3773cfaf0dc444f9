// How what was cancelled ends, and who it was that was cancelled.
//
// Promises that the number which says so goes with the error to other threads, and is seen nowhere else.

import { define } from './registered.js'

/**
 * The task or future was cancelled, or the runner closed under the task. Its `finally` blocks have run.
 *
 * @example
 * try {
 *   task.wait()
 * } catch (error) {
 *   if (!(error instanceof CancelledError)) throw error
 *   console.log('the task was cancelled')
 * }
 */
export class CancelledError extends Error {
  readonly code = 'ERR_CANCELLED' as const

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options)
  }
}

const origins = new WeakMap<Error, number>()

/**
 * @internal A CancelledError that says who was cancelled: `origin` is the number of the task or future, 0 where that is
 * not known. The number goes with the error wherever it crosses to. A CancelledError that a user makes has none.
 */
export function cancellationOf(origin: number, message: string, options?: ErrorOptions): CancelledError {
  const error = new CancelledError(message, options)
  origins.set(error, origin)
  return error
}

/** @internal Who was cancelled, where that is known of this error. */
export function originOf(error: Error): number | undefined {
  return origins.get(error)
}

/** @internal Says again of an error that has crossed who was cancelled. */
export function keepOrigin(error: Error, origin: number): void {
  origins.set(error, origin)
}

define(CancelledError)
