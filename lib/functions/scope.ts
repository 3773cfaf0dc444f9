// What the free names of an inline function are bound to in the loop.
//
// In scope are the exports of this package, before a global of the same name; the globals; `require`; the helpers of
// compilers; and, where the caller's file says so, an export under another name, or the name that the function has for
// itself. A name that means something else in the caller's file is not in scope.
//
// Refuses every other name with CapturedVariableError, which says what to do instead.

import { isBuiltin } from 'node:module'
import type { CallerFile } from './caller-file.js'
import { canonicalHelper } from './helpers/names.js'
import type { Meaning } from './meaning.js'
import type { FreeName } from './reading.js'
import { CapturedVariableError } from '../errors.js'

/** What a name is bound to; `target` is the name of the export or of the helper. */
export interface Binding {
  kind: 'export' | 'namespace' | 'helper' | 'tslib' | 'counter' | 'require' | 'import'
  target?: string
}

const moduleNames = new Set(['require', 'module', 'exports', '__filename', '__dirname'])

/** The names that every thread has from its start. What a program adds to `globalThis` stays on its own thread. */
const globalNames: ReadonlySet<string> = new Set(
  [globalThis, Object.prototype].flatMap(object => Object.getOwnPropertyNames(object)).filter(isEverywhere),
)

/** `node -e` and the REPL have the builtin modules as globals; three of them are globals by right. */
function isEverywhere(name: string): boolean {
  return !moduleNames.has(name) && (!isBuiltin(name) || ['console', 'crypto', 'process'].includes(name))
}

/** The scope one function gets. */
export class SourceScope {
  readonly bindings: Record<string, Binding> = {}
  /** The name the function has for itself, where its text does not say so. */
  self: string | undefined
  /** Some name would mean something else, or nothing, in another file. */
  isFileBound = false
  /** What some name is bound to depends on the file that calls. */
  usesFile = false
  readonly #exports: ReadonlySet<string>
  readonly #text: string
  readonly #file: CallerFile | undefined
  readonly #subject: () => string

  /** `subject`: what the function is called in errors. */
  constructor(exports: ReadonlySet<string>, text: string, file: CallerFile | undefined, subject: () => string) {
    this.#exports = exports
    this.#text = text
    this.#file = file
    this.#subject = subject
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
    if (use.isOnlyTypeof && !this.#exports.has(name)) return undefined
    const meaning = this.#file?.meaningOf(name, this.#text)
    if (!meaning) return this.#unbound(name, use)
    if (use.isWritten) throw this.#captured(name)
    if (meaning.kind === 'value' && globalNames.has(name) && meaning.value === Reflect.get(globalThis, name))
      return undefined
    this.isFileBound ||= meaning.kind !== 'export' || meaning.name !== name
    return this.#inFile(name, meaning)
  }

  #inFile(name: string, meaning: Meaning): Binding | undefined {
    switch (meaning.kind) {
      case 'export':
        if (!this.#exports.has(meaning.name)) break
        return { kind: 'export', target: meaning.name }
      case 'namespace':
      case 'tslib':
        return { kind: meaning.kind }
      case 'self':
        this.self = name
        return undefined
    }
    throw this.#captured(name)
  }

  #unbound(name: string, { isWritten, members }: FreeName): Binding | undefined {
    if (this.#exports.has(name) && !isWritten) return { kind: 'export', target: name }
    if (globalNames.has(name)) return undefined
    const read = [...(members ?? [])]
    if (!isWritten && read.length > 0) {
      if (read.every(member => this.#exports.has(member))) return { kind: 'namespace' }
      if (name.startsWith('tslib') && read.every(canonicalHelper)) return { kind: 'tslib' }
    }
    throw this.#captured(name)
  }

  #captured(name: string): CapturedVariableError {
    const isKnown = globalNames.has(name) || this.#exports.has(name)
    const what = isKnown ? `is not the \`${name}\` that tasks have` : 'does not exist on the thread where it is to run'
    const line = this.#file?.lineOf(name, this.#text)
    const bound = line === undefined ? '' : `is declared in line ${line} and `
    const message =
      `${this.#subject()} captures \`${name}\`, which ${bound}${what}. Pass it in \`args\`, import it inside the function, ` +
      'or put the function into a module of its own and use taskModule().'
    return new CapturedVariableError(name, message)
  }
}
