// What is sent of an inline function, and how it is made, once per source.
//
// A description holds the text, what each of its free names stands for, and the place it came from. It is kept
// by text; where it depends on the file that calls, by text and file. What is kept is bounded.
//
// Refuses what the function captures besides. Loaded when the first function is described: a loop that only
// compiles needs nothing of this.

import { join } from 'node:path'
import { type Caller, callerFile, findCaller } from './caller-file.js'
import type { Captures } from './reading.js'
import { CapturedVariableError } from '../errors.js'
import { plainCaptures } from './plain.js'
import { type Binding, SourceScope } from './scope.js'

/** What `compile` is given, as JSON. */
export interface Description {
  /** An expression. */
  code: string
  bindings: Record<string, Binding>
  /** The name the function has for itself, where its text does not say so. */
  self?: string
  usesImport?: boolean
  /** The file that called, as a path or URL, and where in it `code` begins, counted from 0. */
  file?: string
  line?: number
  column?: number
}

interface Made {
  description: string
  /** It uses `import()` or `require`, so each call gets that of its own file. */
  usesFile: boolean
}

// A program that makes sources without end must not grow without end.
const mostTexts = 10_000
const mostCharacters = 16_000_000
const mostFilesPerText = 100

/** By text; where that does not say it all, by text and file. */
const byText = new Map<string, Made | Map<string, Made>>()
let characters = 0

/** Returns the description of a function. `above`: the function of ours that was called, to find who called it. */
export function describeFunction(fn: Function, exports: ReadonlySet<string>, above: Function): Made {
  const text = Function.prototype.toString.call(fn)
  const seen = byText.get(text)
  if (seen && !(seen instanceof Map)) return seen
  const caller = findCaller(above)
  const file = caller?.file ?? ''
  const known = seen?.get(file)
  if (known) return known
  const { captures, scope } = scopeOf(fn, text, exports, caller)
  const usesFile = captures.usesImport || scope.usesFile
  const description = JSON.stringify(placed(captures, scope, text, caller, usesFile))
  const made = { description, usesFile }
  if (seen) keepFor(seen, file, made)
  else keep(text, usesFile || scope.isFileBound ? new Map([[file, made]]) : made)
  return made
}

function scopeOf(fn: Function, text: string, exports: ReadonlySet<string>, caller: Caller | undefined) {
  const plain = plainCaptures(text)
  try {
    if (plain) return inScope(plain, text, exports, caller)
  } catch (error) {
    if (!(error instanceof CapturedVariableError)) throw error
    // The name may have stood in a string: the parser knows.
  }
  const { capturesOf } = require('./reading.js') as typeof import('./reading.js')
  return inScope(capturesOf(fn, text), text, exports, caller)
}

function inScope(captures: Captures, text: string, exports: ReadonlySet<string>, caller: Caller | undefined) {
  const scope = new SourceScope(exports, text, caller && callerFile(caller.file))
  for (const [name, use] of captures.freeNames) scope.add(name, use)
  return { captures, scope }
}

function placed(captures: Captures, scope: SourceScope, text: string, caller: Caller | undefined, usesFile: boolean) {
  const { code, codeStart, textStart, usesImport } = captures
  const { bindings, self } = scope
  const description: Description = { code, bindings, self, usesImport }
  if (!caller) return usesFile ? { ...description, file: join(process.cwd(), '[eval]') } : description
  const { file, line } = caller
  const place = callerFile(file)?.locate(text, textStart, line)
  // Code that a compiler made in memory is in no file; its caller is near.
  if (!place) return { ...description, file, line: line - 1 }
  return { ...description, file, line: place.line, column: place.column - codeStart }
}

function keepFor(byFile: Map<string, Made>, file: string, made: Made): void {
  if (byFile.size >= mostFilesPerText) byFile.clear()
  byFile.set(file, made)
}

function keep(text: string, made: Made | Map<string, Made>): void {
  characters += text.length
  if (byText.size >= mostTexts || characters > mostCharacters) {
    byText.clear()
    characters = text.length
  }
  byText.set(text, made)
}
