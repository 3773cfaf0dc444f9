// Errors that nobody has asked for: fetched from the core, as one group, and as sentences.
//
// Promises that an error which code of a task left behind is called that, and not a failed task; and that whoever is told
// reads the same words, by `close`, at the end of the process, and while a thread blocks.

import { mapped } from '../methods.js'
import { groupOf, type ExceptionGroup } from '../errors.js'
import { control, native, type FailureFacts } from '../native/native.js'
import { Kind, Word } from '../native/protocol.js'
import { withoutOurFrames } from '../stack.js'
import { receiveOrError } from '../wire/payload.js'

/** The error of a task, or one that was left behind. */
export interface Failed {
  readonly task: string
  readonly runner: string
  readonly kind: Kind
  readonly error: unknown
}

/** Reads what the last native call has handed over. */
export function fetchFailures(facts: FailureFacts): Failed[] {
  const number = control[Word.Extra]!
  const failures: Failed[] = []
  for (let i = 0; i < facts.length; i += 3) {
    const error = withoutOurFrames(receiveOrError(native.failureTake(number)))
    const [task, runner, kind] = [facts[i], facts[i + 1], facts[i + 2]] as [string, string, Kind]
    failures[failures.length] = { task, runner, kind, error }
  }
  return failures
}

/** The group of what nobody has asked for of this runner. `above`: the function the user called. */
export function exceptionGroup(failures: readonly Failed[], runner: string, above: Function): ExceptionGroup {
  const errors = mapped(failures, ({ error }) => error)
  const sentences = mapped(failures, failed => sentenceOf(failed, runner))
  return groupOf(errors, headline(failures, runner), sentences, above)
}

function headline(failures: readonly Failed[], runner: string): string {
  let left = 0
  for (let i = 0; i < failures.length; i++) if (failures[i]!.kind >= Kind.LeftBehind) left++
  const failed = failures.length - left
  const tasks = `${counted(failed, 'task')} of runner '${runner}' failed`
  if (left === 0) return `${tasks}.`
  const errors = `${counted(left, 'error')} ${left === 1 ? 'was' : 'were'} left behind`
  return failed === 0 ? `${errors} on the loop of runner '${runner}'.` : `${tasks}, and ${errors} on its loop.`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** What has failed, as the beginning of a sentence that the error ends. `here`: the runner that is spoken of already. */
export function sentenceOf({ task, runner, kind }: Omit<Failed, 'error'>, here = ''): string {
  const of = runner === here ? '' : ` of runner '${runner}'`
  switch (kind) {
    case Kind.LeftBehind:
      return `Task '${task}'${of} left an error behind, which nothing caught, in a timer, a callback or a promise`
    case Kind.LeftByLoop:
      return `Code on the loop of runner '${runner}' that belongs to no known task left an error behind`
    default:
      return `Task '${task}'${of} failed`
  }
}
