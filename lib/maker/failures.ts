// What the thread that made a runner is told of failures: by `onTaskError`, by a warning, or on standard error.
//
// Promises that what `onTaskError` was told counts as seen, unless it throws; that what it throws is seen itself; and that
// nothing of that harms the wait it is told in.

import { isMainThread, threadId } from 'node:worker_threads'
import { isError } from '../brands.js'
import { matches, sliced } from '../methods.js'
import { control, native } from '../native/native.js'
import { Kind, Word } from '../native/protocol.js'
import { threadWide } from '../native/thread-wide.js'
import { headOf, stackAbove, withoutOurFrames, withWaiter } from '../stack.js'
import { fetchFailure, sentenceOf, type Failed } from '../wait/failures.js'
import { awaitedWait, blockedCall, type BlockedCall } from '../wait/hub.js'
import { currentLoop, threadName } from '../wait/loop.js'
import { deathError, seesDeath, type Awaitable } from '../wait/outcome.js'
import { say, thrownText } from '../wait/stderr.js'
import { sentencesOf } from '../wait/unanswered.js'
import { receiveOrError } from '../wire/payload.js'
import { Handle, HandleKind } from '../native/handle.js'
import type { RunnerOptions, TaskFailure } from './options.js'

type Hook = RunnerOptions['onTaskError']

/** Whether this thread comes to no other turn of its loop, and whether a function of the user's has thrown since. */
const end = threadWide('end', () => ({ isNear: false, hasThrown: false }))

/** From now on, what would wait for a turn of the loop is done at once. */
export function endNow(): void {
  end.isNear = true
}

/** Whether a function of the user's has thrown since then: its error was printed only. */
export function hasThrownAtEnd(): boolean {
  return end.hasThrown
}

/** Calls `onTaskError` for the failure of a task. */
export function tellFailure(hook: Hook, runner: number, name: string, kind: Kind, task: number): void {
  const error = withoutOurFrames(fetchFailure(control[Word.Extra]!, name, kind))
  native.failureTold(task, callHook(hook, runner, { error, task: kind === Kind.Death ? '' : name }))
}

/** Calls `onTaskError` for the death of a runner's thread, which has ended the task. */
export function tellDeath(hook: Hook, runner: number, task: string): void {
  const own = Handle.revive(HandleKind.Runner, runner)
  const error = deathError(own, task === '' ? 'The loop' : `Task '${task}'`)
  if (callHook(hook, runner, { error, task })) seesDeath(own)
}

function callHook(hook: Hook, runner: number, failure: Omit<TaskFailure, 'runner'>): boolean {
  return callUser(() => hook?.({ ...failure, runner: native.runnerName(runner) }), 'onTaskError')
}

/**
 * Calls a function of the user's; false where it throws. As with any listener, its error is uncaught on this thread's own
 * loop. `what`: how the function is called where that loop will not turn any more.
 */
export function callUser(fn: () => void, what: string): boolean {
  try {
    fn()
    return true
  } catch (thrown) {
    if (end.isNear) {
      end.hasThrown = true
      say(`${what} has thrown: ${thrownText(thrown)}`)
    } else {
      // Whatever this thread waits for goes on.
      process.nextTick(() => {
        throw thrown
      })
    }
    return false
  }
}

/** Warns of what a task has thrown whose caller had stopped waiting for it. */
export function warnOfGivenUp(task: string, runner: string): void {
  const error = withoutOurFrames(receiveOrError(native.failureTake(control[Word.Extra]!)))
  const text =
    `Task '${task}' of runner '${runner}' failed after its caller had stopped waiting for it: ` +
    (isError(error) ? headOf(error) : thrownText(error))
  if (end.isNear) say(`${text}\n${thrownText(error)}`)
  else process.emitWarning(text, { code: 'TA001', detail: thrownText(error) })
}

/**
 * Says that this thread has waited for a second while an error of a task went unseen. `forWhat`: in words, what for.
 * `ticket`: that of the wait, where the thread does not block.
 */
export function tellUnseen(failed: Omit<Failed, 'error'>, forWhat: string, ticket: number | undefined): void {
  const error = fetchFailure(control[Word.Extra]!, failed.task, failed.kind)
  const call = ticket === undefined ? blockedCall() : undefined
  const wait: Waiting | undefined = ticket === undefined ? call : awaitedWait(ticket)
  const verb = wait?.verb ?? 'a call'
  const what = wait?.target?.failures().what?.()
  const thing = what === undefined ? null : matches(/\ban? (?:queue|event|future|server)$/, forWhat)
  const words = thing === null ? forWhat : sliced(forWhat, 0, thing.index) + what
  say(
    `${thisThread()} has ${ticket === undefined ? `been blocked for a second in ${verb}` : `awaited ${verb} for a second`}, ` +
      `waiting for ${words}. Meanwhile nobody has asked, by wait() or result() of the task or by onTaskError, for this ` +
      `error:\n${sentenceOf(failed)}: ${thrownText(call === undefined ? withoutOurFrames(error) : withCall(error, call))}`,
  )
}

/** Says that this thread has waited for a second for a task which waits for this very thread. */
export function tellUnanswered(id: number): void {
  const verb = blockedCall()?.verb ?? 'a call'
  const unanswered = sentencesOf(native.unanswered(id))
  if (unanswered === '') return // Not any more.
  say(
    `${thisThread()} has been blocked for a second in ${verb}, waiting for task '${native.taskName(id)}' without a ` +
      `timeout.${unanswered}`,
  )
}

interface Waiting {
  readonly verb: string
  readonly target?: Awaitable
}

/** An error with the stack of the call in which this thread blocks. */
function withCall(error: unknown, call: BlockedCall): unknown {
  return withWaiter(error, `[${threadName()} waits in ${call.verb}]`, stackAbove(aboveOf(call)))
}

function aboveOf({ verb, above }: BlockedCall): Function {
  return typeof above === 'function' ? above : ((above as unknown as Record<string, Function>)[verb] ?? tellUnseen)
}

function thisThread(): string {
  const loop = currentLoop()
  if (loop !== undefined) return `the loop of runner '${loop.name}'`
  return isMainThread ? 'the main thread' : `worker thread ${threadId}`
}
