// What a loop is asked to run: an inline function, or a function of a module, under one number.
//
// The maker turns a function into its source (`describe.ts`) and gets a number for it; a loop gets the source of a number
// and compiles or imports it (`compile.ts`). A source has one number in the whole process, so each loop does this once.
// The maker's half is loaded when the first function is described: a loop that only compiles starts without it.

import { contains, matches, sliced, startsWith } from '../methods.js'
import { start } from '../native/boot.js'
import { native } from '../native/native.js'
import { threadWide } from '../native/thread-wide.js'
import { compile, type Namespace } from './compile.js'
import { Recent } from './recent.js'
import { untouched } from './untouched.js'

/** A function under its number. Tasks that are given no name have that of their errand. */
export interface Errand {
  readonly source: string
  /** `LET_GO` once this thread has used too many others since. */
  number: number
  readonly name: string
}

/** The errand that does nothing but wait for the loop's next turn. */
export const NEXT_ITERATION: Errand = { source: '', number: 0, name: 'next iteration' }

// A program that makes functions without end must not grow without end, on either side.
const mostErrands = 10_000
const mostCharacters = 16_000_000

// --- the maker

const LET_GO = -1
const errands = threadWide('errands', () => new Recent<string, Errand>(mostErrands, mostCharacters, letGo))

/** Returns the errand of a function. @throws what `describe` throws where the function cannot travel. */
export function errandOf(fn: Function): Errand {
  const source = (fn as { [ofModule]?: string })[ofModule] ?? describe(fn)
  return errands.get(source) ?? newErrand(source, fn.name || anonymous(source))
}

function newErrand(source: string, functionName: string): Errand {
  const number = native.sourceNumber(source, functionName)
  const errand = { source, number, name: native.sourceName(number) ?? functionName }
  errands.set(source, errand, source.length)
  return errand
}

/** What a task is called whose function has no name: by the place where that was written. */
function anonymous(source: string): string {
  if (startsWith(source, modulePrefix)) return 'anonymous'
  const { file, line, written } = JSON.parse(source) as { file?: string; line?: number; written?: string }
  if (written !== undefined) return `anonymous (${fileName(written)})`
  return file === undefined || line === undefined ? 'anonymous' : `anonymous (${fileName(file)}:${line + 1})`
}

/** The last part of a path or URL. */
function fileName(file: string): string {
  return matches(/[^\\/]*$/, file)![0]
}

function letGo(errand: Errand): void {
  native.sourceRelease(errand.number)
  errand.number = LET_GO
}

/** Returns the number of an errand now: between two calls of this, other functions may have taken its place. */
export function numberOf(errand: Errand): number {
  if (errand.number !== LET_GO) return errand.number
  return (errands.get(errand.source) ?? newErrand(errand.source, errand.name)).number
}

/** Returns the name of a task of this function that is given none. */
export function functionName(fn: Function, errand: Errand): string {
  return fn.name || errand.name
}

let describing: typeof import('./describe.js') | undefined
let exported: Readonly<Record<string, unknown>> = {}

/** Tells what the package exports, which is in scope in every inline function. */
export function setExports(all: Readonly<Record<string, unknown>>): void {
  exported = all
}

/** Loads the maker's half, a millisecond of work: at a moment when this thread has nothing better to do. */
export function prepareToDescribe(): void {
  try {
    describer()
  } catch {
    // The first function will be refused with this error.
  }
}

function describer(): typeof import('./describe.js') {
  return (describing ??= untouched(() => require('./describe.js') as typeof import('./describe.js')))
}

/** Returns the source of an inline function. */
export function describe(fn: Function): string {
  return describer().describe(fn, exported)
}

/** Lets go of the function that became an errand last, and so of all that its scope holds. */
export function forgetLast(): void {
  describing?.forgetLast()
}

// --- functions of a module

/** Where a function of a module is found. */
export interface ModuleFunction {
  url: string
  name: string
}

const modulePrefix = 'module:'
const ofModule = Symbol('threaded-async.task-module')

/** Makes a function stand for one of a module: as an errand, it is that one. */
export function standFor(standIn: Function, found: ModuleFunction): Function {
  return Object.assign(standIn, { [ofModule]: modulePrefix + JSON.stringify({ __proto__: null, ...found }) })
}

