// Several errors as one.
//
// Promises to read the list without its iterator, which a program may have replaced, and that the message tells each error.

import { shown } from '../arguments.js'
import { isError } from '../brands.js'
import { joined, mapped, part } from '../methods.js'
import { stackOf } from '../stack.js'
import { define } from './registered.js'

/** What `ExceptionGroup.exceptionDetails` lists. */
export interface ExceptionDetails {
  exception: unknown
  traceback: string
}

/**
 * The errors of tasks that were never retrieved, thrown as one when their runner has closed. The runner is closed all
 * the same; `cause` is the error of the body that used it, if that failed too.
 *
 * @example
 * try {
 *   runner.close()
 * } catch (error) {
 *   if (!(error instanceof ExceptionGroup)) throw error
 *   for (const { exception, traceback } of error.exceptionDetails) console.error(exception, traceback)
 * }
 */
export class ExceptionGroup extends AggregateError {
  readonly code = 'ERR_EXCEPTION_GROUP' as const

  constructor(errors: Iterable<unknown>, message?: string, options?: ErrorOptions) {
    const list = Array.isArray(errors) ? part(errors, 0, errors.length) : [...errors]
    super(new Set(), (message ?? 'Tasks have failed.') + joined(mapped(list, summaryOf), ''), options)
    // Not by way of the constructor above, which iterates the list.
    const own = { __proto__: null, value: list, writable: true, configurable: true }
    Object.defineProperty(this, 'errors', own as PropertyDescriptor)
  }

  /** Returns the errors, as `errors` does; Python's name. */
  get exceptions(): unknown[] {
    return this.errors
  }

  /** Returns each error's stack, in the order of `exceptions`. */
  get tracebacks(): string[] {
    return mapped(this.exceptions, tracebackOf)
  }

  /** Returns each error together with its stack. */
  get exceptionDetails(): ExceptionDetails[] {
    return mapped(this.exceptions, exception => ({ exception, traceback: tracebackOf(exception) }))
  }
}

/**
 * @internal A group with a sentence about each of its errors, which the error itself ends. `above`: the function the user
 * called.
 */
export function groupOf(
  errors: readonly unknown[],
  headline: string,
  sentences: readonly string[],
  above: Function,
): ExceptionGroup {
  const group = new ExceptionGroup(errors)
  const lines = mapped(errors, (error, index) => `\n  ${index + 1}. ${sentences[index]}: ${shownError(error)}`)
  const message = { __proto__: null, value: headline + joined(lines, ''), writable: true, configurable: true }
  Object.defineProperty(group, 'message', message as PropertyDescriptor)
  Error.captureStackTrace(group, above)
  return group
}

function summaryOf(exception: unknown, index: number): string {
  return `\n  ${index + 1}. ${shownError(exception)}`
}

/** The name and the message of an error may be anything, also what is no text and cannot become one, or throws. */
function shownError(exception: unknown): string {
  try {
    return isError(exception) ? `${exception.name}: ${exception.message}` : shown(exception)
  } catch {
    return 'an error whose name and message are no texts'
  }
}

function tracebackOf(exception: unknown): string {
  return (isError(exception) && stackOf(exception)) || shown(exception)
}

define(ExceptionGroup)
