// How the start of a task is told: by its maker to the core, and by the core to the loop that runs it.
//
// The maker calls `taskCreate` with the number of the source that is to run (`functions/errand.ts`), the arguments, a name
// and a note. The loop is called with the task, one number and the arguments (`Message.Start`). Nearly always the number
// is that of the source and there is no more to say. It is negative where the task has a note, or a name other than its
// source's; only then does the loop ask the core for them. The core passes the note on as text, '' where there is none;
// what it says is only known here.

import { native } from './native.js'

/** What a loop should know of a task besides. Most tasks have none. */
export interface TaskNote {
  /** Where it was created, on a debug runner. */
  readonly createdAt?: string
  /** The loop calls its function itself, outside of any task; the function must not be async. */
  readonly isPlain?: boolean
  /** Whether stores travel with it: it gets `[arguments, stores]`. */
  readonly hasStores?: boolean
  /** The modules of whose import on loops the task comes. */
  readonly origin?: readonly string[]
}

/** The note as the maker hands it to the core. */
export function writeNote(note: TaskNote | undefined): string {
  return note === undefined ? '' : JSON.stringify({ __proto__: null, ...note })
}

/** The note as the loop asks for it. */
export function readNote(task: number): TaskNote | undefined {
  return noteOf(native.loopTaskNote(task))
}

/** The note that a text says; undefined where there is none. */
export function noteOf(text: string): TaskNote | undefined {
  return text === '' ? undefined : (JSON.parse(text) as TaskNote)
}

/** Whether the number that a loop is called with says that there is more to ask for. */
export function hasMore(sourceAndMore: number): boolean {
  return sourceAndMore < 0
}

/** The number of the source, in the number that a loop is called with. */
export function sourceOf(sourceAndMore: number): number {
  return hasMore(sourceAndMore) ? -sourceAndMore : sourceAndMore
}
