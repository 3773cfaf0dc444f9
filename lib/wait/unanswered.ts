// What scripts wait for that only the program of their server gives, as sentences for waits that took too long.
//
// Promises to tell what stands at that moment, and of a task its own calls alone where it has any: nothing is noted for it
// while all goes well. Who of several scripts waits for the clock is not known.

import { Handle } from '../native/handle.js'
import { native, type UnansweredFacts } from '../native/native.js'
import { shortened } from '../wire/path.js'

/** How many live loops of this thread serve the requests of each server, by its runner's number. */
const readers = new Map<number, number>()

/** One more does, or one less. */
export function countReader(runner: number, change: 1 | -1): void {
  const count = (readers.get(runner) ?? 0) + change
  if (count > 0) readers.set(runner, count)
  else readers.delete(runner)
}

/** For a wait for this thing. `isPromised`: calls that were taken are told of already. */
export function unansweredFor(handle: Handle, isPromised: boolean): string {
  const id = Handle.idOf(handle)
  const facts = native.unanswered(id)
  return facts === undefined ? '' : sentencesOf(facts, isPromised, readers.has(native.handleRunner(id)))
}

/** For the end of a task whose time was over: what it waited for then. `facts`: of `taskUnanswered`. */
export function sentencesOf(facts: UnansweredFacts | undefined, isPromised = false, isRead = false): string {
  if (facts === undefined) return ''
  const { 0: waitingFun, 1: waiting, 2: takenFun, 3: taken, 4: times, 5: isHere, 6: isShared } = facts
  let text = ''
  if (waiting > 0)
    text += ` ${calls(waitingFun, waiting, 'waits', 'wait')} to be handled ${whoHandles(isHere, isShared)}.`
  if (taken > 0 && !isPromised) {
    const hint = isRead ? '; serve() and requests() go on only while the loop of this thread runs' : ''
    text += ` ${calls(takenFun, taken, 'was', 'were')} taken and not answered yet${hint}.`
  }
  if (times > 0) {
    text += ` ${times === 1 ? 'A script waits' : 'Scripts wait'} for the server's clock, which only tick() and advance() move.`
  }
  return text
}

function whoHandles(isHere: boolean, isShared: boolean): string {
  if (isShared) return 'by process(), processUntil(), serve() or requests()'
  return `by ${isHere ? 'this thread' : 'the thread that made the server'}, in process(), processUntil() or serve()`
}

/** `one` and `several` are the verb. */
function calls(fun: string | undefined, count: number, one: string, several: string): string {
  if (fun === undefined) return count === 1 ? `A call ${one}` : `${count} calls ${several}`
  const more = count === 1 ? '' : ` (and ${count - 1} more)`
  return `The call '${shortened(fun)}'${more} ${one}`
}
