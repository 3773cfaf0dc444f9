// The end of a loop whose runner nobody holds any more.
//
// Promises an orderly close, once nothing is left that keeps a loop alive; and that errors of its tasks which nobody has
// seen, and nobody can see any more, are printed. The exit code for them is set at the end of the program (`maker/end.ts`).

import { isOne } from '../brands.js'
import { InterruptedError } from '../errors.js'
import { native } from '../native/native.js'
import { Kind } from '../native/protocol.js'
import { fetchFailures, sentenceOf, type Failed } from '../wait/failures.js'
import { say, thrownText } from '../wait/stderr.js'

/** To be called when this thread's loop has run out of work: closes its runner where nobody can give it any. */
export function endIfLetGo(runner: number, name: string): void {
  if (!native.loopEndIfLetGo()) return
  if (native.runnerIsDebug(runner)) {
    say(`runner '${name}' is ended: nobody holds it any more, and it has nothing to do. It was never closed.`)
  }
  const failures = fetchFailures(native.loopLostFailures())
  for (let i = 0; i < failures.length; i++) {
    const { error } = failures[i]!
    if (isOne(error, InterruptedError)) continue // The end of the process has ended a wait.
    say(`${whatFailed(failures[i]!)}, and nobody can see its error any more:\n${thrownText(error)}`)
  }
}

function whatFailed(failed: Failed): string {
  const { kind, task, runner } = failed
  return kind >= Kind.LeftBehind ? sentenceOf(failed) : `task '${task}' of runner '${runner}' has failed`
}
