// What is read of ESLint's trees and scopes, as far as the rules need it: no types of ESLint's are needed to use it.

/** A node of a program, whichever parser has made it. */
export interface Node {
  type: string
  range: [number, number]
  parent?: Node
  name?: string
  value?: unknown
  operator?: string
  computed?: boolean
  async?: boolean
  generator?: boolean
  await?: boolean
  id?: Node | null
  key?: Node
  callee?: Node
  object?: Node
  property?: Node
  left?: Node
  right?: Node
  consequent?: Node
  alternate?: Node
  argument?: Node | null
  arguments?: Node[]
  elements?: (Node | null)[]
  properties?: Node[]
  params?: Node[]
  body?: Node | Node[]
  init?: Node | null
  source?: Node
  imported?: Node
  superClass?: Node | null
  expression?: Node
  typeAnnotation?: Node
  typeName?: Node
}

export interface Definition {
  type: string
  node: Node
  name: Node
  parent?: Node | null
}

export interface Reference {
  identifier: Node
  resolved: Variable | null
  init?: boolean
  isWrite(): boolean
  /** Only parsers of TypeScript tell. */
  isValueReference?: boolean
}

export interface Variable {
  name: string
  defs: Definition[]
  references: Reference[]
}

export interface Scope {
  upper: Scope | null
  set: Map<string, Variable>
  through: Reference[]
}

export interface SourceCode {
  text: string
  getScope(node: Node): Scope
}

export interface Context {
  filename: string
  sourceCode: SourceCode
  report(problem: { node: Node; messageId: string; data: Record<string, string> }): void
}

/** Whether a file names this package at all. */
export function isOfPackage({ text }: SourceCode): boolean {
  return /['"`]threaded-async\b/.test(text)
}

/** Returns an expression without what TypeScript puts around it. */
export function bare(node: Node | null | undefined): Node | undefined {
  let inner = node ?? undefined
  while (inner?.expression !== undefined && /^(TS|Chain)/.test(inner.type)) inner = inner.expression
  return inner
}

/** Returns the variable of a name at a node. */
export function variableOf(node: Node, sourceCode: SourceCode): Variable | undefined {
  for (let scope: Scope | null = sourceCode.getScope(node); scope !== null; scope = scope.upper) {
    const found = scope.set.get(node.name!)
    if (found !== undefined) return found
  }
  return undefined
}

/** Returns the only definition of a variable that never gets another value than its first. */
export function constantOf(node: Node, sourceCode: SourceCode): Definition | undefined {
  const variable = variableOf(node, sourceCode)
  const isWritten = variable?.references.some(reference => reference.isWrite() && reference.init !== true)
  return variable?.defs.length === 1 && !isWritten ? variable.defs[0] : undefined
}

/** Returns the name of a member that is read by its name; a private one has none. */
export function memberName(node: Node): string | undefined {
  const { property, computed } = node
  if (computed !== true) return property?.type === 'Identifier' ? property.name : undefined
  return typeof property?.value === 'string' ? property.value : undefined
}

/** Returns the name of a member, that of a private one without its `#`. */
export function fieldName(node: Node): string | undefined {
  return node.property?.type === 'PrivateIdentifier' ? node.property.name : memberName(node)
}
