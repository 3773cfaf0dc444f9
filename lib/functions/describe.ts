// The maker's half: an inline function becomes its source, which a loop can compile.
//
// A source holds the text of the function, what each of its free names stands for, and the place it came from. It is
// made once for each text; where it depends on the file that calls, once for each text and file. What is kept is bounded.
//
// Refuses, at the call, what the function captures besides.

import { isA, uncurried } from '../methods.js'
import { join } from 'node:path'
import { type Caller, type CallerFile, callerFile, findCaller, programWithoutFile } from './caller-file.js'
import { type Captures, capturesOf, withoutMeaning } from './reading.js'
import { checkType } from '../arguments.js'
import { CapturedVariableError } from '../errors.js'
import { atCaller } from '../stack.js'
import { standOf } from './place.js'
import { plainCaptures } from './plain.js'
import { type Binding, SourceScope } from './scope.js'
import { type Carried, ValuesAround } from './surroundings.js'
import { unbundled } from './helpers/bundled.js'
import { untouched } from './untouched.js'
import { asyncDriver, bodyOf } from './lowered.js'

type Exported = ReadonlyMap<string, unknown>

/** What a loop compiles a function from; it travels as JSON. */
export interface Source {
  /** An expression. */
  code: string
  bindings: Record<string, Binding>
  /** The name the function has for itself, where its text does not say so. */
  self?: string
  usesImport?: boolean
  /** Functions that it calls and that travel along. */
  carried?: readonly Carried[]
  /** The file that called, as a path or URL, and where in it `code` begins, counted from 0. */
  file?: string
  line?: number
  column?: number
  /** Where it was written, `file:line`, if that is elsewhere. */
  written?: string
}

const textOf = uncurried(Function.prototype.toString)

interface Made {
  source: string
  /** The function uses `import()` or `require`, so each call gets that of its own file. */
  usesFile: boolean
}

/** What was made of a text, wherever it is called, as far as is known. */
interface Known extends Made {
  /** Where the function was handed over first, and how often it was looked whether that is so again. */
  place: string
  looks: number
}

const sources = new WeakMap<Function, string>()
let previous: Function | undefined

/**
 * Returns the source of a function: the same string for the same text, or, where what the text means depends on the file
 * that calls, for the same text in the same file. `exports` is what this package exports.
 *
 * @throws CapturedVariableError when `fn` captures what cannot travel, or is native or bound; TypeError
 * `ERR_INVALID_ARG_VALUE` when it is a class or not allowed in strict mode, `ERR_INVALID_ARG_TYPE` when it is not a
 * function.
 */
