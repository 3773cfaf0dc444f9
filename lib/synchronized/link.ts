// The loop of one synchronized module, as the calling thread sees it.
//
// Promises that a call which runs out of time is cancelled; that with `restart` a loop which has died, or has not come
// back within `exitTimeout` after that, is replaced before the next call, and leaves the errors that nobody has seen to the
// new one; and that an object of a loop that was replaced is never mistaken for one of the new. What the calling thread
// has let go of is told with the next call.

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isOne } from '../brands.js'
import { createErrand, createTask } from '../create-task.js'
import { EventLoopTimeoutError, InterruptedError, RunnerDiedError, UncloneableError } from '../errors.js'
import { closeBlocking } from '../maker/close.js'
import { contains, endsWith, sliced, startsWith } from '../methods.js'
import { Handle } from '../native/handle.js'
import { native } from '../native/native.js'
import { AsyncRunner, type RunnerOptions } from '../runner.js'
import { waitOrCancel, type BackgroundTask } from '../task.js'
import { taskModule } from '../task-module.js'
import { insteadOfModule } from '../wait/loop.js'
import { assertElsewhere } from '../wait/runner-handle.js'
import type { References, Released, Reply, Shape, Target, Verb } from './protocol.js'

/** What is done on the loop; the bundler makes the file. */
const half = taskModule<typeof import('./loop.js')>(pathToFileURL(join(__dirname, 'synchronized.js')))

/** What a link is made with, checked. */
export interface LinkOptions {
  readonly specifier: string
  /** The file that asks for the module. */
  readonly base: string
  readonly timeout: number | undefined
  readonly restart: boolean
  readonly runner: RunnerOptions
}

/** What was let go of and not told yet. */
export interface ReleasedList {
  /** Undefined where there is nothing. */
  take(): Released | undefined
  putBack(released: Released): void
}

/** One call, as the loop is asked. */
export interface Call {
  readonly target: Target
  readonly verb: Verb
  readonly args: readonly unknown[]
  readonly references: References | undefined
  /** In errors. */
  readonly name: string
}

export class Link {
  readonly #options: LinkOptions
  #runner: AsyncRunner
  /** Counts the loops: an object belongs to one of them. */
  generation = 0
  #loading: BackgroundTask<Shape> | undefined
  #shape: Shape | undefined
  /** After a call that ran out of time: done as soon as the loop comes round. */
  #sign: { readonly of: BackgroundTask<unknown>; readonly deadline: number } | undefined
  #isClosed = false
  readonly #released: ReleasedList

  constructor(options: LinkOptions, released: ReleasedList) {
    this.#options = options
    this.#released = released
    this.#runner = new AsyncRunner(options.runner)
    this.#loading = this.#load()
  }

  #load(): BackgroundTask<Shape> {
    const { specifier, base } = this.#options
    const name = `import ${specifier}`
    return createTask(this.#runner, half.load, [specifier, base], { name }) as BackgroundTask<Shape>
  }

  /** Blocks until the module is imported, and returns what it exports. `above`: the function the user called. */
  shape(above: Function): Shape {
    this.#renew()
    if (this.#shape !== undefined) return this.#shape
    assertElsewhere(this.#runner, 'synchronized', insteadOfModule)
    const loading = (this.#loading ??= this.#load())
    const { timeout } = this.#options
    try {
      return (this.#shape = waitOrCancel(loading, timeout, 'wait', above) as Shape)
    } catch (error) {
      this.#loading = undefined // The next call tries again.
      this.#watch(error)
      throw error
    }
  }

  /** Blocks until the loop, which has its module by now, has done what it is asked, and returns its answer. */
  call(generation: number, { target, verb, args, references, name }: Call, above: Function): Reply {
    if (target.id !== 0 && generation !== this.generation) {
      throw new RunnerDiedError(`'${name}' belongs to a loop that has ended and was replaced.`)
    }
    assertElsewhere(this.#runner, name, insteadOfModule)
    try {
      const task = this.#ask(args, target, verb, references, name)
      return waitOrCancel(task, this.#options.timeout, 'wait', above) as Reply
    } catch (error) {
      this.#watch(error)
      throw isOne(error, UncloneableError) ? inWordsOfCall(error, name, above) : error
    }
  }

  /** Creates the task of a call. What was let go of goes with it, or else stays to be told. */
  #ask(
    args: readonly unknown[],
    { id, path }: Target,
    verb: Verb,
    references: References | undefined,
    name: string,
  ): BackgroundTask<unknown> {
    const released = this.#released.take()
    try {
      return createTask(this.#runner, half.perform, [args, id, path, verb, references, released], { name })
    } catch (error) {
      if (released !== undefined) this.#released.putBack(released)
      throw error
    }
  }

  /** Tells the loop what was let go of, if it runs. */
  release(): void {
    if (this.#shape === undefined || !this.#runner.isRunning) return
    try {
      this.#ask([], { id: 0, path: [] }, 'shape', undefined, 'release')
    } catch {
      // It has ended, and with it all it held.
    }
  }

  get exitTimeout(): number {
    return this.#runner.exitTimeout
  }

  close(): void {
    this.#isClosed = true
    this.#runner.close()
  }

  /** Puts a new loop in the place of one that has died or does not come back. */
  #renew(): void {
    if (!this.#options.restart || this.#isClosed) return
    if (this.#runner.isRunning && !this.#isStuck()) return
    assertElsewhere(this.#runner, 'synchronized', insteadOfModule)
    const old = this.#runner
    const runner = new AsyncRunner(this.#options.runner)
    this.#runner = runner
    this.generation++
    this.#sign = this.#shape = undefined
    this.#loading = this.#load()
    this.#released.take() // They were of the old loop.
    // A stuck loop has had its time. One that has died needs no force, only a moment until its end has been told.
    if (old.isRunning) old.exitTimeout = 0
    try {
      closeBlocking(Handle.idOf(old), old.name)
    } finally {
      native.runnerInherit(Handle.idOf(runner), Handle.idOf(old))
    }
  }

  /** After a call that ran out of time: leaves the loop what is left of `exitTimeout` to come round. */
  #isStuck(): boolean {
    const sign = this.#sign
    if (sign === undefined || sign.of.done()) return false
    try {
      sign.of.wait({ timeout: Math.max(0, sign.deadline - performance.now()) })
    } catch (error) {
      if (isOne(error, InterruptedError)) throw error
      return isOne(error, EventLoopTimeoutError) || !this.#runner.isRunning
    }
    this.#sign = undefined
    return false
  }

  #watch(error: unknown): void {
    if (!this.#options.restart || !isOne(error, EventLoopTimeoutError) || !this.#runner.isRunning) return
    if (this.#sign?.of.done() === false) return // It is waited for already.
    this.#sign = { of: createErrand(this.#runner), deadline: performance.now() + this.#runner.exitTimeout }
  }
}

/** The arguments of the call are the first argument of the task: says of an argument where the user has it. */
function inWordsOfCall(error: UncloneableError, name: string, above: Function): UncloneableError {
  const inside = 'args[0]'
  if (!startsWith(error.path, inside)) return error
  const path = `args${sliced(error.path, inside.length)}`
  const reason = sliced(error.message, error.message.indexOf(error.path) + error.path.length)
  const hint = contains(reason, 'function') ? ' A callback cannot run there; call what returns a promise.' : ''
  const text = `${name}: ${path}${reason}${endsWith(reason, '.') ? '' : '.'}${hint}`
  const refused = new UncloneableError(path, text, error.cause === undefined ? undefined : { cause: error.cause })
  Error.captureStackTrace(refused, above)
  return refused
}
