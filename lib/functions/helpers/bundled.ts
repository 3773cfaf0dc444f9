// What a bundler has put in the place of `import()`, turned back into that.
//
// A bundler knows modules by numbers, and calls a function with one. In the closure of that function is the table of its
// modules. For one that stays outside of the bundle the table has a function that does nothing but `require` or import it,
// and that says by which specifier. So a loop can import it, too.
//
// Leaves everything else as it is: a module inside of the bundle is no file. Promises to run nothing of the program's.

import { types } from 'node:util'
import { matches, uncurried } from '../../methods.js'
import type { CallerFile } from '../caller-file.js'
import { valuesAround } from '../closure.js'
import type { Replaced } from '../reading.js'

const textOf = uncurried(Function.prototype.toString)
const comments = /\/\*[^]*?\*\/|\/\/.*/g

/** `modules[id](module, module.exports, …)`, `modules[id].call(module.exports, module, module.exports, …)` */
const lookingUp = /([\w$]+)\[[\w$]+\](?:\.call\([\w$.]+,\s*|\()\s*([\w$]+),\s*\2\.exports\b/

/** The parameters of a module's function, and what it exports, as its last statement. */
const exporting = /^([^{]*)\{\s*(?:(?:"use strict"|'use strict');?)?([^]*?)[\w$]+\.exports\s*=\s*([^]*?)[;\s]*\}$/
const required = /^([\w$]+)(?:\(import\.meta\.url\))?\((["'])([^"'\\\n]+)\2\)$/
const picked = /=>\s*\(?\s*([\w$]+)(?:\.[\w$]+|\[["'][^"']+["']\])/g

/** Returns the text of a function as it was before a bundler has replaced imports in it; undefined where none was. */
export function unbundled(
  fn: Function,
  text: string,
  replaced: readonly Replaced[],
  file: CallerFile | undefined,
): string | undefined {
  let result = text
  for (const one of replaced.toSorted((a, b) => b.start - a.start)) {
    const specifier = 'id' in one ? specifierOf(fn, one.loader, one.id, file) : undefined
    const put = 'id' in one ? specifier && `import(${JSON.stringify(specifier)})` : one.name
    if (put === undefined) continue
    result = result.slice(0, one.start) + asLong(put, text.slice(one.start, one.end)) + result.slice(one.end)
  }
  return result === text ? undefined : result
}

/** What stands behind it stays in its line and, where that is possible, in its column. */
function asLong(put: string, before: string): string {
  const lineBreaks = before.replace(/[^\n]/g, '')
  return put.padEnd(before.length - lineBreaks.length) + lineBreaks
}

function specifierOf(fn: Function, loader: string, id: string, file: CallerFile | undefined): string | undefined {
  const load = valueAround(fn, loader)
  const name = typeof load === 'function' ? matches(lookingUp, textOf(load))?.[1] : undefined
  const modules = name === undefined ? undefined : valueAround(load as Function, name)
  const module = Object(modules) === modules ? Object.getOwnPropertyDescriptor(modules, id)?.value : undefined
  return typeof module === 'function' ? outsideOf(module as Function, file) : undefined
}

/** Returns the specifier of a module that is outside of the bundle. */
function outsideOf(module: Function, file: CallerFile | undefined): string | undefined {
  const [, parameters, before, exported] = matches(exporting, textOf(module).replace(comments, '')) ?? []
  if (exported === undefined) return undefined
  const isOutside = (name: string) =>
    !new RegExp(`(?<![\\w$])${name.replaceAll('$', '\\$')}(?![\\w$])`).test(parameters!)
  const isAll = before!.trim() === ''
  const [, callee, , specifier] = (isAll && matches(required, exported)) || []
  if (specifier !== undefined) return isOutside(callee!) ? specifier : undefined
  // Of an ES module that it imports at its top, it exports all or some.
  const names = isAll && /^[\w$]+$/.test(exported) ? [exported] : pickedFrom(exported)
  const [first, ...more] = new Set(names)
  if (first === undefined || more.length > 0 || !isOutside(first)) return undefined
  return types.isModuleNamespaceObject(valueAround(module, first)) ? file?.specifierOf(first) : undefined
}

/** `make({ key: () => name.key, … })` */
function pickedFrom(exported: string): string[] {
  const object = /\(\{([^]*)\}\)$/.exec(exported)?.[1] ?? ''
  const names = Array.from(object.matchAll(picked), ([, name]) => name!)
  return names.length === object.split('=>').length - 1 ? names : []
}

function valueAround(fn: Function, name: string): unknown {
  return valuesAround(fn, [name])?.get(name)?.value
}
