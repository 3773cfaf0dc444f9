// The end of a runner, as who closes it waits for it.
//
// Promises that after it no wait that depends on the runner goes on, whatever its loop was doing. What ends it by force where
// it does not end in order is no matter of this wait, which may be left: the core asks the maker for that
// (`src/binding/threads/overdue.rs`, `force.ts`).

import { RunnerClosedError } from '../errors.js'
import { native } from '../native/native.js'
import { Door } from '../native/protocol.js'
import { afterBlocking, awaiting, beginsToBlock } from '../wait/doors.js'
import type { Awaitable } from '../wait/outcome.js'
import { forget } from './thread.js'

/** Blocks until the runner has ended. */
export function closeBlocking(id: number, name: string): void {
  native.runnerClose(id)
  beginsToBlock()
  const value = native.runnerEnded(id, Door.Block, Infinity)
  afterBlocking(value, endOf(name), 'close', Infinity, closeBlocking)
  forget(id)
}

/** Resolves when the runner has ended. */
export async function closeAsync(id: number, name: string): Promise<void> {
  native.runnerClose(id)
  await awaiting(timeout => native.runnerEnded(id, Door.Await, timeout), endOf(name), 'closeAsync', undefined)
  forget(id)
}

function endOf(name: string): Awaitable {
  const closed = () => new RunnerClosedError(`Runner '${name}' is closed.`)
  return { failures: () => ({ timedOut: closed, ended: closed, cancelled: closed }) }
}
