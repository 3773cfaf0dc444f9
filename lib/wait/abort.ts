// Listening to abort signals.
//
// Promises one listener per signal, however many waits and tasks it may end (Node warns of more than ten); none once the
// last wait has ended; and that tasks, whose end this thread is not told of, are forgotten soon after it. What a signal's
// own methods throw when a wait has ended does not cost it its outcome.

import { follow } from '../methods.js'
import { SweptSet } from './swept-set.js'
import type { Cuttable } from './scope.js'

/** What a signal ends. */
export interface Abortable extends Cuttable {
  /** Whether it has ended; to be there if `unlisten` will not be called for it. */
  hasEnded?(): boolean
}

interface Group {
  members: Set<Abortable>
  onAbort: () => void
}

/** What follows it runs once the stack is empty. */
const begun = Promise.resolve()

const groups = new WeakMap<AbortSignal, Group>()

/** From now on the signal cuts the member, with its reason. */
export function listen(signal: AbortSignal, member: Abortable): void {
  const group = groups.get(signal) ?? newGroup(signal)
  group.members.add(member)
}

function newGroup(signal: AbortSignal): Group {
  const members = new SweptSet(hasEnded, 64)
  const uncut: Abortable[] = []
  const cutAll = () => {
    groups.delete(signal)
    const reason = reasonOf(signal)
    members.forEach(member => {
      members.delete(member) // None is cut twice: its number may be another's by then.
      try {
        member.cut(reason)
      } catch {
        uncut[uncut.length] = member
      }
    })
  }
  const cutRest = () => {
    cutAll()
    const reason = reasonOf(signal)
    for (let i = 0; i < uncut.length; i++) void follow(begun, () => uncut[i]!.cut(reason))
  }
  const onAbort = () => {
    try {
      cutAll()
    } catch {
      // Some are left.
    }
    // A signal is heard but once, and the stack was at its end, perhaps.
    if (uncut.length > 0 || members.size > 0) void follow(begun, cutRest)
  }
  const group = { members, onAbort }
  groups.set(signal, group)
  try {
    signal.addEventListener('abort', onAbort, { once: true })
  } catch (error) {
    groups.delete(signal)
    throw error
  }
  return group
}

/** What a signal was aborted with; or what it throws when it is asked. */
export function reasonOf(signal: AbortSignal): unknown {
  try {
    return signal.reason
  } catch (error) {
    return error
  }
}

function hasEnded(member: Abortable): boolean {
  return member.hasEnded?.() === true
}

/** The member has ended. */
export function unlisten(signal: AbortSignal, member: Abortable): void {
  const group = groups.get(signal)
  if (!group?.members.delete(member) || group.members.size > 0) return
  groups.delete(signal)
  try {
    signal.removeEventListener('abort', group.onAbort)
  } catch {
    // A signal that is none of Node's. Its listener finds nobody there any more.
  }
}
