// The loops, queues and threads of a process at one moment, as plain data.
//
// Promises to ask no loop for anything, so that it tells of those that do not come round as well.

import type { Native } from '../native/native.js'
import { Condition } from '../native/protocol.js'

export interface LoopRow {
  name: string
  state: string
  /** Tasks that run, and tasks that wait for their start. */
  running: number
  queued: number
  waiters: number
  backlog: number
  /** In milliseconds. */
  lag: number
  bytes: number
  /** What holds the loop, or what it blocks for; '' for nothing. */
  busyWith: string
}

export interface QueueRow {
  name: string
  loop: string
  size: number
  /** 0 for no limit. */
  maxsize: number
  getters: number
  putters: number
}

export interface ThreadRow {
  name: string
  blockedBy: string
}

export interface Snapshot {
  pid: number
  loops: LoopRow[]
  queues: QueueRow[]
  /** Threads that are no loops, where they block. */
  threads: ThreadRow[]
}

const states = ['starting', 'running', 'blocked', 'stuck', 'ended']

/** Looks at all of this process. */
export function snapshot(native: Native): Snapshot {
  const loops = native.overviewLoops().map(loopRow)
  const names = new Set(loops.map(({ name }) => name))
  const threads = native.overviewThreads().map(([name, blockedBy]) => ({ name, blockedBy }))
  return {
    pid: process.pid,
    loops,
    queues: native.overviewQueues().map(queueRow),
    threads: threads.filter(({ name, blockedBy }) => blockedBy !== '' && !names.has(name)),
  }
}

function loopRow(facts: (string | number)[]): LoopRow {
  const [name, condition, queued, running, waiters, bytes, backlog, lag, stuckFor, blockedBy, heldBy] = facts as [
    string,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    string,
    string,
  ]
  const isBlocked = condition === Condition.Blocked
  const busyWith = isBlocked ? `waits for ${blockedBy}` : heldBy
  const state = states[condition]!
  return { name, state, running, queued, waiters, backlog, lag: Math.max(lag, stuckFor), bytes, busyWith }
}

function queueRow(facts: (string | number)[]): QueueRow {
  const [name, loop, size, maxsize, getters, putters] = facts as [string, string, number, number, number, number]
  return { name, loop, size, maxsize, getters, putters }
}
