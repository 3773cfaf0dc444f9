// The maker's half: an inline function becomes its source, which a loop can compile.
//
// A source holds the text of the function, what each of its free names stands for, and the place it came from. It is
// made once for each text; where it depends on the file that calls, once for each text and file. What is kept is bounded.
//
// Refuses, at the call, what the function captures besides.

import { isA, uncurried } from '../methods.js'
import { join } from 'node:path'
import { type Caller, callerFile, findCaller, programWithoutFile } from './caller-file.js'
import { type Captures, capturesOf } from './reading.js'
import { checkType } from '../arguments.js'
import { CapturedVariableError } from '../errors.js'
import { atCaller } from '../stack.js'
import { plainCaptures } from './plain.js'
import { type Binding, SourceScope } from './scope.js'
import { untouched } from './untouched.js'

/** What a loop compiles a function from; it travels as JSON. */
export interface Source {
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

const textOf = uncurried(Function.prototype.toString)

interface Made {
  source: string
  /** The function uses `import()` or `require`, so each call gets that of its own file. */
  usesFile: boolean
}

const sources = new WeakMap<Function, string>()
let previous: Function | undefined

/**
 * Returns the source of a function: the same string for the same text, or, where what the text means depends on the file
 * that calls, for the same text in the same file. `exports` are the names that this package exports.
 *
 * @throws CapturedVariableError when `fn` captures what cannot travel, or is native or bound; TypeError
 * `ERR_INVALID_ARG_VALUE` when it is a class or not allowed in strict mode, `ERR_INVALID_ARG_TYPE` when it is not a
 * function.
 */
export function describe(fn: Function, exports: ReadonlySet<string>): string {
  const known = sources.get(fn)
  if (known !== undefined) return known
  checkType(fn, 'fn', 'function', describe)
  const { source, usesFile } = made(fn, exports)
  // The same function may be called from several files.
  if (usesFile) return source
  // To enter a function costs more than to look at its text, which pays from the second time on.
  if (fn === previous) sources.set(fn, source)
  previous = fn
  return source
}

/** Lets go of the function that was described last, and so of all that its scope holds. */
export function forgetLast(): void {
  previous = undefined
}

// A program that makes sources without end must not grow without end.
const mostTexts = 10_000
const mostCharacters = 16_000_000
const mostFilesPerText = 100

/** By text; where that does not say it all, by text and file. */
const byText = new Map<string, Made | Map<string, Made>>()
let characters = 0

function made(fn: Function, exports: ReadonlySet<string>): Made {
  const text = textOf(fn)
  const seen = byText.get(text)
  if (seen && !isA(seen, Map)) return seen
  const caller = findCaller(describe)
  const file = caller?.file ?? ''
  const known = seen?.get(file)
  if (known) return known
  const { isFileBound, ...result } = untouched(() => pointing(() => read(fn, text, exports, caller)))
  if (seen) keepFor(seen, file, result)
  else if (result.usesFile || isFileBound) keepFor(keepByFile(text), file, result)
  else keep(text, result)
  return result
}

function read(fn: Function, text: string, exports: ReadonlySet<string>, caller: Caller | undefined) {
  const { captures, scope } = scopeOf(fn, text, exports, caller)
  const usesFile = captures.usesImport || scope.usesFile
  const source = JSON.stringify(placed(captures, scope, text, caller, usesFile))
  return { source, usesFile, isFileBound: scope.isFileBound }
}

function keepByFile(text: string): Map<string, Made> {
  const byFile = new Map<string, Made>()
  keep(text, byFile)
  return byFile
}

function pointing<R>(read: () => R): R {
  try {
    return read()
  } catch (error) {
    throw isA(error, CapturedVariableError) ? atCaller(error) : error
  }
}

/** What a function is called in errors: by its name, and where it was written. */
function subjectOf({ name }: Function, text: string, caller: Caller | undefined): string {
  const shown = name === '' ? 'The function' : `The function '${name}'`
  if (caller === undefined) return shown
  const line = callerFile(caller.file)?.locate(text, 0, caller.line)?.line
  return `${shown} (${caller.file}:${line === undefined ? caller.line : line + 1})`
}

function scopeOf(fn: Function, text: string, exports: ReadonlySet<string>, caller: Caller | undefined) {
  const plain = plainCaptures(text)
  const subject = () => subjectOf(fn, text, caller)
  try {
    if (plain) return inScope(plain, text, exports, caller, subject)
  } catch (error) {
    if (!isA(error, CapturedVariableError)) throw error
    // The name may have stood in a string: the parser knows.
  }
  return inScope(capturesOf(fn, text, subject), text, exports, caller, subject)
}

function inScope(
  captures: Captures,
  text: string,
  exports: ReadonlySet<string>,
  caller: Caller | undefined,
  subject: () => string,
) {
  const scope = new SourceScope(exports, text, caller ? callerFile(caller.file) : programWithoutFile(), subject)
  for (const [name, use] of captures.freeNames) scope.add(name, use)
  return { captures, scope }
}

function placed(captures: Captures, scope: SourceScope, text: string, caller: Caller | undefined, usesFile: boolean) {
  const { code, codeStart, textStart, usesImport } = captures
  const { bindings, self } = scope
  const source: Source = { code, bindings, self, usesImport }
  if (!caller) return usesFile ? { ...source, file: join(process.cwd(), '[eval]') } : source
  const { file, line } = caller
  const place = callerFile(file)?.locate(text, textStart, line)
  // Code that a compiler made in memory is in no file; it mostly begins where its caller hands it over.
  if (!place) return { ...source, file, line: line - 1, column: caller.argument - codeStart }
  return { ...source, file, line: place.line, column: place.column - codeStart }
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
