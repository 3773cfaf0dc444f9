// The end of a loop whose runner nobody holds any more.
//
// Promises an orderly close, once nothing is left that keeps a loop alive; and that errors of its tasks which nobody has
// seen, and nobody can see any more, are printed.

import { writeSync } from 'node:fs'
import { native } from '../native/native.js'
import { receive } from '../wire/payload.js'

/** To be called when this thread's loop has run out of work: closes its runner where nobody can give it any. */
export function endIfLetGo(runner: number, name: string): void {
  if (!native.loopEndIfLetGo()) return
  if (native.runnerIsDebug(runner)) {
    print(`runner '${name}' is ended: nobody holds it any more, and it has nothing to do. It was never closed.`)
  }
  for (const task of native.runnerFailures(runner)) {
    const error = receive(native.failureTake())
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
