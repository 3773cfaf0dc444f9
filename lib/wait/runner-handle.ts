// What primitives know of a runner: that it is a handle, and whether it still takes work.
//
// Promises a clear refusal of anything else before a primitive is made. Exists so that primitives do not depend on the
// runner, which depends on them.

import { checkOptions, checkType, invalidArgType, invalidArgValue } from '../arguments.js'
import { isMarkedAsOurs, isOurs, type PlainOptions } from '../brands.js'
import { RunnerClosedError, ShutdownType, WouldDeadlockError } from '../errors.js'
import { Handle, HandleKind } from '../native/handle.js'
import { assertMayBlock, currentLoop, type Advice } from './loop.js'
import { native, runnerState } from '../native/native.js'
import { Phase } from '../native/protocol.js'
import { isDead } from './outcome.js'
import { atCaller } from '../stack.js'

/** An `AsyncRunner`, as far as primitives need one. A server, which has a name and runs as well, has no `inRunnerLoop`. */
export type RunnerHandle = Handle & {
  readonly isRunning: boolean
  readonly name: string
  readonly inRunnerLoop: boolean
}

/** Whether a value is a handle of any kind, of this copy of the package or another. */
export function isAnyHandle(value: unknown): value is Handle {
  return typeof value === 'object' && value !== null && (Handle.is(value) || Handle.isForeign(value))
}

/** Whether a first argument is meant as the runner of a primitive, though it may be none: else it is the options. */
export function isMeantAsRunner(value: unknown): boolean {
  return isAnyHandle(value) || isOurs(value)
}

/** The number of the runner a primitive is made for; 0 for none. */
export function runnerId(runner: RunnerHandle | undefined): number {
  if (runner === undefined) return 0
  if (isAnyHandle(runner) && Handle.isForeign(runner) && !isMarkedAsOurs(runner)) {
    throw invalidArgValue('runner', 'belongs to another loaded copy of threaded-async', runner, runnerId)
  }
  if (!isAnyHandle(runner) || !Handle.is(runner) || Handle.kindOf(runner) !== HandleKind.Runner) {
    throw invalidArgType('runner', 'an instance of AsyncRunner', runner, runnerId)
  }
  const id = Handle.idOf(runner)
  if (!runnerState(id).isRunning) throw atCaller(notRunning(runner))
  return id
}

/** What is made with nothing but a name. */
export interface NameOptions extends PlainOptions {
  /** In errors and where it is printed. */
  name?: string | undefined
}

/** What an event or a future is made with: a runner, options, or both. */
export function madeWith(
  first: RunnerHandle | NameOptions | undefined,
  second: NameOptions | undefined,
): { runner: number; name: string | undefined } {
  if (first === undefined && second === undefined) return unnamed
  const isOptions = second === undefined && typeof first === 'object' && first !== null && !isMeantAsRunner(first)
  const options = isOptions ? (first as NameOptions) : second
  const runner = runnerId(isOptions ? undefined : (first as RunnerHandle | undefined))
  return { runner, name: options === undefined ? undefined : checkName(checkOptions(options, ['name']).name) }
}

const unnamed = { runner: 0, name: undefined }

/** Returns a name as it is, once it is sure to be one; `undefined` passes. */
export function checkName(name: unknown): string | undefined {
  return name === undefined ? undefined : checkType(name, 'options.name', 'string')
}

/** Gives a thing that was just made its name, if it has one. */
export function giveName(handle: Handle, name: string | undefined): void {
  if (name !== undefined) native.handleSetName(Handle.idOf(handle), name)
}

/** The error of using a runner that takes no more work. */
export function notRunning(runner: RunnerHandle): Error {
  const { phase, shutdownType } = runnerState(Handle.idOf(runner))
  if (phase === Phase.Ended && shutdownType === ShutdownType.UNKNOWN) return isDead(runner)
  return new RunnerClosedError(`Runner '${runner.name}' is closed.`)
}

/** Throws where a blocking call that needs the runner's loop must not be made. */
export function assertElsewhere(runner: RunnerHandle, verb: string, advice?: Advice): void {
  if (currentLoop()?.runner === Handle.idOf(runner)) {
    const why = 'would never return: it waits for the very loop that this task runs on'
    throw atCaller(new WouldDeadlockError(`${verb} on runner '${runner.name}' ${why}.`))
  }
  assertMayBlock(verb, advice)
}
