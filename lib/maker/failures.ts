// What the thread that made a runner is told of failures: by `onTaskError`, by a warning, or on standard error.
//
// Promises that what `onTaskError` was told counts as seen, unless it throws; that what it throws is seen itself; and that
// nothing of that harms the wait it is told in.

import { isMainThread, threadId } from 'node:worker_threads'
import { isError } from '../brands.js'
import { control, native } from '../native/native.js'
import { Kind, Word } from '../native/protocol.js'
import { threadWide } from '../native/thread-wide.js'
import { headOf, stackAbove, withWaiter } from '../stack.js'
import { sentenceOf } from '../wait/failures.js'
import { blockedCall, type BlockedCall } from '../wait/hub.js'
import { currentLoop, threadName } from '../wait/loop.js'
import { runnerDied } from '../wait/outcome.js'
import { say, thrownText } from '../wait/stderr.js'
import { receiveOrError } from '../wire/payload.js'
import { Handle, HandleKind } from '../native/handle.js'
import type { RunnerOptions, TaskFailure } from './options.js'

type Hook = RunnerOptions['onTaskError']

/** Whether this thread comes to no other turn of its loop. */
const end = threadWide('end', () => ({ isNear: false }))

/** From now on, what would wait for a turn of the loop is done at once. */
export function endNow(): void {
  end.isNear = true
}

/** Calls `onTaskError` for the failure of a task. */
export function tellFailure(hook: Hook, runner: number, name: string, task: number): void {
  const failure = { error: receiveOrError(native.failureTake(control[Word.Extra]!)), task: name }
  native.failureTold(task, callHook(hook, runner, failure))
}

/** Calls `onTaskError` for the death of a runner's thread, which has ended the task. */
export function tellDeath(hook: Hook, runner: number, task: string): void {
  const own = Handle.revive(HandleKind.Runner, runner)
  callHook(hook, runner, { error: runnerDied(own, task === '' ? 'The loop' : `Task '${task}'`), task })
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
    if (end.isNear) say(`${what} has thrown: ${thrownText(thrown)}`)
    else {
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
  const error = receiveOrError(native.failureTake(control[Word.Extra]!))
  const text =
    `Task '${task}' of runner '${runner}' failed after its caller had stopped waiting for it: ` +
    (isError(error) ? headOf(error) : thrownText(error))
  if (end.isNear) say(`${text}\n${thrownText(error)}`)
  else process.emitWarning(text, { code: 'TA001', detail: thrownText(error) })
}

/** Says that this thread has blocked for a second while an error of a task went unseen. `forWhat`, in words. */
export function tellUnseen(task: string, runner: string, kind: Kind, forWhat: string): void {
  const error = receiveOrError(native.failureTake(control[Word.Extra]!))
  const call = blockedCall()
  const where = `[${threadName()} waits in ${call?.verb ?? `a call for ${forWhat}`}]`
  const shown = call === undefined ? error : withWaiter(error, where, stackAbove(aboveOf(call)))
  say(
    `${thisThread()} has been blocked for a second in ${call === undefined ? 'a call' : call.verb}, waiting for ${forWhat}. ` +
      `Meanwhile nobody has asked for this error:\n${sentenceOf({ task, runner, kind })}: ${thrownText(shown)}`,
  )
}

function aboveOf({ verb, above }: BlockedCall): Function {
  return typeof above === 'function' ? above : ((above as unknown as Record<string, Function>)[verb] ?? tellUnseen)
}

function thisThread(): string {
  const loop = currentLoop()
  if (loop !== undefined) return `the loop of runner '${loop.name}'`
  return isMainThread ? 'the main thread' : `worker thread ${threadId}`
}
