// What is told of tasks, on the channels of `tracingChannel('threaded-async:task')`.
//
// Promises that all of it is told on the thread that creates the task: `start` and `end` around its creation, and, when
// the task has ended, `error` where it has failed, then `asyncStart` and `asyncEnd`; from that thread's loop, or from
// inside of its blocking calls. An error that is told of here counts as little as seen as before.

import { control, native } from '../native/native.js'
import { taskChannels } from '../native/channels.js'
import { Handle } from '../native/handle.js'
import { FutureState, Word } from '../native/protocol.js'
import { threadWide } from '../native/thread-wide.js'
import { receiveOrError } from '../wire/payload.js'

/**
 * A task, as it is told on the channels of `tracingChannel('threaded-async:task')`: one object from its start to its end,
 * to which a subscriber may add what it likes.
 *
 * @example
 * import { tracingChannel } from 'node:diagnostics_channel'
 *
 * tracingChannel<string, TaskMessage>('threaded-async:task').subscribe({
 *   asyncEnd: ({ name, runner, outcome }) => console.log(`${name} on ${runner}: ${outcome}`),
 * } as never)
 */
export interface TaskMessage {
  /** The task's name. */
  readonly name: string
  /** The name of its runner. */
  readonly runner: string
  /** The task; from `end` on, where it could be created. */
  task?: object
  /** What has become of it, from `asyncStart` on. `'ended'`: its runner has, and the task with it. */
  outcome?: 'done' | 'failed' | 'cancelled' | 'ended'
  /** What it has thrown, a copy; or why it could not be created. */
  error?: unknown
}

interface Observed {
  readonly task: Handle
  readonly message: TaskMessage
}

/** Tasks that have been created here and have not ended; those of every copy on this thread. */
const observed = threadWide('observed', () => new Map<number, Observed>())

const { start, end, asyncStart, asyncEnd, error: failed } = taskChannels

/** Whether anybody is told of tasks that are created now. */
export function isTraced(): boolean {
  return (
    start.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    failed.hasSubscribers
  )
}

/** Creates a task of which the core tells this thread when it has ended. */
export function traced<T extends Handle>(name: string, runner: string, create: () => T): T {
  const message: TaskMessage = { name, runner }
  return start.runStores(message, () => {
    try {
      const task = create()
      message.task = task
      observed.set(Handle.idOf(task), { task, message })
      return task
    } catch (error) {
      message.error = error
      failed.publish(message)
      throw error
    } finally {
      end.publish(message)
    }
  })
}

/** The core says that such a task has ended; its error, if it has one, is fetched by the number in `Extra`. */
export function tellEnded(id: number): void {
  const number = control[Word.Extra]!
  if (observed.has(id)) told(id, () => receiveOrError(native.failureTake(number)))
}

/** This thread has waited for a task: it may have ended, with this error, before the core says so. */
export function tellIfEnded(task: Handle, error?: unknown): void {
  const id = Handle.idOf(task)
  if (observed.size > 0 && observed.has(id) && native.futureState(id) !== FutureState.Pending) told(id, () => error)
}

function told(id: number, errorOf: () => unknown): void {
  const { message } = observed.get(id)!
  observed.delete(id)
  const state = native.futureState(id)
  message.outcome = outcomes[state]!
  if (state === FutureState.Error) {
    message.error = errorOf()
    failed.publish(message)
  }
  asyncStart.publish(message)
  asyncEnd.publish(message)
}

/** By the core's numbers for them; the first is never told. */
const outcomes = [undefined, 'done', 'failed', 'cancelled', 'ended'] as const
