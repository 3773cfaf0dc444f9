// JavaScript, read: parsed by acorn, its names resolved by eslint-scope.
//
// Syntax that acorn does not know yet throws its SyntaxError, also where the running Node knows it. Both libraries are
// loaded when the first text is parsed, which takes 20 to 30 ms.
//
// eslint-scope is pinned to 8.4.0 in package.json, as 9 does not support Node 22.12 and 23, which this package does.

import type { AnyNode, Expression, MethodDefinition, Options, Program } from 'acorn'
import type { Reference, Scope, ScopeManager, Variable } from 'eslint-scope'

export type { AnyNode, Expression, Reference, Scope, ScopeManager, Variable }

/** The newest edition eslint-scope tells apart from its predecessors. */
const scopeVersion = 2022

/** Returns the syntax tree of a whole file, taken as a module where it can be one, else as CommonJS. */
export function parseFile(text: string): Program {
  const options = { allowReturnOutsideFunction: true }
  try {
    return parse(text, { ...options, sourceType: 'module' })
  } catch {
    return parse(text, { ...options, sourceType: 'script' })
  }
}

// A function around an expression is what lets an arrow function say `new.target`, so that it can be refused by name.
const before = '(function(){"use strict";return('
/** Where an expression begins in its program. */
export const expressionStart = before.length
const after = '\n)})'

/** Returns the tree of one strict expression: the program around it, and itself. */
export function parseExpression(text: string): { program: Program; expression: Expression } {
  const program = parse(before + text + after, {
    sourceType: 'script',
    allowSuperOutsideMethod: true,
    allowImportExportEverywhere: true,
    checkPrivateFields: false,
  })
  const [statement] = program.body
  const wrapper = statement?.type === 'ExpressionStatement' ? statement.expression : undefined
  const last = wrapper?.type === 'FunctionExpression' ? wrapper.body.body.at(-1) : undefined
  if (last?.type !== 'ReturnStatement' || !last.argument) throw new SyntaxError('That is more than an expression.')
  return { program, expression: last.argument }
}

/** Returns a method of an object or a class, and where in the text its parameters begin. */
export function parseMethod(text: string): { method: MethodDefinition; parametersStart: number } {
  const { expression } = parseExpression(`class{${text}}`)
  const method = expression.type === 'ClassExpression' ? expression.body.body[0] : undefined
  if (method?.type !== 'MethodDefinition') throw new SyntaxError('That is not a method.')
  return { method, parametersStart: method.value.start - before.length - 'class{'.length }
}

function parse(text: string, options: Omit<Options, 'ecmaVersion'>): Program {
  const acorn = require('acorn') as typeof import('acorn')
  return acorn.parse(text, { ...options, ecmaVersion: 'latest', ranges: true })
}

/** Returns the scopes of a parsed program. */
export function scopesOf(program: Program): ScopeManager {
  const { analyze } = require('eslint-scope') as typeof import('eslint-scope')
  return analyze(program as Parameters<typeof analyze>[0], {
    ecmaVersion: scopeVersion,
    sourceType: program.sourceType,
    // Code that `eval` is handed in strict mode cannot declare names for what is around it.
    ignoreEval: true,
    // Without this the names in `import(url, { with: … })` would go unseen.
    childVisitorKeys: { ImportExpression: ['source', 'options'] },
  })
}

/** Returns the nodes directly below a node, in the order of the source. */
export function* childrenOf(node: AnyNode): Generator<AnyNode> {
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child?.type === 'string') yield child
    }
  }
}
