// A function over many items, by the tasks of a pool: the awaiting door, and the blocking one.
//
// Promises that no more than `concurrency` items are begun and not yet handed on, so that a slow consumer slows the
// tasks; that the first error ends it; and that it is left only when its tasks have cleaned up, or have had `exitTimeout`
// milliseconds to do so. Every error of its tasks counts as seen.

import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { createTask } from '../create-task.js'
import { CancelledError, EventLoopTimeoutError, RunnerClosedError } from '../errors.js'
import { Event } from '../event.js'
import { native } from '../native/native.js'
import { atCaller } from '../stack.js'
import type { BackgroundTask } from '../task.js'
import { taskModule } from '../task-module.js'
import { TimeoutTimer } from '../timeout.js'
import { blocks } from '../wait/doors.js'
import { holdersOf, runnerOf, type Awaitable } from '../wait/outcome.js'
import type { RunnerHandle } from '../wait/runner-handle.js'
import { Flights } from './flights.js'

/** What a map is made of, checked. */
export interface Mapping {
  readonly create: (item: unknown) => BackgroundTask<unknown>
  readonly concurrency: number
  readonly ordered: boolean
  /** Milliseconds that a step which blocks may take. */
  readonly timeout: number
  /** Milliseconds that tasks which are cancelled have for their cleanup. */
  readonly exitTimeout: number
  /** The name of the pool. */
  readonly pool: string
}

type Source = Iterator<unknown> | AsyncIterator<unknown>

/** Resolves with one result after the other. */
export async function* mapAwaiting(source: Source, mapping: Mapping): AsyncGenerator<unknown, void> {
  const flights = new Flights(mapping.create, mapping.concurrency, mapping.ordered)
  const feed = new Feed(source, flights)
  let hasFailed = false
  try {
    for (;;) {
      feed.pull()
      const outcome = flights.take()
      if (outcome === undefined) {
        if (flights.isEmpty && !feed.isPulling) return
        await feed.change()
      } else if ('error' in outcome) {
        throw outcome.error
      } else {
        feed.pull() // The next is under way while the consumer looks at this one.
        yield outcome.value
      }
    }
  } catch (error) {
    hasFailed = true
    throw error
  } finally {
    const { exitTimeout } = mapping
    await Promise.all(flights.cancel().map(task => task.result({ timeout: exitTimeout }).then(noMatter, noMatter)))
    await feed.end(hasFailed)
  }
}

function noMatter(): void {}

/** Takes items from a source, one at a time, and begins with each; tells when something has come of it. */
class Feed {
  readonly #source: Source
  readonly #flights: Flights
  #isOpen = true
  #changed: (() => void) | undefined
  #hasChanged = false
  isPulling = false

  constructor(source: Source, flights: Flights) {
    this.#source = source
    this.#flights = flights
  }

  /** Takes as many items as there is room for, in the background. */
  pull(): void {
    if (!this.isPulling && this.#isOpen && this.#flights.hasRoom) void this.#pull()
  }

  async #pull(): Promise<void> {
    this.isPulling = true
    try {
      while (this.#isOpen && this.#flights.hasRoom) {
        const { done, value } = await this.#source.next()
        if (!this.#isOpen) return
        if (done === true) {
          this.#isOpen = false
          this.#flights.exhausted()
        } else this.#begin(await value)
      }
    } catch (error) {
      if (this.#isOpen) this.#flights.sourceFailed(error)
      this.#isOpen = false
    } finally {
      this.isPulling = false
      this.#tell()
    }
  }

  #begin(item: unknown): void {
    const flight = this.#flights.begin(item)
    const end = (outcome: { value: unknown } | { error: unknown }): void => {
      this.#flights.ended(flight, outcome)
      this.#tell()
    }
    flight.task?.result().then(
      value => end({ value }),
      (error: unknown) => end({ error }),
    )
  }

  #tell(): void {
    this.#hasChanged = true
    this.#changed?.()
  }

