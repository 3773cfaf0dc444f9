// Every error the package throws, the codes callers switch on, and how a runner ended.
//
// Promises: each class is an Error whose `name` is its class and whose `code`, which printing shows, never changes; text
// may change at any release. Each class is registered here to cross threads as the very class; `registerError` does the
// same for a class of yours.

import { joined, mapped, part } from './methods.js'
import { invalidArgType, invalidArgValue, shown } from './arguments.js'
import { isError, isUnderError } from './brands.js'

/** A class of errors, whatever its constructor takes. */
export type ErrorClass = abstract new (...args: never[]) => Error

const classesByName = new Map<string, ErrorClass>()
const namesByPrototype = new WeakMap<object, string>()

/** Gives a class of ours its fixed `name`, and lets it cross. */
function define(errorClass: ErrorClass): void {
  Object.defineProperty(errorClass.prototype, 'name', { value: errorClass.name, writable: true, configurable: true })
  register(errorClass)
}

function register(errorClass: ErrorClass): void {
  classesByName.set(errorClass.name, errorClass)
  namesByPrototype.set(errorClass.prototype, errorClass.name)
}

/**
 * Returns nothing: from here on, errors of this class arrive on this thread as this very class, and leave it
 * under its name. Call it on both sides; where only one side knows the class, its built-in ancestor arrives.
 *
 * The constructor does not run on arrival: own fields are copied, `#private` ones are not.
 *
 * @throws TypeError `ERR_INVALID_ARG_TYPE` when it is no subclass of Error, `ERR_INVALID_ARG_VALUE` when it has
 *   no name or another class has taken it. Nothing is registered then. To register the same class
 *   again does nothing.
 *
 * @example
 * class ParseError extends Error {
 *   line = 0
 * }
 * registerError(ParseError) // in the module that both threads import
 */
export function registerError(errorClass: ErrorClass): void {
  if (typeof errorClass !== 'function' || !isUnderError(errorClass.prototype)) {
    throw invalidArgType('errorClass', 'a subclass of Error', errorClass, registerError)
  }
  const { name } = errorClass
  if (typeof name !== 'string' || name === '') {
    throw invalidArgValue('errorClass', 'must have a name', name, registerError)
  }
  const holder = classesByName.get(name)
  if (holder === errorClass) return
  if (holder !== undefined) {
    throw invalidArgValue('errorClass', 'must not have the name of another registered class', name, registerError)
  }
  register(errorClass)
}

/** @internal The class registered under a name on this thread. */
export function registeredClass(name: string): ErrorClass | undefined {
  return classesByName.get(name)
}

/** @internal The name under which the class with this very prototype is registered on this thread. */
export function registeredName(prototype: object): string | undefined {
  return namesByPrototype.get(prototype)
}

/**
 * A timeout passed. The wait had no effect: nothing was taken or inserted, and no waiter is left.
 *
 * @example
 * try {
 *   queue.getWait({ timeout: 100 })
 * } catch (error) {
 *   if (!(error instanceof EventLoopTimeoutError)) throw error
 *   console.log('nothing came within 100 ms')
 * }
 */
export class EventLoopTimeoutError extends Error {
  readonly code = 'ERR_EVENT_LOOP_TIMEOUT' as const

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options)
  }
}

/**
 * The task or future was cancelled, or the runner closed under the task. Its `finally` blocks have run.
 *
 * @example
 * try {
 *   task.wait()
 * } catch (error) {
 *   if (!(error instanceof CancelledError)) throw error
 *   console.log('the task was cancelled')
 * }
 */
export class CancelledError extends Error {
  readonly code = 'ERR_CANCELLED' as const

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options)
  }
}

const origins = new WeakMap<Error, number>()

/**
 * @internal A CancelledError that says who was cancelled: `origin` is the number of the task or future, 0 where that is
 * not known. The number goes with the error wherever it crosses to. A CancelledError that a user makes has none.
 */
