// What a loop is asked to run: an inline function, or a function of a module, under one number.
//
// The maker turns a function into its source (`describe.ts`) and gets a number for it; a loop gets the source of a number
// and compiles or imports it (`compile.ts`). A source has one number in the whole process, so each loop does this once.
// The maker's half is loaded when the first function is described: a loop that only compiles starts without it.

import { native } from '../native/native.js'
import { compile } from './compile.js'

/** A function under its number. Tasks that are given no name have that of their errand. */
export interface Errand {
  number: number
  name: string
}

/** The errand that does nothing but wait for the loop's next turn. */
export const NEXT_ITERATION: Errand = { number: 0, name: 'next iteration' }

// --- the maker

const errands = new Map<string, Errand>()

/** Returns the errand of a function. @throws what `describe` throws where the function cannot travel. */
export function errandOf(fn: Function): Errand {
  const source = (fn as { [ofModule]?: string })[ofModule] ?? describe(fn)
  let errand = errands.get(source)
  if (errand === undefined) {
    const number = native.sourceNumber(source, functionName(fn))
    errands.set(source, (errand = { number, name: native.sourceName(number) }))
  }
  return errand
}

/** Returns the name that an errand gets from its function. */
export function functionName(fn: Function): string {
  return fn.name || 'anonymous'
}

let sourceOf: typeof import('./describe.js').describe | undefined
let exportedNames: ReadonlySet<string> = new Set()

/** Tells the names the package exports, which are in scope in every inline function. */
export function setExportNames(names: Iterable<string>): void {
  exportedNames = new Set(names)
}

/** Loads the maker's half, a millisecond of work: at a moment when this thread has nothing better to do. */
export function prepareToDescribe(): void {
  sourceOf ??= (require('./describe.js') as typeof import('./describe.js')).describe
}

/** Returns the source of an inline function: see `describe.ts`. */
export function describe(fn: Function): string {
  prepareToDescribe()
  return sourceOf!(fn, exportedNames)
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
  return Object.assign(standIn, { [ofModule]: modulePrefix + JSON.stringify(found) })
}

/** The module a function was taken from by `taskModule`; undefined for an inline function. */
export function moduleOf(fn: Function): string | undefined {
  const source = (fn as { [ofModule]?: string })[ofModule]
  return source && (JSON.parse(source.slice(modulePrefix.length)) as ModuleFunction).url
}

// --- the loop

const names: string[] = []

/** Returns the name of an errand. */
export function errandName(number: number): string {
  return (names[number] ??= native.sourceName(number))
}

const functions = new Map<number, Function | Promise<Function>>()

/** Begins the import of a module in a scope that is known by it. */
export type Importing = (url: string, begin: () => Promise<Function>) => Promise<Function>

/** Returns the function of a number, or a promise of it while its module is imported. */
export function errandFunction(
  number: number,
  namespace: Record<string, unknown>,
  importing: Importing,
): Function | Promise<Function> {
  const known = functions.get(number)
  if (known !== undefined) return known
  const source = native.sourceText(number)
  const fn = source.startsWith(modulePrefix)
    ? importFunction(number, JSON.parse(source.slice(modulePrefix.length)) as ModuleFunction, importing)
    : compile(source, namespace)
  functions.set(number, fn)
  return fn
}

function importFunction(number: number, found: ModuleFunction, importing: Importing): Promise<Function> {
  return importing(found.url, () => imported(number, found))
}

async function imported(number: number, { url, name }: ModuleFunction): Promise<Function> {
  try {
    const exported = ((await import(url)) as Record<string, unknown>)[name]
    if (typeof exported !== 'function') throw new TypeError(`${url} exports no function named '${name}'.`)
    functions.set(number, exported)
    return exported
  } catch (error) {
    functions.delete(number) // The next task tries again.
    throw error
  }
}