  /** Resolves when something has changed since it did so last. */
  async change(): Promise<void> {
    if (!this.#hasChanged) await new Promise<void>(resolve => (this.#changed = resolve))
    this.#hasChanged = false
  }

  /** Lets the source clean up. One that is being asked for an item answers when it likes: that is not waited for. */
  async end(isSilent: boolean): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    const ended = (async () => await this.#source.return?.())()
    if (isSilent || this.isPulling) ended.catch(noMatter)
    if (!this.isPulling) await (isSilent ? ended.catch(noMatter) : ended)
  }
}

/** What is done on the loops; the bundler makes the file. */
const half = taskModule<typeof import('./loop.js')>(pathToFileURL(join(__dirname, 'pool.js')))

/** A loop that dies takes the bell's ringer with it: after so many milliseconds the tasks themselves are looked at. */
const PATIENCE = 50

/** Blocks for one result after the other. */
export function* mapBlocking(source: Iterator<unknown>, mapping: Mapping): Generator<unknown, void> {
  const flights = new Flights(mapping.create, mapping.concurrency, mapping.ordered)
  const bell = new Event()
  const target = tasksOf(mapping.pool)
  let isOpen = true
  let hasFailed = false
  let limit = new TimeoutTimer(mapping.timeout)
  let isOver = false
  const pull = (): void => {
    while (isOpen && flights.hasRoom) {
      let next: IteratorResult<unknown>
      try {
        next = source.next()
      } catch (error) {
        isOpen = false
        flights.sourceFailed(error)
        return
      }
      if (next.done === true) {
        isOpen = false
        flights.exhausted()
      } else {
        const { task } = flights.begin(next.value)
        if (task !== undefined) ringFor(task, bell)
      }
    }
  }
  try {
    for (;;) {
      pull()
      const outcome = flights.take()
      if (outcome === undefined) {
        if (flights.isEmpty) return
        if (isOver) throw timedOut(mapping, flights)
        const { remaining } = limit
        isOver = remaining === 0 // It has had its look then.
        awaitBell(bell, Math.min(PATIENCE, remaining), target)
        lookAt(flights)
      } else if ('error' in outcome) {
        throw outcome.error
      } else {
        pull()
        yield outcome.value
        limit = new TimeoutTimer(mapping.timeout)
        isOver = false
      }
    }
  } catch (error) {
    hasFailed = true
    throw error
  } finally {
    const left = flights.cancel()
    const timer = new TimeoutTimer(mapping.exitTimeout)
    for (const task of left) outcomeOf(task, timer.remaining)
    if (isOpen) endSource(source, hasFailed)
  }
}

function timedOut({ timeout, pool }: Mapping, { running }: Flights): EventLoopTimeoutError {
  const tasks = running.flatMap(({ task, outcome }) => (task === undefined || outcome !== undefined ? [] : [task]))
  const why = tasks.length === 1 ? '1 task has not ended' : `${tasks.length} tasks have not ended`
  const text = `mapWait on pool '${pool}' timed out after ${timeout} ms: ${why}.${allHeldBy(tasks)}`
  return atCaller(new EventLoopTimeoutError(text))
}

/** Of so many loops is told what holds them, at most. */
const MOST_LOOPS = 4

/** Sentences that name what holds the loops of these tasks, of those that are known to be held. */
function allHeldBy(tasks: readonly BackgroundTask<unknown>[]): string {
  const runners = new Set(tasks.map(task => runnerOf(task)))
  const sentences = [...runners].map(runner => (runner ? holdersOf(runner, `The loop of runner '${runner.name}'`) : ''))
  const known = sentences.filter(sentence => sentence !== '')
  const more = known.length - MOST_LOOPS
  const rest = more > 0 ? ` So it is with ${more} more ${more === 1 ? 'loop' : 'loops'}.` : ''
  return known.slice(0, MOST_LOOPS).join('') + rest
}

/** As `for … of`: what the end of the source throws is not told in the place of an error before. */
function endSource(source: Iterator<unknown>, isSilent: boolean): void {
  try {
    source.return?.()
  } catch (error) {
    if (!isSilent) throw error
  }
}

function ringFor(task: BackgroundTask<unknown>, bell: Event): void {
  const runner = runnerOf(task)
  try {
    if (runner !== undefined) createTask(runner as RunnerHandle, half.ringAtEnd, [task, bell], { name: 'ringAtEnd' })
  } catch {
    bell.set() // The runner has ended: so has the task, or it will be seen to.
  }
}

/** What the bell stands for in messages. That its time is over is no error: the tasks are looked at. */
function tasksOf(pool: string): Awaitable {
  const what = () => `tasks of pool '${pool}'`
  return {
    what,
    failures: () => ({
      what,
      timedOut: () => undefined,
      ended: verb => new RunnerClosedError(`${verb} on pool '${pool}' has ended.`),
      cancelled: verb => new CancelledError(`${verb} on pool '${pool}' was cancelled.`),
    }),
  }
}

/** Blocks until something has changed, or the time is over. */
function awaitBell(bell: Event, timeout: number, target: Awaitable): void {
  blocks(bell, 'mapWait', { timeout }, (id, door, timeout) => native.eventWait(id, door, timeout), undefined, target)
  bell.clear()
}

function lookAt(flights: Flights): void {
  for (const flight of [...flights.running]) {
    if (flight.outcome === undefined && flight.task?.done() === true) flights.ended(flight, outcomeOf(flight.task, 0))
  }
}

function outcomeOf(task: BackgroundTask<unknown>, timeout: number): { value: unknown } | { error: unknown } {
  try {
    return { value: task.wait({ timeout }) }
  } catch (error) {
    return { error }
  }
}
