// One wait for several things, exactly one of which happens.
//
// Promises that the others take nothing, put nothing and leave no waiter, that a wait which is given up does the same for
// all of them, and that of several things which are ready none is preferred. Refuses a wait for nothing. All of it is one
// wait of the native core (`src/core/select.rs`), which is put together call by call.

import { checkMaker, invalidArgType, invalidArgValue, isArray, maker } from '../arguments.js'
import { refuseClones, type ourOwn } from '../brands.js'
import { EventLoopTimeoutError } from '../errors.js'
import { joined, part } from '../methods.js'
import { Handle } from '../native/handle.js'
import { waitChannel } from '../native/channels.js'
import { control, native, waitReturn } from '../native/native.js'
import { threadWide } from '../native/thread-wide.js'
import { Door, Word, type Status } from '../native/protocol.js'
import type { AwaitOptions, WaitOptions } from '../timeout.js'
import { afterBlocking, awaiting, beforeBlocking, tellBlocked } from './doors.js'
import { defaultTimeout, hasResult, resultOf, type Awaitable, type Failures } from './outcome.js'
import { promisedBy } from './promised.js'
import { throwCut } from './scope.js'
import { unansweredFor } from './unanswered.js'
import { refuseKind } from '../wire/kinds.js'
import { receive } from '../wire/payload.js'
import { hopeless } from '../wire/wire.js'

/**
 * One of several waits that `select` may take: made by `queue.getOp()`, `queue.putOp(item)`, `event.waitOp()`,
 * `future.resultOp()` and `task.resultOp()`. By itself it does nothing, and it may be used as often as you like.
 */
export class SelectOp<out T> {
  declare readonly [ourOwn]: true
  /** What it waits for. */
  readonly target: Handle & Awaitable
  readonly #add: (outer: number) => void
  declare private readonly value: T

  /** @internal `add` adds it to the wait that the core puts together. */
  constructor(by: unknown, target: Handle & Awaitable, add: (outer: number) => void) {
    checkMaker(by, 'SelectOp', 'getOp, putOp, waitOp or resultOp of what is waited for')
    this.target = target
    this.#add = add
    refuseClones(this)
  }

  /** @internal */
  static is(value: unknown): value is SelectOp<unknown> {
    return typeof value === 'object' && value !== null && #add in value
  }

  /** @internal */
  static add(op: SelectOp<unknown>, outer: number): void {
    op.#add(outer)
  }
}

refuseKind(SelectOp.prototype, 'an op for select; send what it waits for, and make the op there')

/** @internal The op of a future's result, or a task's. */
export function resultOpOf(target: Handle & Awaitable): SelectOp<any> {
  Handle.check(target)
  return new SelectOp(maker, target, outer => native.selectResult(outer, Handle.idOf(target)))
}

/**
 * Which of several ops has happened, and what came of it. Where the ops are written as a list, `index` tells their types
 * apart.
 */
export type Selected<Ops extends readonly SelectOp<unknown>[]> = {
  [Index in keyof Ops]: {
    /** The place of the op in the list. */
    readonly index: Index extends `${infer Place extends number}` ? Place : number
    readonly op: Ops[Index]
    readonly value: Ops[Index] extends SelectOp<infer T> ? T : never
  }
}[number]

/**
 * Resolves when one of the ops has happened, exactly one: the others take nothing, put nothing and leave no waiter. Of
 * several that are ready one is drawn by lot; one that would fail comes last. `timeout` is in milliseconds; left out, it
 * waits for ever; 0 looks once.
 *
 * Unlike `Promise.race` of two `get`s, the loser's item stays in its queue.
 *
 * @throws the error of an op that has failed, if none of the others was ready, with the op's `index` (where the error is
 *   an object); EventLoopTimeoutError, `signal.reason`, CancelledError: none has happened; nor where TaskFailedError says
 *   that a failed task, of a runner with `failFast` that one of the things belongs to, has ended the wait. UncloneableError where the item
 *   of a `putOp` cannot cross, TypeError `ERR_INVALID_ARG_VALUE` where the list is empty, `ERR_INVALID_ARG_TYPE` where it
 *   has something else than ops: nothing has begun.
 *
 * @example
 * const { index, value } = await select([orders.getOp(), stop.waitOp()])
 * if (index === 0) serve(value)
 */
export function select<const Ops extends readonly SelectOp<unknown>[]>(
  ops: Ops,
  options?: AwaitOptions,
): Promise<Selected<Ops>> {
  let choice: Choice
  try {
    choice = new Choice(ops, select)
  } catch (error) {
    return Promise.reject(error)
  }
  const begin = (timeout: number) => choice.begin(Door.Await, timeout)
  return awaiting(begin, choice, 'select', options, CHOSEN) as Promise<Selected<Ops>>
}

/**
 * Blocks until one of the ops has happened, exactly one: the others take nothing, put nothing and leave no waiter. Of
 * several that are ready one is drawn by lot; one that would fail comes last. `timeout` is in milliseconds; left out, the
 * least `callInLoopTimeout` of the runners its things belong to; 0 looks once.
 *
 * @throws as `select`, and WouldDeadlockError, InterruptedError: none has happened.
 *
 * @example
 * const { index, value } = selectWait([results.getOp(), task.resultOp()], { timeout: 500 })
 */
