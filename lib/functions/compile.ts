// The loop's half: a source becomes a function again.
//
// It is compiled strict, with nothing in scope but what `scope.ts` allowed: the exports of this package, the globals,
// `require` and `import()` resolved against the file that called, and what compilers put around a function. Those helpers
// are loaded when a function first needs one, so that a loop starts without them.

import { createRequire } from 'node:module'
import { compileFunction, constants } from 'node:vm'
import { mapped } from '../methods.js'
import type { Source } from './describe.js'
import type { Binding } from './scope.js'

/**
 * Returns the function of a source, a new one at each call. `namespace` holds every export of the package. In stack
 * traces the function stands where its text stands.
 */
export function compile(source: string, namespace: Record<string, unknown>): Function {
  const { code, bindings, self, usesImport, file, line, column }: Source = Object.setPrototypeOf(
    JSON.parse(source),
    null,
  )
  if (usesImport) silenceImport()
  const head = self === undefined ? '"use strict";return(' : `"use strict";const ${self}=(`
  const tail = self === undefined ? '\n)' : `\n);return ${self}`
  const values = mapped(Object.values(bindings), binding => valueOf(binding, namespace, file))
  const make = compileFunction(head + code + tail, Object.keys(bindings), {
    filename: file ?? 'inline function',
    lineOffset: line ?? 0,
    columnOffset: (column ?? 0) - head.length,
    importModuleDynamically,
  })
  return Reflect.apply(make, undefined, values) as Function
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
  const { compilerHelper, coverageCounter, tslib } =
    require('./helpers/table.js') as typeof import('./helpers/table.js')
  if (kind === 'counter') return coverageCounter()
  return kind === 'tslib' ? tslib() : compilerHelper(target!)
}

const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER
let isImportSilent = false

/** `import()` as a function, for what is in a file. */
export function importFrom(file: string): (specifier: string, options?: ImportCallOptions) => Promise<unknown> {
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
