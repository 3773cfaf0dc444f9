// Where something was written that now stands in generated code.
//
// The stacks of this thread say it: by what a compiler or a test runner has installed to format them, which is shown one
// frame here, or by the source maps that Node keeps. A loop has neither, as it runs an inline function without the module
// it stands in. So a frame of such a file that comes back from a loop is put in its place here.
//
// Where nothing tells, a place is undefined and a stack stays as it is.

import { findSourceMap } from 'node:module'
import { fileURLToPath } from 'node:url'
import { runInThisContext } from 'node:vm'
import { joined, matches, splitAt, startsWith } from '../methods.js'
import { mapStacks } from '../stack.js'

/** A place in a file; line and column are counted from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Returns where something was written; undefined where that is where it stands, or where nothing tells. */
export function writtenAt(file: string, line: number, column: number): Place | undefined {
  return [mappedByHook(file, line, column), mappedByNode(file, line, column)].find(
    place => place !== undefined && (place.line !== line || place.column !== column),
  )
}

function mappedByNode(file: string, line: number, column: number): Place | undefined {
  // To ask Node for a map loads what reads maps.
  if (process.sourceMapsEnabled !== true) return undefined
  try {
    const entry = findSourceMap(file)?.findEntry(line - 1, column - 1)
    if (entry === undefined || !('originalSource' in entry)) return undefined
    const { originalSource: source, originalLine, originalColumn } = entry
    const written = startsWith(source, 'file:') ? fileURLToPath(source) : source
    return { file: written, line: originalLine + 1, column: originalColumn + 1 }
  } catch {
    return undefined // A map that cannot be read.
  }
}

function mappedByHook(file: string, line: number, column: number): Place | undefined {
  try {
    const prepareStackTrace = Error.prepareStackTrace ?? ofMainRealm()
    if (typeof prepareStackTrace !== 'function') return undefined
    const site = new Site(file, line, column) as unknown as NodeJS.CallSite
    const text: unknown = prepareStackTrace(new Error('one frame'), [site])
    const found = typeof text === 'string' ? matches(/\(([^()]*):(\d+):(\d+)\)\s*$/, text) : null
    return found === null ? undefined : { file: found[1]!, line: Number(found[2]), column: Number(found[3]) }
  } catch {
    return undefined // It wants more of a frame than this one has.
  }
}

/** In a realm that has none, Node takes that of its own realm: Jest has it there. */
function ofMainRealm(): typeof Error.prepareStackTrace | undefined {
  const isThis = Object.getPrototypeOf(findSourceMap) === Function.prototype
  return isThis ? undefined : (runInThisContext('Error') as typeof Error).prepareStackTrace
}

/** A frame of a function that is called `inline`. Those who map frames copy the methods that the prototype has. */
class Site {
  readonly #file: string
  readonly #line: number
  readonly #column: number

  constructor(file: string, line: number, column: number) {
    this.#file = file
    this.#line = line
    this.#column = column
  }

  getFileName() {
    return this.#file
  }

  getScriptNameOrSourceURL() {
    return this.#file
  }

  getLineNumber() {
    return this.#line
  }

  getColumnNumber() {
    return this.#column
  }

  getFunctionName() {
    return 'inline'
  }

  isToplevel() {
    return true
  }

  toString() {
    return `inline (${this.#file}:${this.#line}:${this.#column})`
  }
}

for (const name of ['isAsync', 'isConstructor', 'isEval', 'isNative', 'isPromiseAll']) answer(name, false)
for (const name of ['getFunction', 'getMethodName', 'getThis', 'getTypeName']) answer(name, null)
for (const name of ['getEvalOrigin', 'getPromiseIndex']) answer(name, undefined)

function answer(name: string, value: unknown): void {
  Object.defineProperty(Site.prototype, name, { value: () => value })
}

/** Files whose inline functions are told to loops as they were generated. */
const generated = new Set<string>()

/** Has stacks that come back from loops say where in this file something was written. */
export function noteGenerated(file: string): void {
  if (generated.size === 0) mapStacks(mappedFrames)
  generated.add(file)
}

function mappedFrames(stack: string): string {
  const lines = splitAt(stack, '\n')
  for (let i = 1; i < lines.length && !startsWith(lines[i]!, '    at ['); i++) lines[i] = mappedFrame(lines[i]!)
  return joined(lines, '\n')
}

const frame = /^( {4}at .*?)((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*):(\d+):(\d+)(\)?)$/

function mappedFrame(line: string): string {
  const found = matches(frame, line)
  if (found === null || !generated.has(found[2]!)) return line
  const place = writtenAt(found[2]!, Number(found[3]), Number(found[4]))
  return place === undefined ? line : `${found[1]}${place.file}:${place.line}:${place.column}${found[5]}`
}
