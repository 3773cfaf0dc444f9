// A flag that blocked threads and awaiting tasks wait for.
//
// Promises that `set(); clear()` back to back releases exactly the waits of that moment, and that all of it answers at
// once whatever the loops do: the state lives in the native core (`src/core/event.rs`).

import { maker } from './arguments.js'
import { RunnerClosedError } from './errors.js'
import { Handle, HandleKind } from './native/handle.js'
import { awaits, blocks } from './wait/doors.js'
import { failuresOf, hasEnded, named, type Failures } from './wait/outcome.js'
import { native } from './native/native.js'
import { SelectOp } from './wait/select.js'
import type { Door } from './native/protocol.js'
import { giveName, madeWith, type NameOptions, type RunnerHandle } from './wait/runner-handle.js'
import type { AwaitOptions, WaitOptions } from './timeout.js'

/** An event as async code knows it: the same event, with an awaiting `wait`. */
export interface AsyncEvent {
  set(): void
  clear(): void
  isSet(): boolean
  /** Resolves when it is set. */
  wait(options?: AwaitOptions): Promise<void>
}

/**
 * A flag that blocked threads and awaiting tasks wait for, on any thread.
 *
 * @example
 * const started = new Event(runner)
 * runner.createTask(async started => {
 *   started.set()
 *   await sleep(1000)
 * }, [started])
 * started.wait({ timeout: 500 }) // blocks
 */
export class Event extends Handle {
  /**
   * With a runner, waits end when it closes (`RunnerClosedError`) or dies (`RunnerDiedError`).
   *
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `runner` is none; `RunnerClosedError` when it is closed.
   */
  constructor(options?: NameOptions)
  constructor(runner: RunnerHandle | undefined, options?: NameOptions)
  constructor(first?: RunnerHandle | NameOptions, second?: NameOptions) {
    const { runner, name } = madeWith(first, second)
    super(HandleKind.Event, native.eventCreate(runner))
    giveName(this, name)
  }

  /** Returns at once: all waits are released, and later ones end at once. */
  set(): void {
    native.eventSet(Handle.idOf(this))
  }

  /** Returns at once: later waits wait again. Waits that an earlier `set` has released stay released. */
  clear(): void {
    native.eventClear(Handle.idOf(this))
  }

  /** Returns whether it is set. */
  isSet(): boolean {
    return native.eventIsSet(Handle.idOf(this))
  }

  /**
   * Blocks until it is set. `timeout` is in milliseconds; left out, the runner's `callInLoopTimeout`.
   *
   * @throws EventLoopTimeoutError, RunnerClosedError, RunnerDiedError, WouldDeadlockError, InterruptedError; no waiter is
   *   left.
   */
  wait(options?: WaitOptions): void {
    return blocks(this, 'wait', options, wait)
  }

  /**
   * Resolves when it is set.
   *
   * @throws EventLoopTimeoutError, `signal.reason`, CancelledError, RunnerClosedError, RunnerDiedError; no waiter is
   *   left.
   */
  waitAsync(options?: AwaitOptions): Promise<void> {
    return awaits(this, 'waitAsync', options, wait)
  }

  /** Returns the wait for it as one of several that `select` may take; nothing happens before. Its value is undefined. */
  waitOp(): SelectOp<void> {
    Handle.check(this)
    return new SelectOp(maker, this, outer => native.selectWait(outer, Handle.idOf(this)))
  }

  /** Returns the same event with the methods an asyncio.Event has. */
  asAsyncEvent(): AsyncEvent {
    Handle.check(this)
    return {
      set: () => this.set(),
      clear: () => this.clear(),
      isSet: () => this.isSet(),
      wait: options => this.waitAsync(options),
    }
  }

  /** Returns the number of its waiters on all threads, and whether it is set. */
  statistics(): { waiters: number; isSet: boolean } {
    return { waiters: native.eventWaiters(Handle.idOf(this)), isSet: this.isSet() }
  }

  /** @internal */
  failures(): Failures {
    return failuresOf(this, 'event', closed, closed, () => unset)
  }
}

Handle.register(HandleKind.Event, Event, event => {
  const { isSet, waiters } = event.statistics()
  return { fields: { ...named(event), isSet, waiters } }
})

/** The native call. */
function wait(id: number, door: Door, timeout: number): unknown {
  return native.eventWait(id, door, timeout)
}

function closed(verb: string, what: string): RunnerClosedError {
  return new RunnerClosedError(hasEnded(verb, what, 'its runner was closed'))
}

const unset = { words: 'nobody has set it' }
