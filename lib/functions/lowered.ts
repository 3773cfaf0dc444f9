// Async functions that a compiler has turned into plain ones, found again behind what was put around them.
//
// Babel and SWC hand a generator to a helper, which returns the function that drives it; of one with parameters there is
// another around that. Their texts say nothing of the program: they are the same for every function. The generator is in
// their closure, and is what was written.
//
// Everything else is left as it is (undefined).

import { matches, uncurried } from '../methods.js'
import { valuesAround } from './closure.js'

/** The helper that makes an async function of a generator. */
export const asyncDriver = '_asyncToGenerator'

const textOf = uncurried(Function.prototype.toString)

const driving =
  /^function\s*\(\)\s*\{\s*var\s+([\w$]+)\s*=\s*this,\s*([\w$]+)\s*=\s*arguments;\s*return new Promise\(.*?([\w$]+)\.apply\(\1,\s*\2\)/s
const forwarding = /^function\s*[\w$]*\s*\([\w$,\s]*\)\s*\{\s*return\s+([\w$]+)\.apply\(this,\s*arguments\);?\s*\}$/

/** Returns the generator that an async function has become. */
export function bodyOf(fn: Function, text: string): Function | undefined {
  const driven = matches(driving, text)?.[3]
  if (driven !== undefined) return functionAround(fn, driven)
  const next = matches(forwarding, text)?.[1]
  const target = next === undefined ? undefined : functionAround(fn, next)
  return target !== undefined && driving.test(textOf(target)) ? bodyOf(target, textOf(target)) : undefined
}

function functionAround(fn: Function, name: string): Function | undefined {
  const value = valuesAround(fn, [name])?.get(name)?.value
  return typeof value === 'function' ? value : undefined
}
