// Every error the package throws, the codes callers switch on, and how a runner ended.
//
// Promises: each class is an Error whose `name` is its class and whose `code`, which printing shows, never changes; text
// may change at any release. Each class is registered here to cross threads as the very class; `registerError` does the
// same for a class of yours. What is more than a class with a code is in `errors/`, and passed on here.

import { define } from './errors/registered.js'

export { CancelledError } from './errors/cancelled.js'
/** @internal */
export { cancellationOf, keepOrigin, originOf } from './errors/cancelled.js'
export { ExceptionGroup, type ExceptionDetails } from './errors/group.js'
/** @internal */
export { groupOf } from './errors/group.js'
export { registerError, type ErrorClass } from './errors/registered.js'
/** @internal */
export { registeredClass, registeredName } from './errors/registered.js'
export { forceStopAttempted, ShutdownType } from './errors/shutdown-type.js'

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

  constructor(message?: string, { exitCode, ...options }: ErrorOptions & { exitCode?: number | undefined } = {}) {
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
 * What was put into a queue of another machine went out, and the answer to it was lost: the server may have stored it, or
 * not. To put it again under the same `id` does not double it, as long as the server knows that id.
 *
 * @example
 * try {
 *   jobs.putWait(job)
 * } catch (error) {
 *   if (!(error instanceof UnconfirmedError)) throw error
 *   jobs.putWait(job, { id: error.id })
 * }
 */
export class UnconfirmedError extends Error {
  readonly code = 'ERR_UNCONFIRMED' as const
  /** Under which it was put. */
  readonly id: string

  constructor(id: string, message?: string, options?: ErrorOptions) {
    super(message ?? `Whether '${id}' was stored is not known.`, options)
    this.id = id
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

/** What a sandboxed script has used up, and where. */
interface Overrun {
  script?: string | undefined
  limit?: string | undefined
  allowed?: number | undefined
  place?: string | undefined
}

/** The end of a sandboxed script that has passed a limit. What is not known is not there. */
abstract class ScriptLimitError extends Error {
  /** The script's name. */
  declare readonly script?: string
  /** The option that sets the limit: `'turnBudget'`, for instance. */
  declare readonly limit?: string
  /** What that allows: steps, milliseconds or bytes. */
  declare readonly allowed?: number
  /** Where the script was: `walk (lib/path.js:12:3)`. */
  declare readonly place?: string

  constructor(message?: string, { script, limit, allowed, place, ...options }: ErrorOptions & Overrun = {}) {
    super(message, options)
    const known = Object.entries({ script, limit, allowed, place }).filter(([, value]) => value !== undefined)
    Object.assign(this, Object.fromEntries(known))
  }
}

/**
 * A sandboxed script has used up its steps, or its time: that has ended it, whatever it made of that. Its calls that were
 * open are withdrawn; other scripts are untouched. `limit` is `'turnBudget'`, `'tickBudget'` or `'turnTime'`.
 *
 * @example
 * const script = server.createScript('for (;;);', { name: 'spinner' })
 * try {
 *   script.wait()
 * } catch (error) {
 *   if (error instanceof ScriptBudgetError) console.log(error.script, error.limit) // spinner turnBudget
 * }
 */
export class ScriptBudgetError extends ScriptLimitError {
  readonly code = 'ERR_SCRIPT_BUDGET' as const
}

/**
 * A sandboxed script has asked for more memory than it may have: that has ended it, whatever it made of that. All that it had
 * is given back; other scripts are untouched. `limit` is `'memoryLimit'` or `'stackLimit'`.
 *
 * @example
 * const script = server.createScript('const all = []; for (;;) all.push(new Array(1000).fill(0))')
 * try {
 *   script.wait()
 * } catch (error) {
 *   if (error instanceof ScriptMemoryError) console.log(error.limit, error.allowed) // memoryLimit 8388608
 * }
 */
export class ScriptMemoryError extends ScriptLimitError {
  readonly code = 'ERR_SCRIPT_MEMORY' as const
}

/**
 * A saved script cannot go on here: its bytes are damaged, come from another build of the engine, or belong to another source.
 * No script was made.
 *
 * @example
 * const source = 'for (;;) await host.walk(await host.nextTick())'
 * const saved = server.createScript(source).save()
 * try {
 *   server.createScript(source, { restore: saved })
 * } catch (error) {
 *   if (!(error instanceof ScriptRestoreError)) throw error
 *   server.createScript(source) // begins anew
 * }
 */
export class ScriptRestoreError extends Error {
  readonly code = 'ERR_SCRIPT_RESTORE' as const

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options)
  }
}

define(EventLoopTimeoutError)
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
define(UnconfirmedError)
define(CapturedVariableError)
define(UncloneableError)
define(ScriptBudgetError)
define(ScriptMemoryError)
define(ScriptRestoreError)
