// What the free names of an inline function are bound to in the loop.
//
// In scope are the exports of this package, before a global of the same name; the globals; `require`; the helpers of
// compilers; and, where the caller's file says so, an export under another name, or the name that the function has for
// itself. A name that means something else in the caller's file is not in scope.
//
// Refuses every other name with CapturedVariableError, which says what to do instead.

import type { CallerFile } from './caller-file.js'
import { globalNameOf, globalNames } from './helpers/everywhere.js'
import { canonicalHelper } from './helpers/names.js'
import type { Meaning } from './meaning.js'
import type { FreeName } from './reading.js'
import { CapturedVariableError } from '../errors.js'

/**
 * What a name is bound to. `target` is the name of the export or of the helper, or the path of a function of the language, `at` the place of a function among those
 * that travel along, `members` what a module object has.
 */
export interface Binding {
  kind:
    | 'export'
    | 'namespace'
    | 'helper'
    | 'tslib'
    | 'counter'
    | 'require'
    | 'import'
    | 'function'
    | 'members'
    | 'language'
    | 'undefined'
  target?: string
  at?: number
  members?: Record<string, Binding>
}

/** The names that this package exports. */
export interface Exports {
  has(name: string): boolean
}

/** What is known of the values that names have around a function. */
export interface Surroundings {
  /** Returns what the loop can have for a name; undefined where nothing is known of it, `refused` where that cannot travel. */
  bindingOf(name: string, use: FreeName): Binding | 'global' | 'refused' | undefined
}

/** What bundlers call what they put in the place of `require` and `import()`. */
const bundlers = /^__(?:webpack|rspack|turbopack|parcel)_|^\$\w+\$importAsync\b/i

/** The scope one function gets. */
export class SourceScope {
  readonly bindings: Record<string, Binding> = {}
  /** The name the function has for itself, where its text does not say so. */
  self: string | undefined
  /** Some name would mean something else, or nothing, in another file. */
  isFileBound = false
  /** What some name is bound to depends on the file that calls. */
  usesFile = false
  readonly #exports: Exports
  readonly #text: string
  readonly #file: CallerFile | undefined
  readonly #subject: () => string
  readonly #around: Surroundings | undefined

  /** `subject`: what the function is called in errors. `around`: what its closure tells, where that can be asked. */
  constructor(
    exports: Exports,
    text: string,
    file: CallerFile | undefined,
    subject: () => string,
    around?: Surroundings,
  ) {
    this.#exports = exports
    this.#text = text
    this.#file = file
    this.#subject = subject
    this.#around = around
  }

  /** Puts a name into the scope. @throws CapturedVariableError when it means nothing there. */
  add(name: string, use: FreeName): void {
    const binding = this.#withoutFile(name) ?? this.#bind(name, use)
    if (!binding) return
    this.bindings[name] = binding
    this.usesFile ||= binding.kind === 'require' || binding.kind === 'import'
  }

  #withoutFile(name: string): Binding | undefined {
    if (name === 'require' || name === '__require') return { kind: 'require' }
    if (name === '__vite_ssr_dynamic_import__') return { kind: 'import' }
    if (/^cov_\w+$/.test(name)) return { kind: 'counter' }
    const helper = canonicalHelper(name)
    return helper === undefined ? undefined : { kind: 'helper', target: helper }
  }

  /** Undefined: the name needs no binding. */
  #bind(name: string, use: FreeName): Binding | undefined {
    if (use.isOnlyTypeof && !this.#exports.has(name) && !this.#isImported(name)) return undefined
    if (use.isOnlyThis === true) return { kind: 'undefined' }
    const meaning = this.#file?.meaningOf(name, this.#text)
    if (!meaning) return this.#unbound(name, use)
    if (use.isWritten) throw this.#captured(name, use)
    if (meaning.kind === 'value' && globalNames.has(name) && meaning.value === Reflect.get(globalThis, name))
      return undefined
    this.isFileBound ||= meaning.kind !== 'export' || meaning.name !== name
    return this.#inFile(name, meaning, use)
  }

  /** Whether the file says that it is, or has, exports of this package. */
  #isImported(name: string): boolean {
    return /^(?:export|namespace)$/.test(this.#file?.meaningOf(name, this.#text)?.kind ?? '')
  }

  #inFile(name: string, meaning: Meaning, use: FreeName): Binding | undefined {
    switch (meaning.kind) {
      case 'export':
        if (!this.#exports.has(meaning.name)) break
        return { kind: 'export', target: meaning.name }
      case 'namespace':
      case 'tslib':
        return { kind: meaning.kind }
      case 'value': {
        const global = globalNameOf(meaning.value)
        if (global !== undefined && use.members?.has('default') !== true) return { kind: 'language', target: global }
        break
      }
      case 'self':
        this.self = name
        return undefined
    }
    return this.#ofClosure(name, use)
  }

  /** For a name that the file does not tell of. Where it cannot, as what runs is not what it holds, the closure may. */
  #unbound(name: string, use: FreeName): Binding | undefined {
    const isKnown = (this.#exports.has(name) && !use.isWritten) || globalNames.has(name)
    if (isKnown && this.#file?.isUnclear(name, this.#text) !== true) return this.#plainly(name)
    const read = [...(use.members ?? [])]
    const isModule = read.length > 0 && !use.isWritten
    if (!this.#isImport(name, use) && this.#around?.bindingOf(name, use) !== undefined)
      return this.#ofClosure(name, use)
    if (isKnown) return this.#plainly(name)
    if (this.#isImport(name, use)) return { kind: 'import' }
    if (isModule && read.every(member => this.#exports.has(member))) return { kind: 'namespace' }
    if (isModule && name.startsWith('tslib') && read.every(canonicalHelper)) return { kind: 'tslib' }
    throw this.#captured(name, use)
  }

  /** Whether a compiler that works in memory calls this instead of `import()`: the file that was written has no such name. */
  #isImport(name: string, use: FreeName): boolean {
    return use.isOnlyCalled === true && /import(?![a-z])/i.test(name) && this.#file?.has(name) === false
  }

  #plainly(name: string): Binding | undefined {
    return this.#exports.has(name) ? { kind: 'export', target: name } : undefined
  }

  #ofClosure(name: string, use: FreeName): Binding | undefined {
    const isKnowable = !use.isWritten && !bundlers.test(name)
    const binding = isKnowable ? this.#around?.bindingOf(name, use) : undefined
    if (binding === undefined || binding === 'refused') throw this.#captured(name, use)
    this.isFileBound = true
    return binding === 'global' ? undefined : binding
  }

  #captured(name: string, use: FreeName): CapturedVariableError {
    const line = this.#file?.lineOf(name, this.#text)
    const bound = line === undefined ? '' : `is declared in line ${line} and `
    if (use.isInImport === true || bundlers.test(name)) {
      const message =
        `${this.#subject()} captures \`${name}\`, which ${bound}is what a bundler has made of \`import()\`. The module is in ` +
        'the bundle, where the thread that runs the function does not find it. Write `import(/* webpackIgnore: true */ url)` ' +
        'and pass the URL in `args`, or use taskModule().'
      return new CapturedVariableError(name, message)
    }
    const isKnown = globalNames.has(name) || this.#exports.has(name)
    const what = isKnown ? `is not the \`${name}\` that tasks have` : 'does not exist on the thread where it is to run'
    const message =
      `${this.#subject()} captures \`${name}\`, which ${bound}${what}. Pass it in \`args\`, import it inside the function, ` +
      'or put the function into a module of its own and use taskModule().'
    return new CapturedVariableError(name, message)
  }
}
