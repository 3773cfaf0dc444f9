// The end of a thread that has made runners: what nobody has asked for is printed.
//
// Promises that the program's own listeners for the end come first, and may still close or ask; that what is printed is
// what `close` would throw; and that the exit code becomes 1 on a natural end alone, where it would have been 0, also for
// what loops have printed before (`loop/let-go.ts`) and for hooks that throw now. On a runner's loop nothing is printed: the core hands what is left
// there to the runner (`src/binding/threads/failing.rs`).

import { isMainThread } from 'node:worker_threads'
import { joined, mapped, part, startsWith } from '../methods.js'
import { bootData } from '../native/boot.js'
import { native } from '../native/native.js'
import { threadWide } from '../native/thread-wide.js'
import { callSitesAbove } from '../stack.js'
import { exceptionGroup, fetchFailures } from '../wait/failures.js'
import { serveNow } from '../wait/hub.js'
import { say, thrownText } from '../wait/stderr.js'
import { endNow, hasThrownAtEnd } from './failures.js'

/** The names of tasks that run, of runners with `debug`, by the names of those runners. */
type Running = () => Map<string, readonly string[]>

/** From now on, the end of this thread is noticed. `running`: the tasks that run on its debug runners, by runner. */
export function watchEnd(running: Running): void {
  if (bootData === undefined) threadWide('end of the thread', () => patchEmit(running))
}

/** Once for all copies of this package, since `running` and the core tell of the runners of all. */
function patchEmit(running: Running): true {
  const { emit } = process as { emit: (name: string | symbol, ...args: unknown[]) => boolean }
  const value = function (this: unknown, event: string | symbol, ...args: unknown[]): boolean {
    const call = () => Reflect.apply(emit, this, [event, ...args])
    return event === 'exit' && this === process ? beforeEnd(call, () => end(args[0], value, running)) : call()
  }
  Object.defineProperty(process, 'emit', { value, configurable: true, writable: true })
  return true
}

/** Calls the listeners, and then, even if one of them calls process.exit(), which never returns, `last`. */
function beforeEnd(listeners: () => boolean, last: () => void): boolean {
  const { reallyExit } = process as { reallyExit?: (code?: number) => never }
  let isOver = false
  const once = () => {
    if (!isOver) last()
    isOver = true
  }
  const exit = (code?: number) => {
    once()
    return reallyExit?.call(process, code)
  }
  if (typeof reallyExit === 'function') Reflect.set(process, 'reallyExit', exit)
  try {
    return listeners()
  } finally {
    if (typeof reallyExit === 'function') Reflect.set(process, 'reallyExit', reallyExit)
    once()
  }
}

/** Its listeners have run. `emitter`: the function that has called them. */
function end(code: unknown, emitter: Function, running: Running): void {
  endNow()
  native.reportUnseen()
  serveNow() // What `onTaskError` is told now was asked for.
  sayWhatRuns(running)
  const hasPrinted = printUnseen(emitter)
  if (!hasPrinted && !hasThrownAtEnd() && !native.hasLostFailures()) return
  // A program that has called process.exit() means what it has said.
  if (code === 0 && process.exitCode === undefined && !isExitCalled(emitter)) process.exitCode = 1
}

function printUnseen(emitter: Function): boolean {
  let hasPrinted = false
  for (let facts = native.unseenFailures(); facts !== undefined; facts = native.unseenFailures()) {
    const runner = facts[0] as string
    const failures = fetchFailures(part(facts, 1, facts.length))
    if (failures.length === 0) continue
    const who = isMainThread ? 'the process' : 'this worker thread'
    const group = exceptionGroup(failures, runner, emitter)
    say(
      `${who} ends, and nobody has asked for these errors, which the runner's close() would have thrown:\n${thrownText(group)}`,
    )
    hasPrinted = true
  }
  return hasPrinted
}

function sayWhatRuns(running: Running): void {
  running().forEach((tasks, runner) => {
    if (tasks.length === 0) return
    const names = joined(
      mapped(tasks, task => `'${task}'`),
      ', ',
    )
    say(
      `the end comes while runner '${runner}' still runs ${tasks.length === 1 ? 'task' : 'tasks'} ${names}. An open runner ` +
        'does not keep the process alive, whether it is idle or busy: wait for its tasks, close it, or call its ref().',
    )
  })
}

/** Whether the program itself ends this thread, rather than having nothing left to do. */
function isExitCalled(above: Function): boolean {
  const sites = callSitesAbove(above)
  for (let i = 0; i < sites.length; i++) {
    const site = sites[i]!
    const isNodes = startsWith(site.getFileName() ?? '', 'node:internal/')
    if (isNodes && /exit/i.test(site.getFunctionName() ?? '')) return true
  }
  return false
}
