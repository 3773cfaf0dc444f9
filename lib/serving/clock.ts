// The clock of a simulation: time that stands still until the main loop moves it.
//
// Promises that a time comes only when every script has come to rest at the one before, so that scripts which wait for
// instants run in the order of these instants, whatever the machine does; and that several servers' clocks which show the
// same time pass through their instants together.

import { indexIn, isA, mapped, part } from '../methods.js'
import { checkType, invalidArgType, invalidArgValue, isArray, outOfRange } from '../arguments.js'
import { InvalidStateError } from '../errors.js'
import { Handle } from '../native/handle.js'
import { control, native } from '../native/native.js'
import { Word } from '../native/protocol.js'
import { atCaller } from '../stack.js'
import type { WaitOptions } from '../timeout.js'
import { runnerOf } from '../wait/outcome.js'
import { budgetOf, untilAtRest, type Budget, type March } from './rest.js'

/** One server whose clock is moved, and the time the call has. */
export interface Clock {
  readonly server: Handle
  readonly id: number
  readonly budget: Budget
}

/** Checks everything about a call that moves a server's clock; `known` as in `beforeBlocking`. */
export function clockOf(server: Handle, verb: string, options: WaitOptions | undefined, known?: string[]): Clock {
  return { server, id: Handle.idOf(server), budget: budgetOf(server, verb, options, known) }
}

/** Several servers, each of them once. */
export function checkServers<S extends Handle>(
  servers: readonly S[],
  kind: abstract new (...args: never[]) => S,
  above: Function,
): readonly S[] {
  if (!isArray(servers)) throw invalidArgType('servers', 'an array', servers, above)
  for (let i = 0; i < servers.length; i++) {
    const server: unknown = servers[i]
    if (!isA(server, kind)) throw invalidArgType(`servers[${i}]`, 'an instance of Server', server, above)
    if (indexIn(servers, server) < i) throw invalidArgValue(`servers[${i}]`, 'must not be there twice', server, above)
  }
  return part(servers, 0, servers.length)
}

/** What stands before the time in a call that waits for the clock of a server in another process. */
const mark = 'threaded-async:clock'

/** The arguments of a call of `delay` or `nextTick` that waits for such a clock. */
export function clockCall(time: number): unknown[] {
  return [mark, time]
}

/** Whether a call is one; a server may have methods of these names, too. */
export function isClockCall(fun: string, args: readonly unknown[]): boolean {
  return args[0] === mark && (fun === 'delay' || fun === 'nextTick')
}

/** The time at which a clock stops: with the next one, ticks would no longer differ. */
const LAST = Number.MAX_SAFE_INTEGER
/** The latest time that can be waited for. Half of all time is left to ticks, which no script can use up; the core has it, too. */
const LATEST = 2 ** 52

/** A time that a clock can move on by. */
export function checkDelay(time: unknown, above: Function): number {
  const checked = checkType(time, 'time', 'number', above)
  if (checked >= 0 && checked < Infinity) return checked
  throw outOfRange('time', 'a finite number >= 0', time, above)
}

/** What the core has refused a wait with: that its end is beyond what can be waited for; or another error, as it is. */
export function refusedDelay(error: unknown, time: number, above: Function): unknown {
  if ((error as { code?: unknown } | undefined)?.code !== 'ERR_OUT_OF_RANGE') return error
  return outOfRange('time', `a time that is over at ${LATEST} on the server's clock at the latest`, time, above)
}

/** A time that a server's clock can move to; `undefined` passes as infinity. */
export function checkUntil(until: unknown, server: number, above: Function): number {
  if (until === undefined) return Infinity
  const checked = checkType(until, 'options.until', 'number', above)
  const now = native.serverNow(server)
  if (checked >= now && checked <= LAST) return checked
  throw outOfRange('options.until', `a number >= ${now}, which is the time now, and <= ${LAST}`, until, above)
}

