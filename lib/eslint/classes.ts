// Which class of this package an expression is of, where the file shows it.
//
// Promises to say nothing where that is not sure: of a variable that gets another value, of a parameter without a type, of
// what comes from another file. Names count by what they are imported from, not by how they read.

import {
  bare,
  constantOf,
  fieldName,
  memberName,
  variableOf,
  type Definition,
  type Node,
  type SourceCode,
} from './syntax.js'

const makers = new Set(['AsyncRunner', 'RunnerPool', 'Server'])
/** What the methods of these classes make that is no promise. */
const made = new Map([
  ['createTask', 'BackgroundTask'],
  ['createBackgroundTask', 'BackgroundTask'],
  ['createScript', 'Script'],
  ['createFuture', 'Future'],
])
/** Methods that are of servers only. */
const ofServers = new Set(['createFuture', 'createScript'])
const overrides = new Set([...made.keys(), 'current', 'then', 'use'])
/** Methods of an array that give one of the same elements. */
const alike = new Set(['concat', 'filter', 'reverse', 'slice', 'sort', 'toReversed', 'toSorted'])
/** Methods of an array that call a function with its elements. */
const calling = new Set(['every', 'filter', 'find', 'flatMap', 'forEach', 'map', 'some'])

/** The classes of the expressions of one file. */
export class Classes {
  readonly #sourceCode: SourceCode
  /** Definitions that are being looked at: they may go round in a circle. */
  readonly #open = new Set<unknown>()

  constructor(sourceCode: SourceCode) {
    this.#sourceCode = sourceCode
  }

  /** Returns the name that the class of an expression has in this package. */
  of(given: Node | null | undefined): string | undefined {
    const node = bare(given)
    switch (node?.type) {
      case 'NewExpression':
        return this.#exported(bare(node.callee))
      case 'CallExpression':
        return this.#ofCall(node)
      case 'MemberExpression':
        return this.#ofMember(node)
      case 'Identifier':
        return this.#once(constantOf(node, this.#sourceCode), found => this.#ofDefinition(found)) ?? this.#typed(node)
      case 'AwaitExpression':
        return this.of(node.argument)
      case 'AssignmentExpression':
        return node.operator === '=' ? this.of(node.right) : undefined
      case 'ConditionalExpression':
        return same([this.of(node.consequent), this.of(node.alternate)])
    }
    return undefined
  }

  /** Returns the class of all elements of an array. */
  ofElements(given: Node | null | undefined): string | undefined {
    const node = bare(given)
    switch (node?.type) {
      case 'ArrayExpression':
        return same(node.elements!.map(element => this.#ofElement(element)))
      case 'CallExpression':
        return this.#ofElementsMade(node)
      case 'Identifier':
        return this.#once(constantOf(node, this.#sourceCode), found => this.#ofCollected(found, node))
    }
    return undefined
  }

  #ofElement(element: Node | null): string | undefined {
    return element?.type === 'SpreadElement' ? this.ofElements(element.argument) : this.of(element)
  }

  #once<T>(definition: Definition | undefined, look: (found: Definition) => T): T | undefined {
    if (definition === undefined || this.#open.has(definition)) return undefined
    this.#open.add(definition)
    try {
      return look(definition)
    } finally {
      this.#open.delete(definition)
    }
  }

  #ofCall({ callee }: Node): string | undefined {
    const member = bare(callee)
    if (member?.type !== 'MemberExpression') return undefined
    const method = memberName(member) ?? ''
    const found = made.get(method)
    if (found === undefined) return undefined
    const maker = this.of(member.object) ?? ''
    return (ofServers.has(method) ? maker === 'Server' : makers.has(maker)) ? found : undefined
  }

