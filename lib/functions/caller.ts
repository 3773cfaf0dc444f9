// Who called: the file and the line of the nearest stack frame that is not this package's own.
//
// `import()` in an inline function resolves against that file, and its bindings say what the function's
// names mean. Frames of Node itself, of builtins and of code without a file are passed over, so the answer
// under `eval` is the file that evaluates. Undefined where there is no file: `node -e`, the REPL, data URLs.
//
// Refuses to be called often: it takes a stack, which costs 4 to 6 µs.

import { dirname, isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'

/** A place in a file. */
export interface Caller {
  /** A path or a `file:` URL, as the stack has it. */
  file: string
  /** Counted from 1. */
  line: number
}

/** As many frames of our own as can lie between a user's call and here, and some of the user's wrappers. */
const depth = 24

const ownUrl = pathToFileURL(`${__dirname}/`).href

/** Returns the caller of the package; undefined where it has no file. `above`: our own function nearest to it. */
export function findCaller(above: Function): Caller | undefined {
  for (const site of stackAbove(above)) {
    const file = site.getFileName()
    if (file && isFile(file) && !isOwn(file)) return { file, line: site.getLineNumber() ?? 1 }
  }
  return undefined
}

function stackAbove(above: Function): NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error
  const holder: { stack?: unknown } = {}
  try {
    Error.prepareStackTrace = (_error, sites) => sites
    Error.stackTraceLimit = depth
    Error.captureStackTrace(holder, above)
    // Read before the hook is put back: the stack is made when it is first looked at.
    return Array.isArray(holder.stack) ? holder.stack : []
  } catch {
    // `Error` may be frozen; then nothing is known of the caller.
    return []
  } finally {
    restore(prepareStackTrace, stackTraceLimit)
  }
}

function restore(prepareStackTrace: typeof Error.prepareStackTrace, stackTraceLimit: number): void {
  try {
    Error.prepareStackTrace = prepareStackTrace
    Error.stackTraceLimit = stackTraceLimit
  } catch {
    // A frozen `Error` was never changed.
  }
}

function isFile(name: string): boolean {
  return name.startsWith('file:') || isAbsolute(name)
}

function isOwn(file: string): boolean {
  return file.startsWith(ownUrl) || dirname(file) === __dirname
}
