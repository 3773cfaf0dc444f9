// The end of a loop whose runner nobody holds any more.
//
// Promises an orderly close, once nothing is left that keeps a loop alive; and that errors of its tasks which nobody has
// seen, and nobody can see any more, are printed.

import { writeSync } from 'node:fs'
import { isOne } from '../brands.js'
import { InterruptedError } from '../errors.js'
import { control, native } from '../native/native.js'
import { Word } from '../native/protocol.js'
import { receiveOrError } from '../wire/payload.js'

/** To be called when this thread's loop has run out of work: closes its runner where nobody can give it any. */
export function endIfLetGo(runner: number, name: string): void {
  if (!native.loopEndIfLetGo()) return
  if (native.runnerIsDebug(runner)) {
    print(`runner '${name}' is ended: nobody holds it any more, and it has nothing to do. It was never closed.`)
  }
  const tasks = native.runnerFailures(runner)
  const failures = control[Word.Extra]!
  for (let i = 0; i < tasks.length; i++) {
    const task = tasks[i]!
    const error = receiveOrError(native.failureTake(failures))
    if (isOne(error, InterruptedError)) continue // The end of the process has ended a wait.
    print(`task '${task}' of runner '${name}' has failed, and nobody can see its error any more:\n${textOf(error)}`)
  }
}

function textOf(error: unknown): string {
  return (require('node:util') as typeof import('node:util')).inspect(error)
}

function print(text: string): void {
  try {
    writeSync(2, `threaded-async: ${text}\n`)
  } catch {
    // Nobody reads stderr any more.
  }
}
