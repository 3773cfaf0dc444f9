// A value that comes later, once, for any number of blocked threads and awaiting tasks.
//
// Promises that the first outcome stays, that every waiter sees the same, and that settling waits for no loop: the state
// lives in the native core (`src/core/future.rs`).

import { cancellationOf, InvalidStateError, type CancelledError, RunnerClosedError } from './errors.js'
import { Handle, HandleKind } from './native/handle.js'
import { awaits, blocks } from './wait/doors.js'
import { failuresOf, hasEnded, named, type Failures } from './wait/outcome.js'
import { atCaller } from './stack.js'
import { isPrimitive, sending } from './wire/payload.js'
import { encodingFor } from './wire/wire.js'
import { native } from './native/native.js'
import { isFutureOfScript } from './native/of-script.js'
import { FutureState, type Door } from './native/protocol.js'
import { resultOpOf, type SelectOp } from './wait/select.js'
import { giveName, madeWith, type NameOptions, type RunnerHandle } from './wait/runner-handle.js'
import { type AwaitOptions, type WaitOptions } from './timeout.js'
import { detach, transferOf } from './wire/transfer.js'

/**
 * A value that comes later, once, on any thread.
 *
 * @example
 * const answer = new Future<number>(runner)
 * runner.createTask(answer => answer.setResult(42), [answer])
 * console.log(answer.resultWait()) // blocks; a task would use `await answer.result()`
 */
export class Future<T> extends Handle {
  /**
   * With a runner, waits end when it closes (`RunnerClosedError`) or dies (`RunnerDiedError`).
   *
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `runner` is none; RunnerClosedError when it is closed.
   */
  constructor(options?: NameOptions)
  constructor(runner: RunnerHandle | undefined, options?: NameOptions)
  constructor(first?: RunnerHandle | NameOptions, second?: NameOptions) {
    const { runner, name } = madeWith(first, second)
    super(HandleKind.Future, native.futureCreate(runner))
    giveName(this, name)
  }

  /**
   * Returns at once: all waits, also later ones, get a copy of this value.
   *
   * @throws InvalidStateError when it was settled before (the first outcome stays), UncloneableError (it stays pending).
   */
  setResult(value: T, options?: { transfer?: readonly ArrayBuffer[] | undefined }): void {
    const buffers = transferOf(options)
    settle(this, value, false, 'value')
    detach(buffers)
  }

  /**
   * Returns at once: all waits, also later ones, throw this error.
   *
   * @throws InvalidStateError when it was settled before (the first outcome stays), UncloneableError (it stays pending).
   */
  setException(error: unknown): void {
    Handle.check(this)
    settle(this, error, true, 'error')
  }

  /** Returns whether it is settled: by a value, an error, a cancellation or its runner's end. */
  done(): boolean {
    return stateOf(this) !== FutureState.Pending
  }

  /** Returns whether this call has cancelled it: waits end with a CancelledError. False if it was settled before. */
  cancel(): boolean {
    return native.futureCancel(Handle.idOf(this))
  }

  /** Returns whether it was cancelled. */
  cancelled(): boolean {
    return stateOf(this) === FutureState.Cancelled
  }

  /**
   * Resolves with the value.
   *
   * @throws what `setException` was given; EventLoopTimeoutError, `signal.reason`, CancelledError, RunnerClosedError,
   *   RunnerDiedError. The future stays as it is, and may be waited for again.
   */
  result(options?: AwaitOptions): Promise<T> {
    return awaits(this, 'result', options, resultOf)
  }

  /**
   * Blocks until there is a value, and returns it. `timeout` is in milliseconds; left out, the runner's
   * `callInLoopTimeout`.
   *
   * @throws what `setException` was given; EventLoopTimeoutError, CancelledError, RunnerClosedError, RunnerDiedError,
   *   WouldDeadlockError, InterruptedError. The future stays as it is, and may be waited for again.
   */
  resultWait(options?: WaitOptions): T {
    return blocks(this, 'resultWait', options, resultOf)
  }

  /** Returns the wait for its value as one of several that `select` may take; nothing happens before. */
  resultOp(): SelectOp<T> {
    return resultOpOf(this)
  }

  /** Returns the number of its waiters on all threads, and whether it is settled. */
  statistics(): { waiters: number; done: boolean } {
    return { waiters: native.futureWaiters(Handle.idOf(this)), done: this.done() }
  }

  /** @internal */
  failures(): Failures {
    return failuresOf(
      this,
      'future',
      closed,
      () => cancelled(this),
      () => pending,
    )
  }
}

Handle.register(HandleKind.Future, Future, future => {
  const { waiters } = future.statistics()
  return { fields: { ...named(future), state: states[stateOf(future)], waiters }, hint: 'await future.result()' }
})

/** In the order of the core's numbers for them. */
const states = ['pending', 'done', 'failed', 'cancelled', 'ended']

/** @internal The native call that waits for a future, or for a task. */
export function resultOf(id: number, door: Door, timeout: number): unknown {
  return native.futureResult(id, door, timeout)
}

function closed(verb: string, what: string): RunnerClosedError {
  return new RunnerClosedError(hasEnded(verb, what, 'its runner was closed'))
}

const pending = { words: 'nobody has settled it' }

function cancelled(future: Handle): CancelledError {
  return cancellationOf(Handle.idOf(future), `The ${plainly(future)} was cancelled.`)
}

/** `future 'answer'`, or `future` where it has no name. */
function plainly(future: Handle): string {
  const { name } = named(future)
  return name === undefined ? 'future' : `future '${name}'`
}

function settledBefore(future: Future<unknown>): InvalidStateError {
  const why = stateOf(future) === FutureState.Ended ? 'has ended with its runner' : 'is settled already'
  return atCaller(new InvalidStateError(`The ${plainly(future)} ${why}.`))
}

function stateOf(future: Future<unknown>): number {
  return native.futureState(Handle.idOf(future))
}

function settle(future: Future<unknown>, value: unknown, isError: boolean, root: string): void {
  // What comes too late is refused as such, or dropped, even if it could not cross, which primitives always can.
  const sent = !isPrimitive(value) && future.done() ? undefined : value
  const id = Handle.idOf(future)
  const encoding = encodingFor(isFutureOfScript(id), false)
  if (!sending(sent, root, packed => native.futureSettle(id, packed, isError), encoding)) throw settledBefore(future)
}
