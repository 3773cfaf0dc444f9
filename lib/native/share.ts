// Tokens for things: how a queue, an event or a task reaches a thread that is no loop of ours.
//
// Node's own `postMessage` and `structuredClone` would make a plain object of a handle, and are refused where Node can be
// told to. A token is plain data, and goes wherever data goes. Promises that it is good for as long as anything holds its
// thing, and holds the thing itself until it is adopted or its time is over (`src/binding/threads/shared.rs`).

import { checkObject, invalidArgType, invalidArgValue } from '../arguments.js'
import { InvalidStateError, UncloneableError } from '../errors.js'
import { atCaller } from '../stack.js'
import { Handle } from './handle.js'
import { native } from './native.js'

/** What `share` gives and `adopt` takes: plain data, which any `postMessage` can send. `H`: what it stands for. */
export interface SharedToken<H> {
  /** What all tokens of one process have in common. */
  readonly sharedBy: string
  readonly number: number
  /** Only for the types. */
  readonly standsFor?: H
}

/**
 * Returns at once a token for a queue, an event, a future, or anything else that can be passed to a task. Any thread of
 * the process can turn it into that very thing by `adopt`; so a worker of one's own gets it by `workerData` or
 * `postMessage`.
 *
 * The token is good for as long as anything in the process holds the thing. Besides, it holds the thing itself until it
 * is first adopted, for ten minutes at most from the last `share` on. One that nobody adopts leaves nothing behind.
 *
 * @throws TypeError `ERR_INVALID_ARG_TYPE`; UncloneableError for an object of a subclass, or of another loaded copy of this
 *   package.
 *
 * @example
 * import { Worker } from 'node:worker_threads'
 *
 * const jobs = new Queue<string>()
 * new Worker(new URL('./worker.js', import.meta.url), { workerData: { jobs: share(jobs) } })
 * jobs.putWait('first')
 */
export function share<H extends object>(handle: H): SharedToken<H> {
  const shared: unknown = checkObject(handle, 'handle')
  if (!Handle.is(shared as object)) throw refused(shared as object)
  const loss = Handle.lossOf(shared as Handle)
  if (loss !== undefined) throw notShared(loss)
  const number = Handle.idOf(shared as Handle)
  native.handleShare(number, Handle.kindOf(shared as Handle))
  return { sharedBy: native.sharedSecret(), number }
}

/**
 * Returns at once what a token stands for, on any thread of the process that has made it: the same object each time, as
 * long as this thread has it.
 *
 * @throws TypeError `ERR_INVALID_ARG_TYPE` for what is no token, `ERR_INVALID_ARG_VALUE` for a token of another process,
 *   or of another loaded copy of this package; InvalidStateError where nothing holds the thing any more.
 *
 * @example
 * import { workerData } from 'node:worker_threads'
 *
 * const jobs = adopt<Queue<string>>(workerData.jobs)
 * for await (const job of jobs) console.log(job)
 */
export function adopt<H extends object>(token: SharedToken<H>): H {
  const { sharedBy, number } = checkToken(token)
  if (sharedBy !== native.sharedSecret()) {
    throw invalidArgValue('token', 'comes from another process, or another loaded copy of threaded-async', token, adopt)
  }
  const kind = native.handleAdopt(number)
  if (kind !== 0) return Handle.revive(kind, number) as unknown as H
  throw atCaller(
    new InvalidStateError(
      'What this token stands for is not there any more: a token that nobody has adopted holds it for ten minutes; before ' +
        'and after, some thread has to.',
    ),
  )
}

function notShared(what: string): UncloneableError {
  return atCaller(new UncloneableError('handle', `handle cannot be shared: it is ${what}.`))
}

function refused(value: object): Error {
  if (Handle.isForeign(value)) return notShared(Handle.refusalOf(value))
  return invalidArgType(
    'handle',
    'a queue, an event, a future, a task, or another object that tasks take',
    value,
    share,
  )
}

/** Each field is read once. */
function checkToken(token: unknown): { sharedBy: string; number: number } {
  if (typeof token === 'object' && token !== null) {
    const { sharedBy, number } = token as Partial<SharedToken<unknown>>
    if (typeof sharedBy === 'string' && Number.isSafeInteger(number)) return { sharedBy, number: number! }
  }
  throw invalidArgType('token', 'what share() returned', token, adopt)
}