export function cancellationOf(origin: number, message: string, options?: ErrorOptions): CancelledError {
  const error = new CancelledError(message, options)
  origins.set(error, origin)
  return error
}

/** @internal Who was cancelled, where that is known of this error. */
export function originOf(error: Error): number | undefined {
  return origins.get(error)
}

/** @internal Says again of an error that has crossed who was cancelled. */
export function keepOrigin(error: Error, origin: number): void {
  origins.set(error, origin)
}

/** What `ExceptionGroup.exceptionDetails` lists. */
export interface ExceptionDetails {
  exception: unknown
  traceback: string
}

/**
 * The errors of tasks that were never retrieved, thrown as one when their runner has closed. The runner is closed all
 * the same; `cause` is the error of the body that used it, if that failed too.
 *
 * @example
 * try {
 *   runner.close()
 * } catch (error) {
 *   if (!(error instanceof ExceptionGroup)) throw error
 *   for (const { exception, traceback } of error.exceptionDetails) console.error(exception, traceback)
 * }
 */
export class ExceptionGroup extends AggregateError {
  readonly code = 'ERR_EXCEPTION_GROUP' as const

  constructor(errors: Iterable<unknown>, message?: string, options?: ErrorOptions) {
    const list = Array.isArray(errors) ? part(errors, 0, errors.length) : [...errors]
    super(new Set(), (message ?? 'Tasks have failed.') + joined(mapped(list, summaryOf), ''), options)
    // Not by way of the constructor above, which iterates the list.
    const own = { __proto__: null, value: list, writable: true, configurable: true }
    Object.defineProperty(this, 'errors', own as PropertyDescriptor)
  }

  /** Returns the errors, as `errors` does; Python's name. */
  get exceptions(): unknown[] {
    return this.errors
  }

  /** Returns each error's stack, in the order of `exceptions`. */
  get tracebacks(): string[] {
    return mapped(this.exceptions, tracebackOf)
  }

  /** Returns each error together with its stack. */
  get exceptionDetails(): ExceptionDetails[] {
    return mapped(this.exceptions, exception => ({ exception, traceback: tracebackOf(exception) }))
  }
}

/**
 * @internal A group with a sentence about each of its errors, which the error itself ends. `above`: the function the user
 * called.
 */
export function groupOf(
  errors: readonly unknown[],
  headline: string,
  sentences: readonly string[],
  above: Function,
): ExceptionGroup {
  const group = new ExceptionGroup(errors)
  const lines = mapped(errors, (error, index) => `\n  ${index + 1}. ${sentences[index]}: ${shownError(error)}`)
  const message = { __proto__: null, value: headline + joined(lines, ''), writable: true, configurable: true }
  Object.defineProperty(group, 'message', message as PropertyDescriptor)
  Error.captureStackTrace(group, above)
  return group
}

function summaryOf(exception: unknown, index: number): string {
  return `\n  ${index + 1}. ${shownError(exception)}`
}

function shownError(exception: unknown): string {
  return isError(exception) ? `${exception.name}: ${exception.message}` : shown(exception)
}

function tracebackOf(exception: unknown): string {
  return (isError(exception) && exception.stack) || shown(exception)
}

/**
 * Use after close, or a wait that a close has ended. Nothing was started, taken or inserted.
 *
 * @example
 * runner.close()
 * try {
 *   runner.run(() => 1)
 * } catch (error) {
 *   console.log(error instanceof RunnerClosedError)
 * }
 */
export class RunnerClosedError extends Error {
  readonly code = 'ERR_RUNNER_CLOSED' as const

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options)
  }
}

/**
 * The loop's thread ended by itself. Tasks and primitives of its runner are gone; others are untouched.
 *
 * @example
 * try {
 *   runner.run(() => process.exit(3))
 * } catch (error) {
 *   if (error instanceof RunnerDiedError) console.log(error.exitCode)
 * }
 */
