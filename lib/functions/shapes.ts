// What compilers make of a language that they translate, told by the shape of a call: what drives a lowered function, and
// what stands for `import()`.
//
// Names do not tell once a program has been made short; what a call is made of does.

import type { CallExpression } from 'acorn'
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
