// What compilers make of a language that they translate, told by the shape of a call: what drives a lowered function, and
// what stands for `import()`.
//
// Names do not tell once a program has been made short; what a call is made of does.

import type { CallExpression, LogicalExpression, MemberExpression } from 'acorn'
import { canonicalHelper } from './helpers/names.js'
import type { AnyNode } from './syntax.js'

const drivers = new Set([
  '__async',
  '__asyncGenerator',
  '__awaiter',
  '__generator',
  '_asyncToGenerator',
  '_wrapAsyncGenerator',
])

/** Whether a callee is one of the helpers that run the generator an async function was lowered to. */
export function isDriver(callee: AnyNode): boolean {
  if (callee.type === 'SequenceExpression') return isDriver(callee.expressions.at(-1)!)
  if (callee.type === 'MemberExpression') return isDriver(callee.property) || isDriver(callee.object)
  return callee.type === 'Identifier' && drivers.has(canonicalHelper(callee.name) ?? '')
}

/** The name of what a call hands `this` on to: `name(this, …, function* () {…})`, `name.apply(this, arguments)`. */
export function drivenBy({ callee, arguments: args }: CallExpression): string | undefined {
  const isForwarded = args.length === 2 && args[1]!.type === 'Identifier' && args[1]!.name === 'arguments'
  if (isForwarded && callee.type === 'MemberExpression' && !callee.computed && callee.property.type === 'Identifier')
    return callee.property.name === 'apply' ? rootName(callee.object) : undefined
  const last = args.at(-1)
  return last?.type === 'FunctionExpression' && last.generator ? rootName(callee) : undefined
}

/**
 * Whether a call is what bundlers make of `import()`: `require.e(1).then(require.bind(require, 2))`,
 * `Promise.resolve().then(() => (init(), exports))`, `context.A(1)`, `require(1)(specifier)`.
 */
export function isBundledImport({ callee, arguments: [first, ...more] }: CallExpression): boolean {
  if (!first || more.length > 0) return false
  if (callee.type === 'CallExpression') return callee.arguments.length === 1 && isId(callee.arguments[0]!)
  if (callee.type !== 'MemberExpression' || callee.computed || callee.property.type !== 'Identifier') return false
  if (callee.property.name !== 'then') return callee.property.name.length === 1 && isId(first)
  const isBound = first.type === 'CallExpression' && first.callee.type === 'MemberExpression'
  const isThunk = /Function/.test(first.type) && 'params' in first && first.params.length === 0
  return (
    callee.object.type === 'CallExpression' && callee.object.callee.type === 'MemberExpression' && (isBound || isThunk)
  )
}

/** What a bundler has put in the place of something shorter. */
export type Bundled =
  /** Of an `import()`: the function that it calls, and by which id it knows the module. */
  | { loader: string; id: string }
  /** Of a name: a module object that is made of it when it is used first. */
  | { name: string }

/** `Promise.resolve().then(require.bind(require, 2))`, `….then(() => require(2))`, `cached || (cached = make(name, 2))`. */
export function bundledIn(node: AnyNode): Bundled | undefined {
  if (node.type === 'LogicalExpression') return cachedModule(node)
  if (node.type !== 'CallExpression' || !isMethod(node.callee, 'then') || node.arguments.length !== 1) return undefined
  const { object } = node.callee as MemberExpression
  if (object.type !== 'CallExpression' || object.arguments.length > 0 || !isMethod(object.callee, 'resolve'))
    return undefined
  const [then] = node.arguments as [AnyNode]
  const [call, [bound, ...args]] = then.type === 'CallExpression' ? [then, then.arguments] : [returned(then), []]
  if (call?.type !== 'CallExpression') return undefined
  if (!bound) return loaded(call.callee, call.arguments)
  return isMethod(call.callee, 'bind') ? loaded((call.callee as MemberExpression).object, args) : undefined
}

function loaded(callee: AnyNode, [first, ...more]: readonly AnyNode[]): Bundled | undefined {
  const loader = callee.type === 'MemberExpression' && isMethod(callee, 't') ? callee.object : callee
  if (loader.type !== 'Identifier' || first?.type !== 'Literal' || more.length > 1) return undefined
  return { loader: loader.name, id: `${first.value}` }
}

function cachedModule({ operator, left, right }: LogicalExpression): Bundled | undefined {
  if (operator !== '||' || left.type !== 'Identifier' || right.type !== 'AssignmentExpression') return undefined
  const [variable, call] = [right.left, right.right]
  if (variable.type !== 'Identifier' || variable.name !== left.name || call.type !== 'CallExpression') return undefined
  const [first, mode] = call.arguments
  return first?.type === 'Identifier' && mode?.type === 'Literal' && isMethod(call.callee, 't')
    ? { name: first.name }
    : undefined
}

/** What a function returns that does nothing else. */
function returned(node: AnyNode): AnyNode | undefined {
  if (node.type !== 'ArrowFunctionExpression' && node.type !== 'FunctionExpression') return undefined
  if (node.params.length > 0) return undefined
  if (node.body.type !== 'BlockStatement') return node.body
  const [statement, ...more] = node.body.body
  return statement?.type === 'ReturnStatement' && more.length === 0 ? (statement.argument ?? undefined) : undefined
}

function isMethod(node: AnyNode, name: string): boolean {
  return (
    node.type === 'MemberExpression' &&
    !node.computed &&
    node.property.type === 'Identifier' &&
    node.property.name === name
  )
}

export function isRequired(node: AnyNode | undefined): boolean {
  return node?.type === 'CallExpression' && node.callee.type === 'Identifier' && node.callee.name === 'require'
}

/** What bundlers know a module by. */
function isId(node: AnyNode): boolean {
  return node.type === 'Literal' && ['number', 'string'].includes(typeof node.value)
}

function rootName(node: AnyNode): string | undefined {
  if (node.type === 'SequenceExpression') return rootName(node.expressions.at(-1)!)
  if (node.type === 'MemberExpression') return rootName(node.object)
  return node.type === 'Identifier' ? node.name : undefined
}
