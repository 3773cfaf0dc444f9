// The text of an inline function, read with a parser: what the function takes with it, and what it would leave behind.
//
// The text becomes an expression that evaluates to the same function anywhere, and the list of the names it uses but does
// not declare. What has no meaning away from its place is found here: the outer `this`, `super`, `arguments`,
// `new.target`, `import.meta`, private names.
//
// Refuses what cannot travel as text: native and bound functions, classes, and what strict mode does not allow. Syntax
// that Node knows and acorn does not is let through without being read.

import { invalidArgValue } from '../arguments.js'
import { compileFunction } from 'node:vm'
import type { CallExpression, Class, MemberExpression, MetaProperty } from 'acorn'
import { CapturedVariableError } from '../errors.js'
import { type Bundled, bundledIn, drivenBy, isBundledImport, isDriver, isRequired } from './shapes.js'
import {
  type AnyNode,
  childrenOf,
  expressionStart,
  parseExpression,
  parseMethod,
  type Reference,
  type ScopeManager,
  scopesOf,
} from './syntax.js'

/** A name the function uses but does not declare. */
export interface FreeName {
  isWritten: boolean
  /** Every use is `typeof name`, which works without the name. */
  isOnlyTypeof: boolean
  /** What is read from it, where every use but `typeof` is `name.member`. */
  members: ReadonlySet<string> | undefined
  /** Every use hands it on to what drives a lowered function, as its `this`. */
  isOnlyThis?: boolean
  /** Every use calls it with one or two arguments, as `import()` is. */
  isOnlyCalled?: boolean
  /** Every use calls it with what `require` returns. */
  isOnlyInterop?: boolean
  /** It stands where bundlers put what they make of `import()`. */
  isInImport?: boolean
}

/** What an inline function is made of. */
export interface Captures {
  /** An expression whose value is the function. */
  code: string
  /** `code` ends with the end of the function's text: where that begins in `code`, and where in the text. */
  codeStart: number
  textStart: number
  freeNames: ReadonlyMap<string, FreeName>
  usesImport: boolean
  /** Names of what `this` is handed on to: only to what a compiler has put there may it be. */
  thisGoesTo?: ReadonlySet<string>
  /** What bundlers have put there, and where, counted in the text of the function. */
  bundled?: readonly Replaced[]
}

/** A part of a text. */
export type Replaced = Bundled & { start: number; end: number }

const nativeCode = /\{\s*\[native code\]\s*\}\s*$/

/**
 * Returns what a function is made of; `subject` is what it is called in errors. With `isCallee`, it is called by another
 * that travels, and may have a `this` of its own.
 *
 * @throws CapturedVariableError or TypeError for what cannot travel.
 */
