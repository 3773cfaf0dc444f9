// The loop's half: a source becomes a function again.
//
// It is compiled strict, with nothing in scope but what `scope.ts` allowed: the exports of this package, the globals,
// `require` and `import()` resolved against the file that called, and what compilers put around a function. Those helpers
// are loaded when a function first needs one, so that a loop starts without them.

import { createRequire } from 'node:module'
import { compileFunction, constants } from 'node:vm'
import { joined, mapped, matches, splitAt, startsWith } from '../methods.js'
import type { Source } from './describe.js'
import type { Binding } from './scope.js'
import type { Carried } from './surroundings.js'

/** Returns every export of the package, which this may load. */
export type Namespace = () => Readonly<Record<string, unknown>>

/**
 * Returns the function of a source, a new one at each call. `namespace` returns every export of the package. In stack
 * traces the function stands where its text stands.
 */
export function compile(source: string, namespace: Namespace): Function {
  const { code, bindings, self, usesImport, carried, file, line, column }: Source = Object.setPrototypeOf(
    JSON.parse(source),
    null,
  )
  if (usesImport) silenceImport()
  const head = self === undefined ? '"use strict";return(' : `"use strict";const ${self}=(`
  const tail = self === undefined ? '\n)' : `\n);return ${self}`
  const functions = carried === undefined ? [] : compileCarried(carried, namespace)
  const values = mapped(Object.values(bindings), binding => valueOf(binding, namespace, functions, file))
  const make = compileFunction(head + code + tail, Object.keys(bindings), {
    filename: file ?? 'inline function',
    lineOffset: line ?? 0,
    columnOffset: (column ?? 0) - head.length,
    importModuleDynamically,
  })
  return Reflect.apply(make, undefined, values) as Function
}

/** Functions that call one another: each is made first, and then told what the names in it stand for. */
function compileCarried(carried: readonly Carried[], namespace: Namespace): Function[] {
  const made = mapped(carried, ({ code, bindings }) => {
    const names = Object.keys(bindings)
    const assigned = joined(
      mapped(names, (name, i) => `${name}=__values[${i}];`),
      '',
    )
    // As a declaration, a function may replace itself.
    const name = matches(/^(?:async\b\s*)?function\s*\*?\s*([\w$]+)/, code)?.[1]
    const head = name === undefined ? `const __made=(${code}\n);` : `${code}\nconst __made=${name};`
    const make = compileFunction(`"use strict";${head}return[__made,__values=>{${assigned}}]`, names)
    return Reflect.apply(make, undefined, []) as [Function, (values: unknown[]) => void]
  })
  const functions = mapped(made, ([fn]) => fn)
  for (let i = 0; i < carried.length; i++) {
    const bindings = Object.values(carried[i]!.bindings)
    made[i]![1](mapped(bindings, binding => valueOf(binding, namespace, functions, undefined)))
  }
  return functions
}

function valueOf(
  binding: Binding,
  namespace: Namespace,
  functions: readonly Function[],
  file: string | undefined,
): unknown {
  const { kind, target } = binding
  switch (kind) {
    case 'undefined':
      return undefined
    case 'language':
      return splitAt(target!, '.').reduce<unknown>((owner, key) => Reflect.get(owner as object, key), globalThis)
    case 'function':
      return functions[binding.at!]
    case 'members': {
      const entries = mapped(Object.entries(binding.members!), ([name, member]) => [
        name,
        valueOf(member, namespace, functions, file),
      ])
      return Object.fromEntries(entries)
    }
    case 'export':
      return namespace()[target!]
    case 'namespace':
      return namespace()
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

type Import = (specifier: string, options?: ImportCallOptions) => Promise<unknown>

/** `import()` as a function, for what is in a file. */
export function importFrom(file: string): Import {
  silenceImport()
  const code = 'return (specifier, options) => import(specifier, options)'
  const imports = compileFunction(code, [], { filename: file, importModuleDynamically })() as Import
  return (specifier, options) =>
    imports(startsWith(`${specifier}`, '/') ? located(specifier, file) : specifier, options)
}

function located(specifier: string, file: string): string {
  const { withinRoot } = require('./helpers/root.js') as typeof import('./helpers/root.js')
  return withinRoot(specifier, file)
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
