// What a loop is asked to run: an inline function, or a function of a module, under one number.
//
// Promises that a text gets one number for the whole process, so that each loop compiles or imports it once.

import { native } from '../native/native.js'
import { compile, describe } from './compile.js'
import { moduleFunction, type ModuleFunction } from '../task-module.js'

/** A function that loops know under a number; the name is what its tasks are called that have no other. */
export interface Errand {
  number: number
  name: string
}

/** Does nothing but wait for the loop's next turn. */
export const NEXT_ITERATION: Errand = { number: 0, name: 'next iteration' }

const errands = new Map<string, Errand>()
const modulePrefix = 'module:'

/** Under what loops know a function. Throws where it cannot travel. */
export function errandOf(fn: Function): Errand {
  const found = moduleFunction(fn)
  const text = found === undefined ? describe(fn) : modulePrefix + JSON.stringify(found)
  let errand = errands.get(text)
  if (errand === undefined) {
    const number = native.sourceNumber(text, functionName(fn))
    errands.set(text, (errand = { number, name: native.sourceName(number) }))
  }
  return errand
}

/** What a function is called. */
export function functionName(fn: Function): string {
  return fn.name || 'anonymous'
}

const names: string[] = []

/** In a loop: what the tasks of a number are called that have no name of their own. */
export function errandName(number: number): string {
  return (names[number] ??= native.sourceName(number))
}

const functions = new Map<number, Function | Promise<Function>>()

/** In a loop: the function of a number, or a promise of it while its module is imported. */
export function errandFunction(number: number, namespace: Record<string, unknown>): Function | Promise<Function> {
  const known = functions.get(number)
  if (known !== undefined) return known
  const text = native.sourceText(number)
  const fn = text.startsWith(modulePrefix)
    ? importFunction(number, JSON.parse(text.slice(modulePrefix.length)) as ModuleFunction)
    : compile(text, namespace)
  functions.set(number, fn)
  return fn
}

async function importFunction(number: number, { url, name }: ModuleFunction): Promise<Function> {
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
