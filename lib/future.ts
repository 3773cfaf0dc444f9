// A value that comes later, once, for any number of blocked threads and awaiting tasks.
//
// Promises that the first outcome stays, that every waiter sees the same, and that settling needs nobody's cooperation:
// the state lives in the native core (`src/core/future.rs`). Refuses a second outcome, and values that cannot cross.

import { checkObject } from './arguments.js'
import { CancelledError, EventLoopTimeoutError, InvalidStateError, RunnerClosedError } from './errors.js'
import { Handle, HandleKind } from './native/handle.js'
import { AWAIT, afterBlocking, awaiting, beforeBlocking, heldBy, BLOCK, runnerDied, type Failures } from './wait/hub.js'
import { isPrimitive, pack, unpack } from './wire/payload.js'
import { native } from './native/native.js'
import { End, FutureState } from './native/protocol.js'
import { runnerId, type RunnerHandle } from './wait/runner-handle.js'
import { type AwaitOptions, type WaitOptions } from './timeout.js'
import { checkTransfer, detach } from './wire/transfer.js'

/** A value that comes later, once, on any thread. */
export class Future<T> extends Handle {
  /**
   * With a runner, waits end when it closes (`RunnerClosedError`) or dies (`RunnerDiedError`).
   *
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `runner` is none; RunnerClosedError when it is closed.
   */
  constructor(runner?: RunnerHandle) {
    super(HandleKind.Future, native.futureCreate(runnerId(runner)))
  }

  /**
   * Returns at once: all who wait, and will wait, get a copy of this value.
   *
   * @throws InvalidStateError when it was settled before (the first outcome stays), UncloneableError (it stays pending).
   */
  setResult(value: T, options?: { transfer?: readonly ArrayBuffer[] }): void {
    const buffers = options === undefined ? undefined : checkTransfer(checkObject(options).transfer)
    settle(this, value, false, 'value')
    if (buffers !== undefined) detach(buffers)
  }

  /**
   * Returns at once: all who wait, and will wait, get this error thrown.
   *
   * @throws InvalidStateError when it was settled before (the first outcome stays), UncloneableError (it stays pending).
   */
  setException(error: unknown): void {
    settle(this, error, true, 'error')
  }

  /** Returns whether it is settled: by a value, an error, a cancellation or its runner's end. */
  done(): boolean {
    return stateOf(this) !== FutureState.Pending
  }

  /** Returns whether this call has cancelled it: waiters get a CancelledError. False where it was settled before. */
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
    const id = Handle.idOf(this)
    return awaiting(timeout => native.futureResult(id, AWAIT, timeout), this, 'result', options) as Promise<T>
  }

  /**
   * Blocks until there is a value, and returns it. `timeout` is in milliseconds; left out, the runner's
   * `callInLoopTimeout`.
   *
   * @throws what `setException` was given; EventLoopTimeoutError, CancelledError, RunnerClosedError, RunnerDiedError,
   *   WouldDeadlockError, InterruptedError. The future stays as it is, and may be waited for again.
   */
  resultWait(options?: WaitOptions): T {
    const timeout = beforeBlocking('resultWait', options)
    const value = native.futureResult(Handle.idOf(this), BLOCK, timeout)
    return afterBlocking(value, this, 'resultWait', timeout, this.resultWait) as T
  }

  /** Returns how many wait for it on all threads. */
  statistics(): { waiters: number; done: boolean } {
    return { waiters: native.futureWaiters(Handle.idOf(this)), done: this.done() }
  }

  /** @internal */
  failures(): Failures {
    const closed = (verb: string) => new RunnerClosedError(`${verb} on a future has ended: the runner was closed.`)
    return {
      timedOut: (verb, timeout) =>
        new EventLoopTimeoutError(`${verb} on a future timed out after ${timeout} ms.${heldBy(this)}`),
      ended: (verb, end) => (end === End.Died ? runnerDied(this, verb) : closed(verb)),
      cancelled: () => new CancelledError('The future was cancelled.'),
    }
  }
}

Handle.register(HandleKind.Future, Future)

function alreadySettled(): InvalidStateError {
  return new InvalidStateError('The future is settled already.')
}

function stateOf(future: Future<unknown>): number {
  return native.futureState(Handle.idOf(future))
}

function settle(future: Future<unknown>, value: unknown, isError: boolean, root: string): void {
  // Looked at first, so that a second outcome is refused as such even where it could not cross; a primitive always can.
  if (!isPrimitive(value) && future.done()) throw alreadySettled()
  const packed = pack(value, root)
  try {
    if (!native.futureSettle(Handle.idOf(future), packed, isError)) throw alreadySettled()
  } finally {
    unpack()
  }
}