export function describe(fn: Function, exports: Readonly<Record<string, unknown>>): string {
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
const mostPlacesPerText = 100

/** To look who calls takes 5 µs: after so many calls from one place, there is probably no other. */
const mostLooks = 50

/** By text; where that does not say it all, by text and place. */
const byText = new Map<string, Known | Map<string, Made>>()
let characters = 0
/** Of functions that have other values around them than others of their text, by place. */
const ownPlaces = new WeakMap<Function, Map<string, Made>>()

function made(fn: Function, exports: Readonly<Record<string, unknown>>): Made {
  const text = textOf(fn)
  const seen = byText.get(text)
  const isOne = seen !== undefined && !isA(seen, Map)
  if (isOne && (seen.looks >= mostLooks || fn === previous)) return seen
  const caller = findCaller(describe)
  const place = caller === undefined ? '' : `${caller.file}:${caller.line}:${caller.column}`
  if (isOne && seen.place === place) {
    seen.looks++
    return seen
  }
  const places = isOne ? keepByPlace(text, seen) : seen
  const known = places?.get(place)
  if (known) return known
  const own = ownPlaces.get(fn)?.get(place)
  if (own) return own
  const { isFileBound, isOwn, ...result } = untouched(() =>
    pointing(() => readLowered(fn, text, byName(exports), caller)),
  )
  if (isOwn) {
    if (result.usesFile) keepOwn(fn, place, result)
    else sources.set(fn, result.source)
  } else if (places) keepAt(places, place, result)
  else if (result.usesFile || isFileBound) keepAt(keepByPlace(text), place, result)
  else keep(text, { ...result, place, looks: 0 })
  return result
}

/** An async function may have become one that drives a generator: then that is what was written. */
function readLowered(fn: Function, text: string, exports: Exported, caller: Caller | undefined) {
  const body = bodyOf(fn, text)
  if (body === undefined) return read(fn, text, exports, caller)
  return { ...read(body, textOf(body), exports, caller, asyncDriver), isOwn: true }
}

/** `driver`: the helper that makes an async function of it. */
function read(fn: Function, text: string, exports: Exported, caller: Caller | undefined, driver?: string) {
  const { captures, scope, carried, isOwn } = scopeOf(fn, text, exports, caller)
  const usesFile = captures.usesImport || scope.usesFile
  const source = placed(fn, captures, scope, carried, text, caller, usesFile)
  return {
    source: JSON.stringify(driver === undefined ? source : driven(source, driver)),
    usesFile,
    isFileBound: scope.isFileBound,
    isOwn,
  }
}

/** What `placed` has counted from the start of the code is counted from the start of the call then. */
function driven(source: Source, driver: string): Source {
  const { code, self, bindings, column } = source
  const own = self === undefined ? code : `(${self}=>${self}=${code})()`
  return {
    ...source,
    self: undefined,
    code: `${driver}(${own})`,
    bindings: { ...bindings, [driver]: { kind: 'helper', target: driver } },
    column: column === undefined ? undefined : column - driver.length - 1,
  }
}

let named: { all: object; names: Exported } | undefined

function byName(all: Readonly<Record<string, unknown>>): Exported {
  if (named?.all !== all) named = { all, names: new Map(Object.entries(all)) }
  return named.names
}

/** From now on, every call of a function of this text is looked at. */
function keepByPlace(text: string, first?: Known): Map<string, Made> {
  const places = new Map<string, Made>()
  if (first) places.set(first.place, first)
  keep(text, places)
  return places
}

function pointing<R>(read: () => R): R {
  try {
    return read()
  } catch (error) {
    throw isA(error, CapturedVariableError) ? atCaller(error) : error
  }
}

/** What a function is called in errors: by its name, and where it was written. */
function subjectOf(fn: Function, text: string, caller: Caller | undefined): string {
  const shown = fn.name === '' ? 'The function' : `The function '${fn.name}'`
  if (caller === undefined) return shown
  const { line, written } = standOf(fn, text, 0, caller)
  return `${shown} (${written ?? `${caller.file}:${line + 1}`})`
}

function scopeOf(fn: Function, text: string, exports: Exported, caller: Caller | undefined) {
  const plain = plainCaptures(text)
  const subject = () => subjectOf(fn, text, caller)
  const file = caller ? callerFile(caller.file) : programWithoutFile()
  try {
    if (plain) return inScope(plain, new SourceScope(exports, text, file, subject))
  } catch (error) {
    if (!isA(error, CapturedVariableError)) throw error
    // The name may have stood in a string: the parser knows.
  }
  const written = capturesOf(fn, text, subject)
  const mended = written.bundled?.length ? unbundled(fn, text, written.bundled, file) : undefined
  const captures = mended === undefined ? written : capturesOf(fn, mended, subject)
  const around = new ValuesAround(fn, captures.freeNames.keys(), exports, {
    isMade: name => isMade(name, file),
    isOfFile: name => file?.isOfFile(name, text) ?? false,
  })
  try {
    const result = inScope(captures, new SourceScope(exports, text, file, subject, around))
    if (captures.thisGoesTo?.size && !thisIsTaken(captures, result.scope)) throw withoutMeaning('this', '', subject())
    return {
      ...result,
      isOwn: around.isOwn || mended !== undefined,
      carried: around.carried.length > 0 ? around.carried : undefined,
    }
  } catch (error) {
    if (!isA(error, CapturedVariableError) || captures.thisGoesTo?.has(error.variable) !== true) throw error
    throw withoutMeaning('this', '', subject())
  }
}

/** Whether what has this name is likely to be a compiler's. */
function isMade(name: string, file: CallerFile | undefined): boolean {
  return /^(?:_|\$parcel\$)/.test(name) || file?.isMinified === true
}

/** Whether what `this` is handed on to travels along. */
function thisIsTaken({ thisGoesTo }: Captures, { bindings }: SourceScope): boolean {
  return [...(thisGoesTo ?? [])].every(name => ['function', 'helper', 'members'].includes(bindings[name]?.kind ?? ''))
}

function inScope(captures: Captures, scope: SourceScope) {
  for (const [name, use] of captures.freeNames) scope.add(name, use)
  return { captures, scope, isOwn: false, carried: undefined as readonly Carried[] | undefined }
}

function placed(
  fn: Function,
  captures: Captures,
  scope: SourceScope,
  carried: readonly Carried[] | undefined,
  text: string,
  caller: Caller | undefined,
  usesFile: boolean,
) {
  const { code, codeStart, textStart, usesImport } = captures
  const { bindings, self } = scope
  const source: Source = { code, bindings, self, usesImport, carried }
  if (!caller) return usesFile ? { ...source, file: join(process.cwd(), '[eval]') } : source
  const { line, column, written } = standOf(fn, text, textStart, caller)
  return { ...source, file: caller.file, line, column: column - codeStart, written }
}

function keepOwn(fn: Function, place: string, made: Made): void {
  const places = ownPlaces.get(fn) ?? new Map<string, Made>()
  if (!ownPlaces.has(fn)) ownPlaces.set(fn, places)
  keepAt(places, place, made)
}

function keepAt(places: Map<string, Made>, place: string, made: Made): void {
  if (places.size >= mostPlacesPerText) places.clear()
  places.set(place, made)
}

function keep(text: string, made: Known | Map<string, Made>): void {
  if (!byText.has(text)) characters += text.length
  if (byText.size >= mostTexts || characters > mostCharacters) {
    byText.clear()
    characters = text.length
  }
  byText.set(text, made)
}
