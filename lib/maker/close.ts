// The end of a runner: in order if it can be, by force if it must.
//
// Promises that after it no wait that depends on the runner goes on, whatever its loop was doing, and that it takes no
// longer than the time for the orderly end and, where that fails, as long again (500 ms at least) for the force.

import { writeSync } from 'node:fs'
import type { Worker } from 'node:worker_threads'
import { EventLoopTimeoutError, RunnerClosedError } from '../errors.js'
import { native, runnerState } from '../native/native.js'
import { Door } from '../native/protocol.js'
import { afterBlocking, awaiting } from '../wait/doors.js'
import type { Awaitable } from '../wait/outcome.js'
import { stuckStack } from './stuck-stack.js'
import { forget, makerOf, terminate } from './thread.js'

/** How long a loop that is still starting may take, in milliseconds, before its `exitTimeout` begins all the same. */
const BOOT_PATIENCE = 10_000

/** The least time force is given: ending a thread takes Node some milliseconds. */
const LEAST_FORCE = 500

function endOf(name: string): Awaitable {
  return {
    failures: () => ({
      timedOut: (_verb, timeout) => new EventLoopTimeoutError(`Runner '${name}' did not end within ${timeout} ms.`),
      ended: () => new RunnerClosedError(`Runner '${name}' is closed.`),
      cancelled: () => new RunnerClosedError(`Runner '${name}' is closed.`),
    }),
  }
}

/** What may have passed or not when a time is over. */
type Wait = (id: number, door: Door, timeout: number) => unknown

/** Blocks until the runner has ended. */
export function closeBlocking(id: number, name: string): void {
  native.runnerClose(id)
  const subject = endOf(name)
  const within = (wait: Wait, timeout: number) => {
    try {
      afterBlocking(wait(id, Door.Block, timeout), subject, 'close', timeout, closeBlocking)
      return true
    } catch (error) {
      return onTimeout(error)
    }
  }
  within(native.runnerUp, BOOT_PATIENCE)
  const exitTimeout = exitTimeoutOf(id)
  if (!within(native.runnerEnded, exitTimeout)) {
    force(id, name)
    if (!within(native.runnerEnded, Math.max(exitTimeout, LEAST_FORCE))) native.runnerGiveUp(id)
  }
  forget(id)
}

/** Resolves when the runner has ended. */
export async function closeAsync(id: number, name: string): Promise<void> {
  native.runnerClose(id)
  const subject = endOf(name)
  const within = (wait: Wait, timeout: number) =>
    awaiting(ms => wait(id, Door.Await, ms), subject, 'closeAsync', { timeout }).then(() => true, onTimeout)
  await within(native.runnerUp, BOOT_PATIENCE)
  const exitTimeout = exitTimeoutOf(id)
  if (!(await within(native.runnerEnded, exitTimeout))) {
    force(id, name)
    if (!(await within(native.runnerEnded, Math.max(exitTimeout, LEAST_FORCE)))) native.runnerGiveUp(id)
  }
  forget(id)
}

function onTimeout(error: unknown): false {
  if (error instanceof EventLoopTimeoutError) return false
  throw error
}

function exitTimeoutOf(id: number): number {
  return runnerState(id).exitTimeout
}

function force(id: number, name: string): void {
  const maker = makerOf(id)
  if (maker !== undefined && maker.options.logForcedShutdownStackTrace !== false) logStuck(id, name, maker.worker)
  if (native.runnerForce(id)) terminate(id)
}

/** Says on stderr where the loop was. Straight to the descriptor: this thread may not come back to its own loop soon. */
function logStuck(id: number, name: string, worker: Worker): void {
  const tasks = native.runnerHolders(id)
  const where = tasks.length === 0 ? 'outside of any task' : `in task ${tasks.map(task => `'${task}'`).join(' or ')}`
  const stack =
    stuckStack(worker.threadId) ??
    '    (its stack is not to be had: native code holds it, or this is not the main thread)'
  const text = `threaded-async: runner '${name}' did not end in time and is stopped by force, ${where}:\n${stack}\n`
  try {
    writeSync(2, text)
  } catch {
    // Nobody reads it.
  }
}
