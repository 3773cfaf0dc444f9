// What is read of ESLint's trees and scopes, as far as the rule needs it: no types of ESLint's are needed to use it.

/** A node of a program, whichever parser has made it. */
export interface Node {
  type: string
  range: [number, number]
  parent?: Node
  name?: string
  value?: unknown
  computed?: boolean
  callee?: Node
  object?: Node
  property?: Node
  arguments?: Node[]
  params?: Node[]
  init?: Node | null
  source?: Node
  superClass?: Node | null
  expression?: Node
  typeAnnotation?: Node
  typeName?: Node
}

export interface Variable {
  name: string
  defs: { type: string; node: Node; name: Node }[]
}

export interface Scope {
  upper: Scope | null
  set: Map<string, Variable>
  through: { identifier: Node }[]
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

/** Returns the name of a member that is read by its name. */
export function memberName(node: Node): string | undefined {
  const { property, computed } = node
  if (computed !== true) return property?.type === 'Identifier' ? property.name : undefined
  return typeof property?.value === 'string' ? property.value : undefined
}