/** Returns what stands for a function as it is now, for tasks that are created when its caller is not on the stack any more. */
export function fixed(fn: Function): Function {
  if ((fn as { [ofModule]?: string })[ofModule] !== undefined) return fn
  const standIn = () => {}
  Object.defineProperty(standIn, 'name', { value: fn.name })
  return Object.assign(standIn, { [ofModule]: errandOf(fn).source })
}

/** The module a function was taken from by `taskModule`; undefined for an inline function. */
export function moduleOf(fn: Function): string | undefined {
  const source = (fn as { [ofModule]?: string })[ofModule]
  if (source === undefined || !startsWith(source, modulePrefix)) return undefined
  return (JSON.parse(sliced(source, modulePrefix.length)) as ModuleFunction).url
}

// --- the loop

/** What a loop knows of a number. */
interface Known {
  readonly name: string
  /** Whether it is an inline function that uses `import()` or `require`. */
  readonly usesFile: boolean
  fn?: Function | Promise<Function>
}

const known = new Recent<number, Known>(mostErrands, mostCharacters)

/** Returns the name of an errand, a task of which is about to start. */
export function errandName(number: number): string {
  return (known.get(number) ?? learn(number)).name
}

/** Whether a running task that `above` was called for is one of an inline function, and it is called by its file's code. */
export function comesOfImport(number: number, above: Function): boolean {
  if (known.get(number)?.usesFile !== true) return false
  const { comesOfImport } = require('./origin.js') as typeof import('./origin.js')
  return comesOfImport(textOf(number), above)
}

/** Begins the import of a module in a scope that is known by it. */
export type Importing = (url: string, begin: () => Promise<Function>) => Promise<Function>

/** Returns the function of a number, or a promise of it while its module is imported. */
export function errandFunction(
  number: number,
  namespace: Namespace,
  importing: Importing,
): Function | Promise<Function> {
  const errand = known.get(number) ?? learn(number)
  return (errand.fn ??= functionOf(errand, textOf(number), namespace, importing))
}

/** The task that is about to start holds the source. */
function learn(number: number): Known {
  const text = textOf(number)
  const usesFile = contains(text, '"usesImport":true') || contains(text, '"kind":"require"')
  const errand: Known = { name: native.sourceName(number) ?? 'anonymous', usesFile }
  known.set(number, errand, text.length)
  return errand
}

function textOf(number: number): string {
  return native.sourceText(number) ?? ''
}

function functionOf(
  errand: Known,
  source: string,
  namespace: Namespace,
  importing: Importing,
): Function | Promise<Function> {
  if (!startsWith(source, modulePrefix)) return compile(source, namespace)
  const found = JSON.parse(sliced(source, modulePrefix.length)) as ModuleFunction
  return importing(found.url, () => imported(errand, found))
}

/**
 * The object whose property an export is: the module, or the `module.exports` of a CommonJS module, of which Node may know
 * only the whole. What is an export of both is that of the whole, which its functions find as `this`. TypeScript and Babel
 * have the default export of such a module in `module.exports.default`.
 */
export function ownerOf(module: Record<string, unknown>, name: string): Record<string, unknown> {
  const whole = module.default as Record<string, unknown> | null | undefined
  if (Object(whole) !== whole) return module
  if (name === 'default') return whole!.__esModule === true && Object.hasOwn(whole!, name) ? whole! : module
  if (name in module) return Object.hasOwn(whole!, name) && whole![name] === module[name] ? whole! : module
  const isPlain = name in (typeof whole === 'function' ? Function : Object).prototype
  return Object.hasOwn(whole!, name) || (name in whole! && !isPlain) ? whole! : module
}

/** The bundle has no `import()` where `native/start.ts` has loaded it. */
const importModule = start?.load ?? ((url: string) => import(url))

async function imported(errand: Known, { url, name }: ModuleFunction): Promise<Function> {
  try {
    const module = (await importModule(url)) as Record<string, unknown>
    const exported = ownerOf(module, name)[name]
    if (typeof exported !== 'function') throw new TypeError(`${url} exports no function named '${name}'.`)
    return (errand.fn = exported)
  } catch (error) {
    errand.fn = undefined // The next task tries again.
    throw error
  }
}
