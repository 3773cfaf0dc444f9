// What a name means in the caller's file, at the place where an inline function stands in it.
//
// The file is parsed, and the name looked up from scope to scope around the function. A declaration is followed to where
// its value comes from: an import or `require` of this package, whole or in part, or of tslib; a builtin module or
// `globalThis`, whose values every thread has; the function itself. Everything else is something else.
//
// Refuses files that cannot be parsed, with acorn's SyntaxError.

import { isBuiltin } from 'node:module'
import type { CallExpression } from 'acorn'
import { canonicalHelper } from './helpers/names.js'
import { isOwnSpecifier } from './own.js'
import { type AnyNode, parseFile, type Scope, scopesOf, type Variable } from './syntax.js'

/** What a name stands for where the function was written. */
export type Meaning =
  /** An export of this package; `name` is the name it has there. */
  | { kind: 'export'; name: string }
  /** All of this package. */
  | { kind: 'namespace' }
  /** All of TypeScript's helpers. */
  | { kind: 'tslib' }
  /** A value that every thread has: a builtin module, or what is in one, or in `globalThis`. */
  | { kind: 'value'; value: unknown }
  /** The function itself. */
  | { kind: 'self' }
  | { kind: 'other' }

const other: Meaning = { kind: 'other' }

/** What names mean in a file, which is parsed for that. */
export class Meanings {
  readonly #url: string
  readonly #text: string
  readonly #functions: Scope[]

  constructor(url: string, text: string) {
    this.#url = url
    this.#text = text
    this.#functions = scopesOf(parseFile(text)).scopes.filter(scope => scope.type === 'function')
  }

  /** Returns what a name means to each function of this text; undefined for one around which nothing binds it. */
  of(name: string, text: string): (Meaning | undefined)[] {
    const meanings: (Meaning | undefined)[] = []
    for (let at = this.#text.indexOf(text); at >= 0; at = this.#text.indexOf(text, at + text.length)) {
      const scope = this.#functionBetween(at, at + text.length)
      if (scope) meanings.push(new Place(this.#url, scope).meaningOf(name))
    }
    return meanings
  }

  /** Whether every function of this text means a variable of the file by a name, of which there is one. */
  isOfFile(name: string, text: string): boolean {
    let isFound = false
    for (let at = this.#text.indexOf(text); at >= 0; at = this.#text.indexOf(text, at + text.length)) {
      const scope = this.#functionBetween(at, at + text.length)
      const variable = scope && lookUp(name, scope.upper)
      if (variable === undefined || !/^(?:module|global)$/.test(variable.scope.type)) return false
      isFound = true
    }
    return isFound
  }

  /** Returns where in the file a name is declared that the first function of this text uses; undefined where it is not. */
  whereBound(name: string, text: string): number | undefined {
    const at = this.#text.indexOf(text)
    const scope = at < 0 ? undefined : this.#functionBetween(at, at + text.length)
    return scope && lookUp(name, scope.upper)?.defs[0]?.name.range?.[0]
  }

  /** A method begins before its function does, and functions inside of this one may end with it. */
  #functionBetween(start: number, end: number): Scope | undefined {
    const inside = this.#functions.filter(({ block }) => block.range![0] >= start && block.range![1] === end)
    return inside.toSorted((a, b) => a.block.range![0] - b.block.range![0])[0]
  }
}

/** Where a function stands: the scopes around it, and the file for what is imported there. */
class Place {
  readonly #url: string
  readonly #scope: Scope
  /** Those being looked at: a declaration can go round in a circle. */
  readonly #seen = new Set<Variable>()

  constructor(url: string, scope: Scope) {
    this.#url = url
    this.#scope = scope
  }

