// The rule `no-captured-variables`: it reports, while one writes, what `CapturedVariableError` reports at the call.
//
// Promises that it is the same analysis, of the same text: the function's source and the file around it, as JavaScript
// (`javascript.ts`). Where that text is none, the names come from ESLint's scopes.

import { pathToFileURL } from 'node:url'
import { CallerFile } from '../functions/caller-file.js'
import { capturedBy } from '../functions/captured.js'
import { javascriptOf } from './javascript.js'
import { bare, isOfPackage, type Context, type Node, type SourceCode } from './syntax.js'
import { functionOfTask } from './tasks.js'

/** The bundler puts the names here that this package exports. */
declare const EXPORTS: readonly string[]

const exportNames: ReadonlySet<string> = new Set(EXPORTS)

/** Finds the variables that an inline function takes from around itself, which do not exist on the thread where it runs. */
export const noCapturedVariables = {
  meta: {
    type: 'problem' as const,
    docs: { description: 'disallow variables from outside in functions that run on another thread' },
    schema: [],
    messages: { captured: '{{message}}' },
  },
  // The types of ESLint differ from version to version, and this is for all of them.
  create(given: any): Record<string, (node: any) => void> {
    const context: Context = given
    if (!isOfPackage(context.sourceCode)) return {}
    const file = new File(context)
    const seen = new Set<Node>()
    return {
      CallExpression(call: Node) {
        const fn = functionOfTask(call, context.sourceCode)
        if (fn === undefined || seen.has(fn)) return
        seen.add(fn)
        for (const { variable, message } of file.capturedBy(fn)) {
          const node = useOf(variable, fn, context.sourceCode) ?? fn
          context.report({ node, messageId: 'captured', data: { message } })
        }
      },
    }
  },
}

/** The file, as JavaScript, read when it is first asked. */
class File {
  readonly #context: Context
  #text: string | undefined
  #file: CallerFile | undefined

  constructor(context: Context) {
    this.#context = context
  }

  capturedBy(fn: Node) {
    const text = (this.#text ??= javascriptOf(this.#context))
    this.#file ??= new CallerFile(pathToFileURL(this.#context.filename).href, text)
    const names = () => namesUsed(fn, this.#context.sourceCode)
    return capturedBy(text.slice(...fn.range), exportNames, this.#file, names)
  }
}

/** The names of values that a function uses and does not declare, without its own. */
function namesUsed(fn: Node, sourceCode: SourceCode): Set<string> {
  const names = new Set<string>()
  for (const { identifier, resolved, isValueReference } of sourceCode.getScope(fn).through) {
    const [definition] = resolved?.defs ?? []
    const isItself = definition !== undefined && (definition.node === fn || bare(definition.node.init) === fn)
    const { type, operator } = identifier.parent ?? {}
    const isOnlyNamed =
      isValueReference === false || operator === 'typeof' || /^TS(TypeQuery|QualifiedName)$/.test(type ?? '')
    if (!isItself && !isOnlyNamed) names.add(identifier.name!)
  }
  return names
}

/** Returns where in a function a variable from outside is used first. */
function useOf(variable: string, fn: Node, sourceCode: SourceCode): Node | undefined {
  const { through } = sourceCode.getScope(fn)
  return through.find(({ identifier }) => identifier.name === variable)?.identifier
}