/** Moves to the earliest time that a script waits for, up to `until`; see `Server.advance`. */
export function advance(clock: Clock, until: number): number | undefined {
  const time = march(clock, { until, isOne: true }) ?? stepFromHere(clock, until)
  return time < 0 ? undefined : time
}

/** Moves from instant to instant up to the next whole number, which it returns; see `Server.tick`. */
export function tick(clock: Clock): number {
  const next = nextTick(clock)
  try {
    for (;;) {
      if (march(clock, { until: next, isOne: false }) !== undefined) return next
      const time = stepFromHere(clock, next)
      if (time < 0 || time === next) return next
    }
  } catch (error) {
    throw native.serverNow(clock.id) >= next ? Object.assign(error as Error, { tick: next }) : error
  }
}

/**
 * Has the loop move the clock by itself, from rest to rest, and blocks until it has. Returns the instant it has come to
 * last, or -1; undefined where it has not done all: it blocks, or this thread had something to do first.
 */
function march({ server, id, budget }: Clock, order: March): number | undefined {
  try {
    untilAtRest(server, budget, true, order)
  } catch (error) {
    native.serverMarched(id)
    throw error
  }
  const time = native.serverMarched(id)
  if (control[Word.Count] === 0) untilAtRest(server, budget)
  return time < -1 ? undefined : time
}

/** Moves the clock of a loop that is at rest by one instant; returns that, or -1 where there is none. */
function stepFromHere({ server, id, budget }: Clock, until: number): number {
  const time = native.serverAdvance(id, until)
  if (time >= 0) untilAtRest(server, budget)
  return time
}

/** Moves all clocks to their next whole numbers; see `Server.tickAll`. */
export function tickAll(clocks: readonly Clock[]): number[] {
  allAtRest(clocks, true)
  const ticks = mapped(clocks, nextTick)
  while (step(clocks, ticks)) allAtRest(clocks, false)
  return ticks
}

/** Moves those clocks whose next instant is the farthest from its tick; false where all have come to their ticks. */
function step(clocks: readonly Clock[], ticks: readonly number[]): boolean {
  const distances = mapped(clocks, ({ id }, i) => {
    const due = native.serverDue(id)
    return native.serverNow(id) >= ticks[i]! ? -1 : due < 0 ? 0 : Math.max(ticks[i]! - due, 0)
  })
  let farthest = -1
  for (let i = 0; i < distances.length; i++) if (distances[i]! > farthest) farthest = distances[i]!
  for (let i = 0; i < clocks.length; i++) {
    if (farthest >= 0 && distances[i] === farthest) native.serverAdvance(clocks[i]!.id, ticks[i]!)
  }
  return farthest >= 0
}

function nextTick({ id, server }: Clock): number {
  const next = Math.floor(native.serverNow(id)) + 1
  if (next <= LAST) return next
  const name = runnerOf(server)?.name
  throw atCaller(
    new InvalidStateError(`The clock of server '${name}' is at ${LAST}, where it stops: it has no next tick.`),
  )
}

/**
 * Blocks until all loops are at rest at one moment. A loop that was found at rest may have been woken by one that was
 * looked at later: so they are looked at until none has come round between two looks.
 */
function allAtRest(clocks: readonly Clock[], isSure: boolean): void {
  for (let i = 0; i < clocks.length; i++) untilAtRest(clocks[i]!.server, clocks[i]!.budget, isSure)
  let hasChanged = true
  while (hasChanged) {
    const turns = turnsOf(clocks)
    for (let i = 0; i < clocks.length; i++) untilAtRest(clocks[i]!.server, clocks[i]!.budget)
    const after = turnsOf(clocks)
    hasChanged = false
    for (let i = 0; i < turns.length; i++) if (turns[i] !== after[i]) hasChanged = true
  }
}

function turnsOf(clocks: readonly Clock[]): number[] {
  return mapped(clocks, ({ id }) => native.serverTurns(id))
}
