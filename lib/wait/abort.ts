// Listening to abort signals.
//
// Promises one listener per signal, however many waits it may end (Node warns of more than ten), and none once the last
// of them has ended.

import type { Cuttable } from './scope.js'

interface Group {
  waits: Set<Cuttable>
  onAbort: () => void
}

const groups = new WeakMap<AbortSignal, Group>()

/** From now on the signal cuts the wait, with its reason. */
export function listen(signal: AbortSignal, wait: Cuttable): void {
  const group = groups.get(signal) ?? newGroup(signal)
  group.waits.add(wait)
}

function newGroup(signal: AbortSignal): Group {
  const waits = new Set<Cuttable>()
  const onAbort = () => {
    for (const wait of [...waits]) wait.cut(signal.reason)
  }
  const group = { waits, onAbort }
  groups.set(signal, group)
  signal.addEventListener('abort', onAbort, { once: true })
  return group
}

/** The wait has ended. */
export function unlisten(signal: AbortSignal, wait: Cuttable): void {
  const group = groups.get(signal)
  if (!group?.waits.delete(wait) || group.waits.size > 0) return
  groups.delete(signal)
  signal.removeEventListener('abort', group.onAbort)
}
