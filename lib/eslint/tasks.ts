// Which calls of a program hand a function to a loop, and which function that is.
//
// Names that other libraries use as well (`run`, `map`) count only where the object is known to be one of this package's,
// or is called like one. Everything counts only in files that import this package.

import { bare, fieldName, memberName, variableOf, type Node, type SourceCode } from './syntax.js'

const anywhere = new Set(['callInLoop', 'createBackgroundTask', 'createTask', 'mapWait'])
const ofRunners = new Set(['map', 'run'])
const classes = new Set(['AsyncRunner', 'RunnerPool', 'Server'])
const isCalledLikeOne = /runner|pool/i

/** Returns the function that a call hands to a loop, where the file shows it. */
export function functionOfTask(call: Node, sourceCode: SourceCode): Node | undefined {
  const callee = bare(call.callee)
  if (callee?.type !== 'MemberExpression') return undefined
  const name = memberName(callee) ?? ''
  if (!anywhere.has(name) && !(ofRunners.has(name) && isRunner(bare(callee.object), sourceCode))) return undefined
  return functionAt(bare(call.arguments?.[0]), sourceCode)
}

function functionAt(node: Node | undefined, sourceCode: SourceCode): Node | undefined {
  if (node?.type === 'ArrowFunctionExpression' || node?.type === 'FunctionExpression') return node
  if (node?.type !== 'Identifier') return undefined
  const [definition, ...more] = variableOf(node, sourceCode)?.defs ?? []
  if (definition === undefined || more.length > 0) return undefined
  if (definition.type === 'FunctionName') return definition.node
  const init = definition.type === 'Variable' ? bare(definition.node.init) : undefined
  return init?.type === 'Identifier' ? undefined : functionAt(init, sourceCode)
}

function isRunner(node: Node | undefined, sourceCode: SourceCode): boolean {
  if (node === undefined) return false
  if (node.type === 'NewExpression') return classes.has(lastName(bare(node.callee)))
  if (node.type === 'MemberExpression') {
    const name = fieldName(node) ?? ''
    return (name === 'current' && lastName(bare(node.object)) === 'AsyncRunner') || isCalledLikeOne.test(name)
  }
  if (node.type !== 'Identifier') return false
  const [definition] = variableOf(node, sourceCode)?.defs ?? []
  if (definition?.type === 'Variable' && definition.node.init) {
    const init = bare(definition.node.init)!
    // What is made of something else is something else, however it is called.
    if (['NewExpression', 'ArrayExpression', 'ObjectExpression', 'Literal'].includes(init.type)) {
      return isRunner(init, sourceCode)
    }
  }
  const annotation = definition?.name.typeAnnotation?.typeAnnotation?.typeName
  return classes.has(lastName(annotation)) || isCalledLikeOne.test(node.name!)
}

function lastName(node: Node | undefined): string {
  return (node?.type === 'MemberExpression' ? memberName(node) : node?.name) ?? ''
}