  /** Returns what a name means around the function; undefined when nothing in the file binds it. */
  meaningOf(name: string): Meaning | undefined {
    const variable = lookUp(name, this.#scope.upper)
    return variable && this.#ofVariable(variable)
  }

  #ofVariable(variable: Variable): Meaning {
    const [definition, ...more] = variable.defs
    const isConstant = !variable.references.some(reference => reference.isWrite() && !reference.init)
    if (!definition || more.length > 0 || !isConstant || this.#seen.has(variable)) return other
    this.#seen.add(variable)
    const node = definition.node as AnyNode
    if (definition.type === 'ImportBinding') return this.#ofImport(node, definition.parent as AnyNode)
    if (node.type !== 'VariableDeclarator' || !node.init) return other
    return this.#ofPattern(variable, node.id, this.#ofExpression(node.init, variable.scope))
  }

  #ofImport(specifier: AnyNode, declaration: AnyNode): Meaning {
    if (declaration.type !== 'ImportDeclaration') return other
    const module = this.#ofModule(declaration.source.value)
    if (specifier.type === 'ImportNamespaceSpecifier') return module
    // The default export of a builtin module is the module.
    if (specifier.type === 'ImportDefaultSpecifier') return module.kind === 'value' ? module : other
    if (specifier.type !== 'ImportSpecifier') return other
    const { imported } = specifier
    return memberOf(module, imported.type === 'Identifier' ? imported.name : `${imported.value}`)
  }

  #ofPattern({ name }: Variable, pattern: AnyNode, value: Meaning): Meaning {
    if (pattern.type === 'Identifier') return value
    for (const property of pattern.type === 'ObjectPattern' ? pattern.properties : []) {
      if (property.type !== 'Property' || property.computed || property.value.type !== 'Identifier') continue
      if (property.value.name === name && property.key.type === 'Identifier') return memberOf(value, property.key.name)
    }
    return other
  }

  #ofExpression(node: AnyNode, scope: Scope): Meaning {
    if ((node as unknown) === this.#scope.block) return { kind: 'self' }
    switch (node.type) {
      case 'AwaitExpression':
        return node.argument.type === 'ImportExpression' ? this.#ofSpecifier(node.argument.source) : other
      case 'CallExpression':
        return this.#ofCall(node, scope)
      case 'MemberExpression':
        if (node.computed || node.property.type !== 'Identifier') return other
        return memberOf(this.#ofExpression(node.object, scope), node.property.name)
      case 'Identifier': {
        const variable = lookUp(node.name, scope)
        if (variable) return this.#ofVariable(variable)
        return node.name in globalThis ? memberOf({ kind: 'value', value: globalThis }, node.name) : other
      }
      default:
        return other
    }
  }

  #ofCall({ callee, arguments: [first] }: CallExpression, scope: Scope): Meaning {
    if (!first) return other
    const name = nameOf(callee)
    // What compilers wrap around a function or a module leaves it what it is.
    if (canonicalHelper(name)) return this.#ofExpression(first, scope)
    return /require/i.test(name) ? this.#ofSpecifier(first) : other
  }

  #ofSpecifier(node: AnyNode): Meaning {
    return node.type === 'Literal' ? this.#ofModule(node.value) : other
  }

  #ofModule(specifier: unknown): Meaning {
    if (typeof specifier !== 'string') return other
    if (specifier === 'tslib') return { kind: 'tslib' }
    if (isBuiltin(specifier)) return { kind: 'value', value: process.getBuiltinModule(specifier) }
    return isOwnSpecifier(specifier, this.#url) ? { kind: 'namespace' } : other
  }
}

/** The last name in `name(…)`, `object.name(…)` and `name(…)(…)`. */
function nameOf(callee: AnyNode): string {
  if (callee.type === 'CallExpression') return nameOf(callee.callee)
  const node = callee.type === 'MemberExpression' ? callee.property : callee
  return node.type === 'Identifier' ? node.name : ''
}

function lookUp(name: string, from: Scope | null): Variable | undefined {
  for (let scope = from; scope; scope = scope.upper) {
    const variable = scope.set.get(name) as Variable | undefined
    if (variable && variable.defs.length > 0) return variable
  }
  return undefined
}

function memberOf(meaning: Meaning, key: string): Meaning {
  if (meaning.kind === 'namespace') return { kind: 'export', name: key }
  if (meaning.kind === 'value') return { kind: 'value', value: Object(meaning.value)[key] }
  return other
}
