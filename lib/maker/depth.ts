// How deep runners stand that are made each on the loop of the one before.
//
// A module that makes runners as it is imported, for tasks of its own, would make them again on each loop that imports it
// for such a task. Node tells by what code a task is created, so there `create-task.ts` refuses the first of them. Other
// runtimes do not always tell. Promises that in them, too, this ends with an error, and with a few threads.

import { InvalidStateError } from '../errors.js'
import { bootData } from '../native/boot.js'
import { isNode } from '../native/runtime.js'

/** More than a program is likely to need. */
const MOST = 32

/** Returns how deep the next runner of this thread stands. @throws InvalidStateError where that is too deep. */
export function depthOfNext(): number {
  const depth = (bootData?.depth ?? 0) + 1
  if (isNode || depth <= MOST) return depth
  throw new InvalidStateError(
    `${MOST} runners were made, each on the loop of the one before, and this would be one more: a module that makes runners ` +
      'as it is imported makes them again on each loop that imports it for a task. Move that code to another module, or ' +
      'run it only where AsyncRunner.current is undefined.',
  )
}
