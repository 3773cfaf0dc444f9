// The clock of a simulation: time that stands still until the main loop moves it.
//
// Promises that a time comes only when every script has come to rest at the one before, so that scripts which wait for
// instants run in the order of these instants, whatever the machine does; and that several servers' clocks which show the
// same time pass through their instants together.

import { indexIn, isA, mapped, part } from '../methods.js'
import { checkType, invalidArgType, invalidArgValue, isArray, outOfRange } from '../arguments.js'
import { Handle } from '../native/handle.js'
import { native } from '../native/native.js'
import type { WaitOptions } from '../timeout.js'
import { budgetOf, untilAtRest, type Budget } from './rest.js'

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

/** A time that a clock can move on by. */
export function checkDelay(time: unknown, above: Function): number {
  const checked = checkType(time, 'time', 'number', above)
  if (checked >= 0 && checked < Infinity) return checked
  throw outOfRange('time', 'a finite number >= 0', time, above)
}

/** A time that a server's clock can move to; `undefined` passes as infinity. */
export function checkUntil(until: unknown, server: number, above: Function): number {
  if (until === undefined) return Infinity
  const checked = checkType(until, 'options.until', 'number', above)
  const now = native.serverNow(server)
  if (checked >= now && checked < Infinity) return checked
  throw outOfRange('options.until', `a finite number >= ${now}, which is the time now`, until, above)
}

/** Moves to the earliest time that a script waits for, up to `until`; see `Server.advance`. */
export function advance({ server, id, budget }: Clock, until: number): number | undefined {
  untilAtRest(server, budget, true)
  const time = native.serverAdvance(id, until)
  if (time < 0) return undefined
  untilAtRest(server, budget)
  return time
}

/** Moves from instant to instant up to the next whole number, which it returns; see `Server.tick`. */
export function tick({ server, id, budget }: Clock): number {
  untilAtRest(server, budget, true)
  const next = nextTick(id)
  let time: number
  do {
    time = native.serverAdvance(id, next)
    try {
      untilAtRest(server, budget)
    } catch (error) {
      throw time < 0 || time === next ? Object.assign(error as Error, { tick: next }) : error
    }
  } while (time >= 0 && time < next)
  return next
}

/** Moves all clocks to their next whole numbers; see `Server.tickAll`. */
export function tickAll(clocks: readonly Clock[]): number[] {
  allAtRest(clocks, true)
  const ticks = mapped(clocks, ({ id }) => nextTick(id))
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

function nextTick(server: number): number {
  return Math.floor(native.serverNow(server)) + 1
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