export class RunnerDiedError extends Error {
  readonly code = 'ERR_RUNNER_DIED' as const
  /** The thread's exit code, where it could still be reported. */
  declare readonly exitCode?: number

  constructor(message?: string, { exitCode, ...options }: ErrorOptions & { exitCode?: number } = {}) {
    super(message, options)
    if (exitCode !== undefined) this.exitCode = exitCode
  }
}

/**
 * A task of a runner that was made with `failFast` has failed, and nobody had asked for its error: that has ended this wait
 * for something of the runner, without an effect. `cause` is the task's error, which counts as retrieved now.
 *
 * @example
 * const runner = new AsyncRunner({ failFast: true })
 * const queue = new Queue<number>(runner)
 * runner.createTask(crawl, [queue])
 * try {
 *   queue.getWait()
 * } catch (error) {
 *   if (error instanceof TaskFailedError) console.log(error.task, error.cause)
 * }
 */
export class TaskFailedError extends Error {
  readonly code = 'ERR_TASK_FAILED' as const
  /** The name of the task. */
  readonly task: string

  constructor(task: string, message?: string, options?: ErrorOptions) {
    super(message ?? `Task '${task}' has failed.`, options)
    this.task = task
  }
}

/**
 * How a task ends when its thread had to be ended by force. Its `finally` blocks have not run.
 *
 * @example
 * const stuck = runner.createTask(() => {
 *   for (;;);
 * })
 * runner.close() // ends the thread by force, after `exitTimeout`
 * try {
 *   stuck.wait()
 * } catch (error) {
 *   console.log(error instanceof ForcedThreadShutdown)
 * }
 */
export class ForcedThreadShutdown extends Error {
  readonly code = 'ERR_FORCED_SHUTDOWN' as const

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options)
  }
}

/**
 * A loop would block for itself, or threads for each other in a circle. Thrown before any side effect.
 *
 * @example
 * runner.run(queue => {
 *   try {
 *     queue.getWait()
 *   } catch (error) {
 *     console.log(error instanceof WouldDeadlockError) // `await queue.get()` is for tasks
 *   }
 * }, [queue])
 */
export class WouldDeadlockError extends Error {
  readonly code = 'ERR_WOULD_DEADLOCK' as const

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options)
  }
}

/**
 * Ctrl-C or the end of the process ended a blocking call. The wait had no effect; what it awaited is cancelled.
 *
 * @example
 * process.on('SIGINT', () => {})
 * try {
 *   task.wait()
 * } catch (error) {
 *   if (error instanceof InterruptedError) process.exitCode = 130
 * }
 */
export class InterruptedError extends Error {
  readonly code = 'ERR_INTERRUPTED' as const

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options)
  }
}

/**
 * `getNowait` found nothing. The queue is as it was.
 *
 * @example
 * try {
 *   queue.getNowait()
 * } catch (error) {
 *   if (!(error instanceof QueueEmpty)) throw error
 *   console.log('there is nothing yet')
 * }
 */
export class QueueEmpty extends Error {
  readonly code = 'ERR_QUEUE_EMPTY' as const

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options)
  }
}

/**
 * `putNowait` found no room. The queue is as it was, and the item is still the caller's.
 *
 * @example
 * try {
 *   queue.putNowait('a line')
 * } catch (error) {
 *   if (!(error instanceof QueueFull)) throw error
 *   console.log('there is no room')
 * }
 */
export class QueueFull extends Error {
  readonly code = 'ERR_QUEUE_FULL' as const

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options)
  }
}

/**
 * The queue takes no more, or is drained and will get no more. An item to be put is still the caller's.
 *
 * @example
 * queue.shutdown()
 * try {
 *   queue.putWait('too late')
 * } catch (error) {
 *   console.log(error instanceof QueueShutDown)
 * }
 */
export class QueueShutDown extends Error {
  readonly code = 'ERR_QUEUE_SHUT_DOWN' as const

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options)
  }
}

