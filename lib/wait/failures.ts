// Errors that nobody has asked for: fetched from the core, as one group, and as sentences.
//
// Promises that an error which code of a task left behind is called that, and not a failed task; that the death of a loop is
// told with all that is known of it by then; and that the words are the same by `close`, at the end of the process, and while
// a thread blocks.

import { filtered, joined, mapped } from '../methods.js'
import { groupOf, type ExceptionGroup } from '../errors.js'
import { control, native, type FailureFacts } from '../native/native.js'
import { Kind, Word } from '../native/protocol.js'
import { Handle, HandleKind } from '../native/handle.js'
import { headOf, setStack, withoutOurFrames } from '../stack.js'
import { receiveOrError } from '../wire/payload.js'
import { deathError } from './outcome.js'

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
    const [task, runner, kind] = [facts[i], facts[i + 1], facts[i + 2]] as [string, string, Kind]
    const error = withoutOurFrames(fetchFailure(number, task, kind))
    failures[failures.length] = { task, runner, kind, error }
  }
  return failures
}

/** Reads one of those errors. */
export function fetchFailure(number: number, task: string, kind: Kind): unknown {
  const error = receiveOrError(native.failureTake(number))
  if (kind !== Kind.Death) return error
  const death = deathError(Handle.revive(HandleKind.Runner, error as number), task)
  setStack(death, headOf(death)) // It was not thrown here.
  return death
}

/** The group of what nobody has asked for of this runner. `above`: the function the user called. */
export function exceptionGroup(failures: readonly Failed[], runner: string, above: Function): ExceptionGroup {
  const errors = mapped(failures, ({ error }) => error)
  const sentences = mapped(failures, failed => sentenceOf(failed, runner))
  return groupOf(errors, headline(failures, `runner '${runner}'`, 'loop'), sentences, above)
}

/** The same of all runners of a pool. `others`: what its close has met beside that. */
export function poolGroup(
  failures: readonly Failed[],
  others: readonly unknown[],
  pool: string,
  above: Function,
): ExceptionGroup {
  const errors = [...mapped(failures, ({ error }) => error), ...others]
  const sentences = [...mapped(failures, failed => sentenceOf(failed)), ...mapped(others, () => 'The close failed')]
  const whole =
    failures.length === 0 ? `The close of pool '${pool}' failed.` : headline(failures, `pool '${pool}'`, 'loops')
  return groupOf(errors, whole, sentences, above)
}

/** `loop`: how its loop, or its loops, are spoken of. */
function headline(failures: readonly Failed[], owner: string, loop: string): string {
  const dead = filtered(failures, ({ kind }) => kind === Kind.Death)
  const left = filtered(failures, ({ kind }) => kind === Kind.LeftBehind || kind === Kind.LeftByLoop).length
  const failed = failures.length - left - dead.length
  const clauses: string[] = []
  if (failed > 0) clauses[0] = `${counted(failed, 'task')} of ${owner} failed`
  if (left > 0) {
    const where = failed > 0 ? `its ${loop}` : `the ${loop} of ${owner}`
    clauses[clauses.length] = `${counted(left, 'error')} ${left === 1 ? 'was' : 'were'} left behind on ${where}`
  }
  if (dead.length === 1)
    clauses[clauses.length] = `${clauses.length === 0 ? 'The' : 'the'} loop of runner '${dead[0]!.runner}' has died`
  if (dead.length > 1) clauses[clauses.length] = `${dead.length} loops have died`
  return `${joined(clauses, ', and ')}.`
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
    case Kind.Death:
      return `Runner '${runner}' has died`
    default:
      return `Task '${task}'${of} failed`
  }
}
