// Which classes of errors cross threads as the very class, and under which name.
//
// Promises that a class keeps the name it was registered under, on this thread, and that a name has one class.

import { invalidArgType, invalidArgValue } from '../arguments.js'
import { isUnderError } from '../brands.js'

/** A class of errors, whatever its constructor takes. */
export type ErrorClass = abstract new (...args: never[]) => Error

const classesByName = new Map<string, ErrorClass>()
const namesByPrototype = new WeakMap<object, string>()

/** @internal Gives a class of ours its fixed `name`, and lets it cross. */
export function define(errorClass: ErrorClass): void {
  Object.defineProperty(errorClass.prototype, 'name', { value: errorClass.name, writable: true, configurable: true })
  register(errorClass)
}

function register(errorClass: ErrorClass): void {
  classesByName.set(errorClass.name, errorClass)
  namesByPrototype.set(errorClass.prototype, errorClass.name)
}

/**
 * Returns nothing: from here on, errors of this class arrive on this thread as this very class, and leave it
 * under its name. Call it on both sides; where only one side knows the class, its built-in ancestor arrives.
 *
 * The constructor does not run on arrival: own fields are copied, `#private` ones are not.
 *
 * @throws TypeError `ERR_INVALID_ARG_TYPE` when it is no subclass of Error, `ERR_INVALID_ARG_VALUE` when it has
 *   no name or another class has taken it. Nothing is registered then. To register the same class
 *   again does nothing.
 *
 * @example
 * class ParseError extends Error {
 *   line = 0
 * }
 * registerError(ParseError) // in the module that both threads import
 */
export function registerError(errorClass: ErrorClass): void {
  if (typeof errorClass !== 'function' || !isUnderError(errorClass.prototype)) {
    throw invalidArgType('errorClass', 'a subclass of Error', errorClass, registerError)
  }
  const { name } = errorClass
  if (typeof name !== 'string' || name === '') {
    throw invalidArgValue('errorClass', 'must have a name', name, registerError)
  }
  const holder = classesByName.get(name)
  if (holder === errorClass) return
  if (holder !== undefined) {
    throw invalidArgValue('errorClass', 'must not have the name of another registered class', name, registerError)
  }
  register(errorClass)
}

/** @internal The class registered under a name on this thread. */
export function registeredClass(name: string): ErrorClass | undefined {
  return classesByName.get(name)
}

/** @internal The name under which the class with this very prototype is registered on this thread. */
export function registeredName(prototype: object): string | undefined {
  return namesByPrototype.get(prototype)
}