export function capturesOf(fn: Function, text: string, subject: () => string, isCallee = false): Captures {
  if (nativeCode.test(text)) throw nativeFunction(fn)
  const form = attempt(() => asExpression(text)) ?? attempt(() => asMethod(text))
  if (!form) return unread(fn, text)
  const { program, expression } = form.parsed
  if (expression.type === 'ClassExpression') throw invalidArgValue('fn', 'must be a function, not a class', fn)
  const reading = new Reading(form.root, isCallee)
  const freeNames = reading.freeNames(scopesOf(program))
  if (reading.refused) throw withoutMeaning(reading.refused, form.root.type, subject())
  const { usesImport, thisGoesTo } = reading
  const moved = form.text.textStart - form.text.codeStart - expressionStart
  const bundled = reading.bundled.map(one => ({ ...one, start: one.start + moved, end: one.end + moved }))
  return { ...form.text, freeNames, usesImport, thisGoesTo, bundled }
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

type Text = Pick<Captures, 'code' | 'codeStart' | 'textStart'>
type Form = { text: Text; parsed: ReturnType<typeof parseExpression>; root: AnyNode }

function asExpression(text: string): Form {
  const parsed = parseExpression(text)
  return { text: { code: text, codeStart: 0, textStart: 0 }, parsed, root: parsed.expression }
}

/** Gives a method a key that says the same anywhere: its own may be computed, private, or a getter's. */
function asMethod(text: string): Form {
  const { method, parametersStart } = parseMethod(text)
  const { key, computed, value } = method
  const name = !computed && 'name' in key ? key.name : !computed && key.type === 'Literal' ? `${key.value}` : 'method'
  const head = `({${value.async ? 'async' : ''}${value.generator ? '*' : ''}${JSON.stringify(name)}`
  const code = `${head}${text.slice(parametersStart)}})[${JSON.stringify(name)}]`
  const parsed = parseExpression(code)
  const object = parsed.expression.type === 'MemberExpression' ? parsed.expression.object : undefined
  const property = object?.type === 'ObjectExpression' ? object.properties[0] : undefined
  if (property?.type !== 'Property') throw new SyntaxError('That is not a method.')
  return { text: { code, codeStart: head.length, textStart: parametersStart }, parsed, root: property.value }
}

/** For a text that acorn cannot read, either because it is too new or because only sloppy mode allows it. */
function unread(fn: Function, text: string): Captures {
  let cause: unknown
  for (const [before, after] of [['', ''] as const, ['Object.values({', '})[0]'] as const]) {
    const code = before + text + after
    try {
      compileFunction(`"use strict";return(${code}\n)`)
      return {
        code,
        codeStart: before.length,
        textStart: 0,
        freeNames: wordsOf(text),
        usesImport: /\bimport\b/.test(text),
      }
    } catch (error) {
      cause ??= error
    }
  }
  throw Object.assign(invalidArgValue('fn', 'must be a function that strict mode allows', fn), { cause })
}

const unclear: FreeName = { isWritten: false, isOnlyTypeof: true, members: undefined }

function wordsOf(text: string): Map<string, FreeName> {
  return new Map(Array.from(text.matchAll(/(?<![.\w$#])[A-Za-z_$][\w$]*/g), ([word]) => [word, unclear]))
}

/** One walk over a function. `isOwn` says whether `this` is there what it is in the function itself. */
class Reading {
  usesImport = false
  refused: string | undefined
  readonly thisGoesTo = new Set<string>()
  readonly bundled: Replaced[] = []
  readonly #root: AnyNode
  readonly #members = new Map<object, string>()
  readonly #typeofs = new Set<object>()
  /** What compilers make of an async function: `this` that is only passed on, and the function that gets it. */
  readonly #lowered = new Set<object>()
  readonly #callees = new Set<object>()
  readonly #interop = new Set<object>()
  readonly #imports: AnyNode[] = []
  readonly #privateNames: Set<string>[] = []

  constructor(root: AnyNode, isCallee: boolean) {
    this.#root = root
    // The root of a function that is called as it was: `this` is whatever it is called on.
    if (isCallee && root.type === 'FunctionExpression') for (const child of childrenOf(root)) this.#visit(child, false)
    else this.#visit(root, true)
  }

  /** Returns the names that nothing in the program declares. */
  freeNames(scopes: ScopeManager): Map<string, FreeName> {
    const wrapper = scopes.scopes.find(scope => scope.type === 'function')
    if (wrapper?.set.get('arguments')?.references.length) this.#refuse('arguments')
    const uses = new Map<string, Reference[]>()
    for (const reference of scopes.globalScope.through) {
      const { name } = reference.identifier
      uses.set(name, [...(uses.get(name) ?? []), reference as Reference])
    }
    return new Map(Array.from(uses, ([name, references]) => [name, this.#summary(references)]))
  }

  #summary(references: Reference[]): FreeName {
    const used = references.filter(({ identifier }) => !this.#typeofs.has(identifier))
    const members = used.map(({ identifier }) => this.#members.get(identifier))
    return {
      isWritten: references.some(reference => reference.isWrite()),
      isOnlyTypeof: used.length === 0,
      isOnlyCalled: used.every(({ identifier }) => this.#callees.has(identifier)),
      isOnlyInterop: used.length > 0 && used.every(({ identifier }) => this.#interop.has(identifier)),
      isInImport: references.some(({ identifier: { range } }) =>
        this.#imports.some(node => node.range![0] <= range![0] && range![1] <= node.range![1]),
      ),
      isOnlyThis: used.length > 0 && used.every(({ identifier }) => this.#lowered.has(identifier)),
      members: members.includes(undefined) ? undefined : new Set(members as string[]),
    }
  }

  #visit(node: AnyNode, isOwn: boolean): void {
    const bundled = bundledIn(node)
    if (bundled) this.bundled.push({ ...bundled, start: node.start, end: node.end })
    switch (node.type) {
      case 'ThisExpression':
        if (isOwn && !this.#lowered.has(node)) this.#refuse('this')
        break
      case 'Super':
        if (isOwn) this.#refuse('super')
        break
      case 'MetaProperty':
        this.#metaProperty(node, isOwn)
        break
      case 'PrivateIdentifier':
        if (!this.#privateNames.some(names => names.has(node.name))) this.#refuse(`#${node.name}`)
        break
      case 'ImportExpression':
        this.usesImport = true
        break
      case 'UnaryExpression':
        if (node.operator === 'typeof') this.#typeofs.add(node.argument)
        break
      case 'MemberExpression':
        this.#member(node)
        break
      case 'CallExpression':
        this.#call(node, isOwn)
        break
      case 'FunctionExpression':
      case 'FunctionDeclaration':
        isOwn &&= node === this.#root || this.#lowered.has(node)
        break
      case 'ClassExpression':
      case 'ClassDeclaration':
        this.#class(node, isOwn)
        return
    }
    for (const child of childrenOf(node)) this.#visit(child, isOwn)
  }

  #refuse(variable: string): void {
    this.refused ??= variable
  }

  #metaProperty(node: MetaProperty, isOwn: boolean): void {
    if (node.meta.name === 'import') this.#refuse('import.meta')
    else if (isOwn && this.#root.type === 'ArrowFunctionExpression') this.#refuse('new.target')
  }

  #member({ object, property, computed }: MemberExpression): void {
    if (!computed && property.type === 'Identifier') this.#members.set(object, property.name)
    if (computed && property.type === 'Literal') this.#members.set(object, `${property.value}`)
  }

  #call(node: CallExpression, isOwn: boolean): void {
    if (node.arguments.length > 0 && node.arguments.length <= 2) this.#callees.add(node.callee)
    if (isRequired(node.arguments[0])) this.#interop.add(node.callee)
    if (isBundledImport(node)) this.#imports.push(node)
    const isApply = node.callee.type === 'MemberExpression' && node.callee.object.type === 'CallExpression'
    const driver = isApply ? (node.callee as { object: AnyNode }).object : node
    const [first] = node.arguments
    if (driver.type !== 'CallExpression') return
    if (!isDriver(driver.callee)) {
      const name = isOwn && first?.type === 'ThisExpression' ? drivenBy(node) : undefined
      if (name === undefined) return
      this.thisGoesTo.add(name)
    }
    const isThis = first?.type === 'ThisExpression' || (first?.type === 'Identifier' && node.arguments.length > 1)
    if (isThis) this.#lowered.add(first)
    for (const argument of driver.arguments) if (argument.type === 'FunctionExpression') this.#lowered.add(argument)
  }

  /** Members have a `this` of their own; what is computed for the class has the one around it. */
  #class(node: Class, isOwn: boolean): void {
    const declared = node.body.body.flatMap(member => ('key' in member ? [member.key] : []))
    this.#privateNames.push(new Set(declared.flatMap(key => (key.type === 'PrivateIdentifier' ? [key.name] : []))))
    if (node.superClass) this.#visit(node.superClass, isOwn)
    for (const member of node.body.body) {
      for (const child of childrenOf(member)) this.#visit(child, isOwn && 'key' in member && child === member.key)
    }
    this.#privateNames.pop()
  }
}

function nativeFunction(fn: Function): CapturedVariableError {
  const name = fn.name.trim() || '[native code]'
  const message =
    `The source of ${name} is not available, because it is native or bound. ` +
    'Wrap it in a function that calls it: (...args) => …'
  return new CapturedVariableError(name, message)
}

/** The error for what has no meaning away from its place; `type` is that of the function's node. */
export function withoutMeaning(variable: string, type: string, subject: string): CapturedVariableError {
  const isOwnThis = variable === 'this' && type !== 'ArrowFunctionExpression'
  const why = isOwnThis
    ? `${subject} uses its \`this\`, but a task is called without one.`
    : `${subject} captures \`${variable}\`, which means nothing on the thread where it is to run.`
  return new CapturedVariableError(variable, `${why} Pass what it needs in \`args\`, or use taskModule().`)
}
