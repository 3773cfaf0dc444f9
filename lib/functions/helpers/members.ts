// What compilers leave of modules: objects whose members are read.
//
// Promises to call nothing but getters that do nothing but name a variable, or make such an object of another.

import { types } from 'node:util'
import { uncurried } from '../../methods.js'

const textOf = uncurried(Function.prototype.toString)
const comments = /\/\*[^]*?\*\//g

/** A getter that does nothing but name something, as compilers write them for what a module exports. */
const plainGetter = new RegExp(
  String.raw`^(?:\(\)\s*=>|(?:function|get)?\s*[\w$]*\s*\(\))\s*(?:NAMED|\(\s*NAMED\s*\)|\{\s*(?:try\s*\{\s*)?return\s+NAMED\s*;?\s*(?:\}\s*catch\s*\{\s*\}\s*)?\})$`.replaceAll(
    'NAMED',
    String.raw`[\w$.[\]'"]+`,
  ),
)

/** One that makes a module object of what CommonJS exports, when it is asked for it first. */
const cachedNamespace = /^\(\)\s*=>\s*\(?\s*([\w$]+)\s*\|\|\s*\(\1\s*=\s*[\w$.]+\([\w$]+,\s*\d+\)\)\s*\)?$/

/** Returns a member of a module object; undefined where only code of the program could tell. */
export function memberOf(value: object, key: string): unknown {
  for (
    let owner: object | null = value;
    owner !== null && !types.isProxy(owner);
    owner = Object.getPrototypeOf(owner)
  ) {
    const descriptor = descriptorOf(owner, key)
    if (descriptor === undefined && typeof value === 'function') return undefined
    if (descriptor === undefined) continue
    if (descriptor.get === undefined) return descriptor.value
    const getter = textOf(descriptor.get).replace(comments, '')
    // rolldown and Bun bind one getter to every name.
    const isBound = /\[native code\]/.test(getter)
    if (isBound && !isModuleLike(owner)) return memberOfDefault(owner, key)
    const isPlain = isBound || plainGetter.test(getter) || cachedNamespace.test(getter)
    return isPlain ? attempt(() => Reflect.apply(descriptor.get!, value, [])) : undefined
  }
  return undefined
}

/** A module object that was made of CommonJS has that as its default export. */
function memberOfDefault(owner: object, key: string): unknown {
  const module = descriptorOf(owner, 'default')?.value as unknown
  return Object(module) === module && module !== owner ? memberOf(module as object, key) : undefined
}

/** Returns the name that a function has for itself. */
export function nameOf(fn: object): string {
  const name = descriptorOf(fn, 'name')?.value as unknown
  return typeof name === 'string' ? name : ''
}

/** Returns what a module object has. */
export function keysOf(value: object): string[] {
  return attempt(() => Object.getOwnPropertyNames(value)) ?? []
}

function isModuleLike(value: object): boolean {
  return Object.hasOwn(value, '__esModule') || Object.hasOwn(value, 'AsyncRunner')
}

/** A module that is being evaluated has no values yet. */
function descriptorOf(owner: object, key: string): PropertyDescriptor | undefined {
  return attempt(() => Object.getOwnPropertyDescriptor(owner, key))
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}
