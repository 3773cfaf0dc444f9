// Where a new runner gets its thread: one that was started ahead, or a new one.
//
// Promises that a thread started ahead goes unnoticed: it keeps no process alive, ends with the thread that started it,
// and is passed over if it has died. The caller never waits for more than the thread it needs: the next one is started
// when the caller's loop turns, or when the caller has blocked for a while.

import { filtered, part } from '../methods.js'
import { checkCount } from '../arguments.js'
import { control, native, runnerState } from '../native/native.js'
import { prepareToDescribe } from '../functions/errand.js'
import { look } from './let-go.js'
import { Word } from '../native/protocol.js'
import { threadWide } from '../native/thread-wide.js'
import { takesAnyThread, type RunnerOptions } from './options.js'
import { employ, makerOf, onWatch, startThread, terminate } from './thread.js'

const MOST_THREADS = 1000

/** A thread that blocks is left alone for so many milliseconds: it may wait for the runner it has just made. */
const PATIENCE = 10

interface Ready {
  /** How many threads are to be ready. */
  wanted: number
  /** Runners that no program has yet, whose threads are up or starting; the oldest first. */
  idle: number[]
  /** Since when the threads are to be made up to that number; undefined while nothing is to be done. */
  refillDue: number | undefined
}

const ready = threadWide('ready', (): Ready => ({ wanted: 0, idle: [], refillDue: undefined }))

const later = setTimeout

/** Makes a runner, and returns its handle. */
export function startRunner(options: RunnerOptions): number {
  look() // Those that nobody holds any more make room.
  const runner = employ((takesAnyThread(options) ? takeIdle() : undefined) ?? startThread(options), options)
  prepareToDescribe() // While a thread starts, this one has nothing better to do.
  return runner
}

/** Keeps so many threads ready from now on, or as many as before if `undefined`; returns how many are up. */
export function prewarm(count: number | undefined): number {
  if (count !== undefined) keepReady(checkCount(count, 'n', 0, MOST_THREADS))
  return filtered(ready.idle, id => isAlive(id) && runnerState(id).isUp).length
}

function keepReady(count: number): void {
  ready.wanted = count
  if (count > 0) prepareToDescribe()
  fill()
  for (let i = count; i < ready.idle.length; i++) {
    native.runnerForce(ready.idle[i]!)
    terminate(ready.idle[i]!)
  }
  ready.idle = part(ready.idle, 0, count)
}

function fill(): void {
  ready.idle = filtered(ready.idle, isAlive)
  while (ready.idle.length < ready.wanted) ready.idle[ready.idle.length] = startThread({}, true)
}

function takeIdle(): number | undefined {
  if (ready.wanted === 0) return undefined
  ready.idle = filtered(ready.idle, isAlive)
  const id = ready.idle[0]
  ready.idle = part(ready.idle, 1, ready.idle.length)
  refillSoon()
  return id
}

function isAlive(id: number): boolean {
  return makerOf(id) !== undefined && runnerState(id).isRunning
}

function refillSoon(): void {
  if (ready.refillDue !== undefined) return
  ready.refillDue = performance.now()
  control[Word.Watching]!++ // A thread that only blocks looks up, too, and finds that it is due.
  later(refill, 1).unref()
}

function refill(): void {
  if (ready.refillDue === undefined) return
  ready.refillDue = undefined
  control[Word.Watching]!--
  try {
    fill()
  } catch {
    // No thread can be started. If that lasts, the next runner's constructor throws the error.
  }
}

onWatch(() => {
  if (ready.refillDue !== undefined && performance.now() - ready.refillDue > PATIENCE) refill()
})
