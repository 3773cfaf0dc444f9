// What primitives know of a runner: that it is a handle, and whether it still takes work.
//
// Promises a clear refusal of anything else before a primitive is made. Exists so that primitives do not depend on the
// runner, which depends on them.

import { invalidArgType, RunnerClosedError } from './errors.js'
import { Handle, HandleKind } from './handle.js'
import { native } from './native.js'

/** An `AsyncRunner`, as far as primitives need one. */
export type RunnerHandle = Handle & { readonly isRunning: boolean; readonly name: string }

export function isRunner(value: unknown): value is RunnerHandle {
  return typeof value === 'object' && value !== null && Handle.is(value) && Handle.kindOf(value) === HandleKind.Runner
}

/** The number of the runner a primitive is made for; 0 for none. */
export function runnerId(runner: RunnerHandle | undefined): number {
  if (runner === undefined) return 0
  if (!isRunner(runner)) throw invalidArgType('runner', 'an instance of AsyncRunner', runner, runnerId)
  const id = Handle.idOf(runner)
  const phase = native.runnerState(id)[0]!
  if (phase >= 2) throw new RunnerClosedError(`Runner '${runner.name}' is closed.`)
  return id
}
