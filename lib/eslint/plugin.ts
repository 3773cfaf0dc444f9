// The plugin for ESLint: `no-captured-variables` reports, while one writes, what `CapturedVariableError` reports at the call.
//
// Promises that it is the same analysis, of the same text: the function's source and the file around it. TypeScript is
// read where Node can strip its types (22.13 or later); where it cannot, nothing is reported.

import * as nodeModule from 'node:module'
import { pathToFileURL } from 'node:url'
import { CallerFile } from '../functions/caller-file.js'
import { capturedBy } from '../functions/captured.js'
import { type Context, type Node, type SourceCode } from './syntax.js'
import { functionOfTask } from './tasks.js'

/** The bundler puts the names here that this package exports. */
declare const EXPORTS: readonly string[]
declare const VERSION: string

/** Not in every Node that this package runs on. */
const { stripTypeScriptTypes } = nodeModule as { stripTypeScriptTypes?(text: string, options: object): string }

const exportNames: ReadonlySet<string> = new Set(EXPORTS)

/** Finds the variables that an inline function takes from around itself, which do not exist on the thread where it runs. */
const noCapturedVariables = {
  meta: {
    type: 'problem' as const,
    docs: { description: 'disallow variables from outside in functions that run on another thread' },
    schema: [],
    messages: { captured: '{{message}}' },
  },
  // The types of ESLint differ from version to version, and this is for all of them.
  create(given: any): Record<string, (node: any) => void> {
    const context: Context = given
    if (!/['"`]threaded-async\b/.test(context.sourceCode.text)) return {}
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

  capturedBy({ range }: Node) {
    const text = (this.#text ??= javascriptOf(this.#context))
    this.#file ??= new CallerFile(pathToFileURL(this.#context.filename).href, text)
    return capturedBy(text.slice(...range), exportNames, this.#file)
  }
}

/** TypeScript becomes JavaScript of the same length; one that cannot is empty, and so captures nothing. */
function javascriptOf({ filename, sourceCode }: Context): string {
  const { text } = sourceCode
  if (!/\.[cm]?ts$/.test(filename)) return text
  if (stripTypeScriptTypes === undefined) return ''
  const { emitWarning } = process
  try {
    process.emitWarning = () => {} // Node says once that the function is experimental.
    return stripTypeScriptTypes(text, { mode: 'strip' })
  } catch {
    return ''
  } finally {
    process.emitWarning = emitWarning
  }
}

/** Returns where in a function a variable from outside is used first. */
function useOf(variable: string, fn: Node, sourceCode: SourceCode): Node | undefined {
  const { through } = sourceCode.getScope(fn)
  return through.find(({ identifier }) => identifier.name === variable)?.identifier
}

/**
 * The plugin, for a flat configuration.
 *
 * @example
 * // eslint.config.js
 * import threadedAsync from 'threaded-async/eslint-plugin'
 * export default [threadedAsync.configs.recommended]
 */
const plugin = {
  meta: { name: 'threaded-async', version: VERSION },
  rules: { 'no-captured-variables': noCapturedVariables },
  configs: {} as { recommended: { plugins: Record<string, object>; rules: Record<string, 'error'> } },
}

plugin.configs.recommended = {
  plugins: { 'threaded-async': plugin },
  rules: { 'threaded-async/no-captured-variables': 'error' },
}

export default plugin
