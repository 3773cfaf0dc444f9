// What `onStuck` is told of a loop that does not come round.
//
// Promises to look at the thread itself only where it is still stuck and has been computing: one that sleeps in native code
// cannot show its stack, and asking for it would take time.

import { part } from '../methods.js'
import type { Worker } from 'node:worker_threads'
import { native, type StuckFacts } from '../native/native.js'
import { Condition } from '../native/protocol.js'
import { noteOf } from '../native/task-start.js'
import type { StuckReport } from './options.js'
import { lookAtStuck } from './stuck-stack.js'

/** A thread that has computed for less than this part of the time sleeps. On a busy machine one that spins gets little, too. */
const SLEEPS_BELOW = 0.04

/** Describes a loop that was found stuck. `facts`: what was seen of it then. */
export function stuckReport(id: number, worker: Worker, facts: StuckFacts): StuckReport {
  const { 0: stuckFor, 1: computed } = facts
  const names = part(facts as readonly unknown[], 2, facts.length) as string[]
  const heldBy: string[] = []
  for (let i = 0; i < names.length; i += 2) heldBy[heldBy.length] = names[i]!
  const isSure = heldBy.length === 1
  const createdAt = isSure ? noteOf(names[1]!)?.createdAt : undefined
  const sleeps = computed >= 0 && computed < SLEEPS_BELOW
  const isStillStuck = native.runnerCondition(id)[0] === Condition.Stuck
  const { stack, runsMicrotasks } = isStillStuck && !sleeps ? lookAtStuck(worker.threadId) : {}
  return {
    runner: native.runnerName(id),
    task: isSure ? heldBy[0]! : '',
    heldBy,
    stuckFor,
    state: sleeps
      ? 'parked'
      : runsMicrotasks
        ? 'microtasks'
        : computed < 0 && stack === undefined
          ? 'unknown'
          : 'spinning',
    ...(stack !== undefined && { stack }),
    ...(createdAt !== undefined && { createdAt }),
  }
}
