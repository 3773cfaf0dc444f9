// How an answer that cannot cross is told: with the call it was for.
//
// A path such as `result.items[0]` says where in a value something sits, but not which of many handlers has returned that
// value. Promises that the error stays the same one, with the same path, and that an error of any other class is left as it is.

import { isOne } from '../brands.js'
import { UncloneableError } from '../errors.js'
import { setMessage } from '../stack.js'
import { shortened } from '../wire/path.js'

/** Returns the error with which an answer was refused; its message names the call now if the value cannot cross. */
export function inAnswerTo(fun: string, error: unknown): unknown {
  try {
    if (isOne(error, UncloneableError)) setMessage(error, `In the answer to '${shortened(fun)}', ${error.message}`)
  } catch {
    // A getter in the value has thrown it, and it is frozen; or no stack is left.
  }
  return error
}
