// What every thread has, by its name and by its value: the globals, and the functions of the language.
//
// A bundler may give a global that a program has imported another name: `process2`, `external_node_buffer.Buffer`. Its
// value is the same. Promises to say so only of a value that a builtin module has as well, as a program may have put its
// own in the place of a global.

import { isBuiltin } from 'node:module'

const moduleNames = new Set(['require', 'module', 'exports', '__filename', '__dirname'])

/** The names that every thread has from its start. What a program adds to `globalThis` stays on its own thread. */
export const globalNames: ReadonlySet<string> = new Set(
  [globalThis, Object.prototype].flatMap(object => Object.getOwnPropertyNames(object)).filter(isEverywhere),
)

/** `node -e` and the REPL have the builtin modules as globals; three of them are globals by right. */
function isEverywhere(name: string): boolean {
  return !moduleNames.has(name) && (!isBuiltin(name) || ['console', 'crypto', 'process'].includes(name))
}

/** Those that have globals. */
const modules = ['buffer', 'console', 'perf_hooks', 'process', 'timers', 'url', 'util', 'worker_threads']
let globals: Map<unknown, string> | undefined

/** Returns the name of a global that a builtin module has, too; undefined for every other value. */
export function globalNameOf(value: unknown): string | undefined {
  if (Object(value) !== value) return undefined
  if (globals === undefined) {
    globals = new Map()
    for (const name of modules) addGlobals(name, process.getBuiltinModule(name) as unknown as object, globals)
  }
  return globals.get(value)
}

function addGlobals(name: string, module: object, found: Map<unknown, string>): void {
  if (globalNames.has(name) && Reflect.get(globalThis, name) === module) found.set(module, name)
  for (const key of Object.getOwnPropertyNames(module)) {
    const value = globalNames.has(key) ? (Reflect.get(module, key) as unknown) : undefined
    if (Object(value) === value && Reflect.get(globalThis, key) === value) found.set(value, key)
  }
}

let paths: Map<unknown, string> | undefined

/** The functions of the language, by value: `Object.prototype.hasOwnProperty`. */
export function languagePaths(): ReadonlyMap<unknown, string> {
  if (paths !== undefined) return paths
  paths = new Map()
  for (const name of ['Object', 'Reflect', 'Array', 'Function', 'String', 'Symbol', 'Promise', 'Math', 'JSON']) {
    const owner = Reflect.get(globalThis, name) as object
    paths.set(owner, name)
    addMethods(owner, name, paths)
    addMethods(Object.getOwnPropertyDescriptor(owner, 'prototype')?.value as object, `${name}.prototype`, paths)
  }
  return paths
}

function addMethods(owner: object | undefined, path: string, paths: Map<unknown, string>): void {
  for (const key of owner === undefined ? [] : Object.getOwnPropertyNames(owner)) {
    const { value } = Object.getOwnPropertyDescriptor(owner!, key)!
    if (typeof value === 'function' && key !== 'constructor') paths.set(value, `${path}.${key}`)
  }
}
