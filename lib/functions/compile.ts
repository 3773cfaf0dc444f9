// Inline functions on their way to another thread.
//
// `describe` turns a function into a description on the caller's thread, once per source; `compile` turns that
// into a function again in the loop, strict, with nothing in scope but what `source-scope.ts` allows: the exports
// of this package, the globals, `require` and `import()` resolved against the file that called.
//
// Refuses, at the call, what the function captures besides. Either end loads its half when it is first used, so
// that a loop starts without the half that reads, and without the helpers of compilers nobody uses.

import { checkType } from '../arguments.js'
import { createRequire } from 'node:module'
import { compileFunction, constants } from 'node:vm'
import type { Description } from './describe.js'
import type { Binding } from './scope.js'

const descriptions = new WeakMap<Function, string>()
let previous: Function | undefined
let exportNames: ReadonlySet<string> = new Set()
let describing: typeof import('./describe.js') | undefined

/** Tells the names the package exports, which are in scope in every inline function. */
export function setExportNames(names: Iterable<string>): void {
  exportNames = new Set(names)
}

/** Loads what `describe` needs, some milliseconds of work: at a moment when this thread has nothing better to do. */
export function prepareToDescribe(): void {
  describing ??= require('./describe.js') as typeof import('./describe.js')
}

/**
 * Returns the description under which a loop compiles `fn`: the same string for the same source, or, where what the
 * source means depends on the file that calls, for the same source in the same file.
 *
 * @throws CapturedVariableError when `fn` captures what cannot travel, or is native or bound; TypeError
 * `ERR_INVALID_ARG_VALUE` when it is a class or not allowed in strict mode, `ERR_INVALID_ARG_TYPE` when it is no
 * function.
 */
export function describe(fn: Function): string {
  const known = descriptions.get(fn)
  if (known !== undefined) return known
  checkType(fn, 'fn', 'function', describe)
  prepareToDescribe()
  const { description, usesFile } = describing!.describeFunction(fn, exportNames, describe)
  // The same function may be called from several files.
  if (usesFile) return description
  // To enter a function costs more than to look at its text, which pays from the second time on.
  if (fn === previous) descriptions.set(fn, description)
  previous = fn
  return description
}

/**
 * Returns the function of a description, a new one at each call. `namespace` holds every export of the package. In
 * stack traces the function stands where its source stands.
 */
export function compile(description: string, namespace: Record<string, unknown>): Function {
  const { code, bindings, self, usesImport, file, line, column }: Description = JSON.parse(description)
  if (usesImport) silenceImport()
  const head = self === undefined ? '"use strict";return(' : `"use strict";const ${self}=(`
  const tail = self === undefined ? '\n)' : `\n);return ${self}`
  const values = Object.values(bindings).map(binding => valueOf(binding, namespace, file))
  const make = compileFunction(head + code + tail, Object.keys(bindings), {
    filename: file ?? 'inline function',
    lineOffset: line ?? 0,
    columnOffset: (column ?? 0) - head.length,
    importModuleDynamically,
  })
  return make(...values)
}

function valueOf({ kind, target }: Binding, namespace: Record<string, unknown>, file: string | undefined): unknown {
  switch (kind) {
    case 'export':
      return namespace[target!]
    case 'namespace':
      return namespace
    case 'require':
      return createRequire(file!)
    case 'import':
      return importFrom(file!)
  }
  const { compilerHelper, compilerHelpers, coverageCounter } = require('./helpers/table.js') as CompilerHelpers
  if (kind === 'counter') return coverageCounter()
  return kind === 'helpers' ? compilerHelpers() : compilerHelper(target!)
}

type CompilerHelpers = typeof import('./helpers/table.js')

const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER
let isImportSilent = false

/** `import()` as a function, for what is in a file. */
function importFrom(file: string): (specifier: string, options?: ImportCallOptions) => Promise<unknown> {
  silenceImport()
  const code = 'return (specifier, options) => import(specifier, options)'
  return compileFunction(code, [], { filename: file, importModuleDynamically })()
}

/** Node warns once in each thread, at the first `import()`, that the loader asked for here is experimental. */
function silenceImport(): void {
  if (isImportSilent) return
  isImportSilent = true
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    compileFunction('return import("node:vm")', [], { importModuleDynamically })()
  } finally {
    process.emitWarning = emitWarning
  }
}