/**
 * A future settled twice (the first outcome stays), or a surplus `taskDone` (the count stays).
 *
 * @example
 * const future = new Future<number>()
 * future.setResult(1)
 * try {
 *   future.setResult(2)
 * } catch (error) {
 *   console.log(error instanceof InvalidStateError, future.resultWait()) // true 1
 * }
 */
export class InvalidStateError extends Error {
  readonly code = 'ERR_INVALID_STATE' as const

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options)
  }
}

/**
 * An inline function uses what does not travel with it. No task was made.
 *
 * @example
 * const factor = 2
 * try {
 *   runner.run(() => 21 * factor)
 * } catch (error) {
 *   if (error instanceof CapturedVariableError) console.log(error.variable) // 'factor'
 * }
 * runner.run(factor => 21 * factor, [factor])
 */
export class CapturedVariableError extends Error {
  readonly code = 'ERR_CAPTURED_VARIABLE' as const
  /** The name it captures. */
  readonly variable: string

  constructor(variable: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.variable = variable
  }
}

/**
 * A value cannot cross threads. Thrown on the sender's side; queue, transfer list and future are untouched.
 *
 * @example
 * try {
 *   queue.putWait({ onProgress() {} })
 * } catch (error) {
 *   if (error instanceof UncloneableError) console.log(error.path) // 'item.onProgress'
 * }
 */
export class UncloneableError extends Error {
  readonly code = 'ERR_UNCLONEABLE' as const
  /** Where in the value it sits: `args[0].options.onProgress`. */
  readonly path: string

  constructor(path: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.path = path
  }
}

define(EventLoopTimeoutError)
define(CancelledError)
define(ExceptionGroup)
define(RunnerClosedError)
define(RunnerDiedError)
define(TaskFailedError)
define(ForcedThreadShutdown)
define(WouldDeadlockError)
define(InterruptedError)
define(QueueEmpty)
define(QueueFull)
define(QueueShutDown)
define(InvalidStateError)
define(CapturedVariableError)
define(UncloneableError)

/**
 * How a runner ended. `STOPPED`: in order. `FORCE_STOPPED`: its loop was stuck and was ended.
 * `FAILED_FORCE_STOPPED`: native code still holds the thread. `UNKNOWN`: its thread died.
 *
 * @example
 * runner.close()
 * if (runner.shutdownType !== ShutdownType.STOPPED) console.error('it did not end in order')
 */
export const ShutdownType = withNames({
  NOT_SHUT_DOWN: 0,
  STOPPED: 1,
  FORCE_STOPPED: 2,
  FAILED_FORCE_STOPPED: 3,
  UNKNOWN: 4,
} as const)
export type ShutdownType = (typeof ShutdownType)[ShutdownTypeName]

/** The name that `ShutdownType[1]` gives. */
type ShutdownTypeName = 'NOT_SHUT_DOWN' | 'STOPPED' | 'FORCE_STOPPED' | 'FAILED_FORCE_STOPPED' | 'UNKNOWN'

/** Gives each number its name as well, which a list of the names does not show. */
function withNames<T extends Record<ShutdownTypeName, number>>(
  numbers: T,
): Readonly<T> & { readonly [K in T[ShutdownTypeName]]: ShutdownTypeName } {
  for (const [name, number] of Object.entries(numbers)) {
    Object.defineProperty(numbers, number, { __proto__: null, value: name } as PropertyDescriptor)
  }
  return numbers as Readonly<T> & { readonly [K in T[ShutdownTypeName]]: ShutdownTypeName }
}

/**
 * Returns whether a runner that ended so had to be forced, with success or without.
 *
 * @example
 * runner.close()
 * if (forceStopAttempted(runner.shutdownType)) console.error('its loop was stuck')
 */
export function forceStopAttempted(type: ShutdownType): boolean {
  return type === ShutdownType.FORCE_STOPPED || type === ShutdownType.FAILED_FORCE_STOPPED
}