export function selectWait<const Ops extends readonly SelectOp<unknown>[]>(
  ops: Ops,
  options?: WaitOptions,
): Selected<Ops> {
  const choice = new Choice(ops, selectWait)
  const timeout = beforeBlocking('selectWait', options)
  const value = choice.begin(Door.Block, timeout)
  const status: Status = control[Word.Status]!
  try {
    if (hasResult()) {
      const result = resultOf(value, choice) as Selected<Ops>
      if (waitChannel.hasSubscribers) tellBlocked(choice, 'selectWait')
      return result
    }
    return afterBlocking(value, choice, 'selectWait', timeout, selectWait, CHOSEN) as Selected<Ops>
  } catch (error) {
    if (error !== hopeless) waitReturn(CHOSEN, value, status)
    throw error
  }
}

/** For the core: the queue from which the last select has taken an item, if it has. */
const CHOSEN = -1

/** In a message. */
const MOST_NAMES = 4

/** How many waits are being put together: a getter in an item may itself select. */
const gathering = threadWide('choices', () => ({ count: 0 }))

/** Several things as one that is waited for. After each of its waits `Count` is the index of what has happened. */
class Choice implements Awaitable {
  readonly #ops: readonly SelectOp<unknown>[]

  constructor(ops: unknown, above: Function) {
    this.#ops = checkOps(ops, above)
  }

  /** Encodes what is to be put, then waits: what cannot cross, or is cut meanwhile, has had no effect. */
  begin(door: Door, timeout: number): unknown {
    const outer = gathering.count++
    try {
      native.selectBegin(outer)
      for (let i = 0; i < this.#ops.length; i++) SelectOp.add(this.#ops[i]!, outer)
      throwCut()
      return native.selectEnter(outer, door, timeout)
    } catch (error) {
      native.selectDrop(outer)
      throw error
    } finally {
      gathering.count = outer
    }
  }

  receive(packed: unknown): Selected<SelectOp<unknown>[]> {
    const index = control[Word.Count]!
    const op = this.#ops[index]!
    try {
      return { index, op, value: receive(packed) }
    } catch (error) {
      this.blame(error, index)
      throw error
    }
  }

  blame(error: unknown, index: number): void {
    if (typeof error === 'object' && error !== null) Reflect.set(error, 'index', index)
  }

  failures(): Failures {
    const index = control[Word.Count]!
    const failures = () => this.#ops[index]!.target.failures()
    return {
      timedOut: (verb, timeout) => this.#timedOut(verb, timeout),
      ended: (verb, end) => this.#blamed(failures().ended(verb, end), index),
      cancelled: verb => this.#blamed(failures().cancelled(verb), index),
    }
  }

  #blamed<E extends Error | undefined>(error: E, index: number): E {
    this.blame(error, index)
    return error
  }

  #timedOut(verb: string, timeout: number): EventLoopTimeoutError {
    let after = timeout < 0 ? Infinity : timeout
    for (let i = 0; timeout < 0 && i < this.#ops.length; i++) {
      const least = defaultTimeout(this.#ops[i]!.target)
      if (least < after) after = least
    }
    const { length } = this.#ops
    const none = length === 1 ? 'its op was not ready' : `none of its ${length} ops was ready`
    const unanswered = after === 0 ? '' : this.#unanswered()
    return new EventLoopTimeoutError(`${verb} timed out after ${after} ms: ${none} (${this.#names()}).${unanswered}`)
  }

  /** What scripts wait for on which the first of the ops may depend of which that is known. */
  #unanswered(): string {
    for (let i = 0; i < this.#ops.length; i++) {
      const { target } = this.#ops[i]!
      const promised = promisedBy(native.handleRunner(Handle.idOf(target)))
      const text = promised + unansweredFor(target, promised !== '')
      if (text !== '') return text
    }
    return ''
  }

  /** What was waited for: `queue 'jobs', event 'stop'`. */
  #names(): string {
    const names: string[] = []
    for (let i = 0; i < this.#ops.length && i < MOST_NAMES; i++) {
      names[i] = this.#ops[i]!.target.failures().what?.() ?? `op ${i}`
    }
    if (this.#ops.length > MOST_NAMES) names[MOST_NAMES] = '…'
    return joined(names, ', ')
  }
}

/** A copy of the list: getters in what is sent might change it while the wait is put together. */
function checkOps(ops: unknown, above: Function): readonly SelectOp<unknown>[] {
  if (!isArray(ops)) throw invalidArgType('ops', 'an array of ops', ops, above)
  const list = part(ops, 0, ops.length)
  if (list.length === 0) throw invalidArgValue('ops', 'must have at least one op to wait for', ops, above)
  for (let i = 0; i < list.length; i++) {
    if (SelectOp.is(list[i])) continue
    throw invalidArgType(
      `ops[${i}]`,
      'an op: queue.getOp(), queue.putOp(item), event.waitOp() or resultOp()',
      list[i],
      above,
    )
  }
  return list as SelectOp<unknown>[]
}
