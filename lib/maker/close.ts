// The end of a runner: in order if it can be, by force if it must.
//
// Promises that after it no wait that depends on the runner goes on, whatever its loop was doing, and that, in a process that
// does not stand still, it takes no longer than the time for the orderly end and, where that fails, as long again (500 ms at
// least) for the force.

import { joined, mapped } from '../methods.js'
import type { Worker } from 'node:worker_threads'
import { RunnerClosedError } from '../errors.js'
import { waitChannel } from '../native/channels.js'
import { native, runnerState } from '../native/native.js'
import { Door, Phase } from '../native/protocol.js'
import { afterBlocking, awaiting, beginsToBlock } from '../wait/doors.js'
import type { Awaitable, Failures } from '../wait/outcome.js'
import { say } from '../wait/stderr.js'
import { stuckStack } from './stuck-stack.js'
import { forget, makerOf, terminate } from './thread.js'

/** How long a loop that is still starting may take, in milliseconds, before its `exitTimeout` begins all the same. */
const BOOT_PATIENCE = 10_000

/** The least time force is given: ending a thread takes Node some milliseconds. */
const LEAST_FORCE = 500

/** In so many parts each time of a close passes; none is shorter than this. */
const PARTS = 8
const LEAST_PART = 25

/** One wait of a close. The door that waits answers whether it ended in time. */
interface Step {
  readonly begin: (id: number, door: Door, timeout: number) => unknown
  /** Milliseconds. */
  readonly timeout: number
}

/** What a close does, in order. Each door waits in its own way where a step says so. */
function* closing(id: number, name: string): Generator<Step, void, boolean> {
  native.runnerClose(id)
  yield { begin: native.runnerUp, timeout: BOOT_PATIENCE }
  const exitTimeout = runnerState(id).exitTimeout
  if (!(yield { begin: native.runnerEnded, timeout: exitTimeout })) {
    force(id, name)
    const isGone = yield { begin: native.runnerEnded, timeout: Math.max(exitTimeout, LEAST_FORCE) }
    if (!isGone) native.runnerGiveUp(id)
  }
  forget(id)
}

/** Blocks until the runner has ended. */
export function closeBlocking(id: number, name: string): void {
  const steps = closing(id, name)
  for (let step = steps.next(); !step.done;) {
    const { begin, timeout } = step.value
    const parts = new Parts(name, timeout)
    let result: unknown
    do {
      const part = parts.next()
      beginsToBlock()
      result = afterBlocking(begin(id, Door.Block, part), parts, 'close', part, closeBlocking)
    } while (parts.goesOn)
    step = steps.next(result !== LATE)
  }
}

/** Resolves when the runner has ended. */
export async function closeAsync(id: number, name: string): Promise<void> {
  const steps = closing(id, name)
  for (let step = steps.next(); !step.done;) {
    const { begin, timeout } = step.value
    const parts = new Parts(name, timeout)
    let result: unknown
    do {
      const options = { __proto__: null, timeout: parts.next() }
      result = await awaiting(ms => begin(id, Door.Await, ms), parts, 'closeAsync', options)
    } while (parts.goesOn)
    step = steps.next(result !== LATE)
  }
}

/** What a step's wait returns when its time is over: for a close that is no error. */
const LATE = Symbol('late')

/**
 * The time of a step, which passes in parts. A process that has stood still, by Ctrl-Z or with its machine, has not given its
 * loop that time: it costs one part, and the loop has the others.
 */
class Parts implements Awaitable {
  /** When the first began; known only where somebody is told of waits. */
  since: number | undefined
  /** Whether another one comes. */
  goesOn = false
  readonly #name: string
  readonly #longest: number
  #left: number

  constructor(name: string, timeout: number) {
    this.#name = name
    this.#longest = timeout > PARTS * LEAST_PART ? timeout / PARTS : LEAST_PART
    this.#left = timeout
  }

  /** How long the next one is, in milliseconds. */
  next(): number {
    if (waitChannel.hasSubscribers) this.since ??= performance.now()
    const part = this.#left < this.#longest ? this.#left : this.#longest
    this.#left -= part
    this.goesOn = false
    return part
  }

  failures(): Failures {
    const closed = () => new RunnerClosedError(`Runner '${this.#name}' is closed.`)
    return { timedOut: () => undefined, ended: closed, cancelled: closed }
  }

  end(): unknown {
    this.goesOn = this.#left >= 1
    return LATE
  }
}

function force(id: number, name: string): void {
  if (runnerState(id).phase === Phase.Ended) return // It has died, and is about to have told all who wait.
  const maker = makerOf(id)
  if (maker !== undefined && maker.options.logForcedShutdownStackTrace !== false) logStuck(id, name, maker.worker)
  if (native.runnerForce(id)) terminate(id)
}

/** Says on stderr where the loop was. Straight to the descriptor: this thread may not come back to its own loop soon. */
function logStuck(id: number, name: string, worker: Worker): void {
  const tasks = native.runnerHolders(id)
  const where =
    tasks.length === 0
      ? 'outside of any task'
      : `in task ${joined(
          mapped(tasks, task => `'${task}'`),
          ' or ',
        )}`
  const stack =
    stuckStack(worker.threadId) ??
    '    (its stack cannot be taken: native code holds it, or this is not the main thread)'
  const text = `runner '${name}' did not end in time and is stopped by force, ${where}:\n${stack}`
  say(text)
}