  #ofMember(node: Node): string | undefined {
    const object = bare(node.object)
    const name = memberName(node)
    if (object?.type === 'ThisExpression') return this.#ofField(node)
    if (name === 'current' && object !== undefined)
      return this.#exported(object) === 'AsyncRunner' ? 'AsyncRunner' : undefined
    return node.computed === true && name === undefined ? this.ofElements(object) : undefined
  }

  /** A field of the class around, which no method gives another value. */
  #ofField(node: Node): string | undefined {
    let at: Node | undefined = node
    while (at !== undefined && at.type !== 'ClassBody') at = at.parent
    const name = fieldName(node)
    const members = (at?.body ?? []) as Node[]
    const field = members.find(({ type, key }) => type === 'PropertyDefinition' && key?.name === name)
    if (field === undefined || name === undefined) return undefined
    const isAssigned = new RegExp(`\\.\\s*#?${name.replaceAll('$', '\\$')}\\s*=(?!=)`).test(this.#sourceCode.text)
    return this.#annotated(field) ?? (isAssigned ? undefined : this.of(field.value as Node | null))
  }

  #ofDefinition({ type, node, name }: Definition): string | undefined {
    if (type === 'Parameter') return this.#ofParameter(node, name)
    if (type !== 'Variable' || node.id !== name) return undefined
    const loop = node.parent?.parent
    if (loop?.type === 'ForOfStatement' && loop.left === node.parent) return this.ofElements(loop.right)
    return this.of(node.init)
  }

  /** A parameter of a function that is called with something known. */
  #ofParameter(fn: Node, name: Node): string | undefined {
    const call = fn.parent
    const callee = bare(call?.callee)
    if (call?.type !== 'CallExpression' || callee?.type !== 'MemberExpression') return undefined
    if (call.arguments?.[0] !== fn || fn.params?.[0] !== name) return undefined
    const method = memberName(callee) ?? ''
    if (method === 'use' && this.#exported(bare(callee.object)) === 'AsyncRunner') return 'AsyncRunner'
    return calling.has(method) ? this.ofElements(callee.object) : undefined
  }

  /** A variable keeps its type, whatever values it gets. */
  #typed(node: Node): string | undefined {
    const [definition, ...more] = variableOf(node, this.#sourceCode)?.defs ?? []
    return definition === undefined || more.length > 0 ? undefined : this.#annotated(definition.name)
  }

  #annotated({ typeAnnotation }: Node): string | undefined {
    const name = typeAnnotation?.typeAnnotation?.typeName
    return name === undefined ? undefined : this.#exported(name)
  }

  /** What `map`, `Array.from` and the like have made. */
  #ofElementsMade({ callee, arguments: args }: Node): string | undefined {
    const member = bare(callee)
    if (member?.type !== 'MemberExpression') return undefined
    const name = memberName(member) ?? ''
    const object = bare(member.object)
    if (alike.has(name)) return this.ofElements(object)
    const isArrayFrom = name === 'from' && object?.name === 'Array'
    if (!isArrayFrom && (name !== 'map' || object?.name === 'Promise')) return undefined
    return this.#ofReturned(bare(args?.[isArrayFrom ? 1 : 0]))
  }

  /** What a function that is no async function returns at its end. */
  #ofReturned(fn: Node | undefined): string | undefined {
    if (!/^(Arrow)?FunctionExpression$/.test(fn?.type ?? '') || fn!.async === true || fn!.generator === true)
      return undefined
    const body = fn!.body as Node
    if (body.type !== 'BlockStatement') return this.of(body)
    const last = (body.body as Node[]).at(-1)
    return last?.type === 'ReturnStatement' ? this.of(last.argument) : undefined
  }

  /** What an array has, with what is pushed to it. */
  #ofCollected({ type, node, name }: Definition, of: Node): string | undefined {
    const init = bare(node.init)
    if (type !== 'Variable' || node.id !== name || init === undefined) return undefined
    if (init.type !== 'ArrayExpression') return this.ofElements(init)
    const found = init.elements!.map(element => this.#ofElement(element))
    for (const { identifier } of variableOf(of, this.#sourceCode)!.references) {
      const member = identifier.parent
      if (member?.type !== 'MemberExpression' || member.object !== identifier) continue
      if (member.parent?.type === 'AssignmentExpression' && member.parent.left === member) return undefined
      if (memberName(member) !== 'push') continue
      found.push(...(member.parent?.arguments ?? []).map(item => this.#ofElement(item)))
    }
    return same(found)
  }

  /** Returns the name by which this package exports what an expression or a type stands for. */
  #exported(node: Node | undefined): string | undefined {
    if (node?.type === 'MemberExpression') return this.#isPackage(bare(node.object)) ? memberName(node) : undefined
    if (node?.type !== 'Identifier') return undefined
    return this.#once(constantOf(node, this.#sourceCode), found => this.#imported(found, node))
  }

  #imported({ type, node, name, parent }: Definition, { name: local }: Node): string | undefined {
    if (type === 'ClassName') {
      const members = ((node.body as Node | undefined)?.body ?? []) as Node[]
      return members.some(({ key }) => overrides.has(key?.name ?? ''))
        ? undefined
        : this.#exported(bare(node.superClass))
    }
    if (type === 'ImportBinding') {
      const { imported } = node
      return isOwn(parent?.source) ? (imported?.name ?? (imported?.value as string | undefined)) : undefined
    }
    if (type !== 'Variable' || node.id?.type !== 'ObjectPattern' || !this.#isPackage(bare(node.init))) return undefined
    const property = node.id.properties?.find(({ value }) => value === name)
    return property?.computed === true ? undefined : (property?.key?.name ?? local)
  }

  /** Whether an expression is all of this package. */
  #isPackage(node: Node | undefined): boolean {
    if (node?.type === 'AwaitExpression') return this.#isPackage(bare(node.argument))
    if (node?.type === 'ImportExpression') return isOwn(node.source)
    if (node?.type === 'CallExpression') return node.callee?.name === 'require' && isOwn(node.arguments?.[0])
    if (node?.type !== 'Identifier') return false
    const found = constantOf(node, this.#sourceCode)
    if (found?.type === 'ImportBinding')
      return found.node.type === 'ImportNamespaceSpecifier' && isOwn(found.parent?.source)
    return (
      this.#once(
        found,
        ({ type, node, name }) => type === 'Variable' && node.id === name && this.#isPackage(bare(node.init)),
      ) ?? false
    )
  }
}

function isOwn(specifier: Node | undefined): boolean {
  return specifier?.value === 'threaded-async'
}

/** The one class of several expressions. */
function same(classes: readonly (string | undefined)[]): string | undefined {
  return classes.every(name => name === classes[0]) ? classes[0] : undefined
}
