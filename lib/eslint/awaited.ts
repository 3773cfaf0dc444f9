// The rule `no-awaited-tasks`: tasks, scripts, futures and events are no promises, and `await` gives them back as they are.
//
// Promises to report only what is sure to be one of them (`classes.ts`), whichever parser has read the file. A task that
// an async function returns is not reported: its caller may want the task.

import { Classes } from './classes.js'
import { bare, isOfPackage, memberName, variableOf, type Context, type Node, type SourceCode } from './syntax.js'

/** The method that returns a promise, and the one that blocks. */
const waits = new Map([
  ['BackgroundTask', { awaits: 'result', blocks: 'wait' }],
  ['Script', { awaits: 'result', blocks: 'wait' }],
  ['Future', { awaits: 'result', blocks: 'resultWait' }],
  ['Event', { awaits: 'waitAsync', blocks: 'wait' }],
])

const nouns = new Map([
  ['BackgroundTask', 'task'],
  ['Script', 'script'],
  ['Future', 'future'],
  ['Event', 'event'],
])

const combinators = new Set(['all', 'allSettled', 'any', 'race'])
const thens = new Set(['catch', 'finally', 'then'])

/** Finds tasks that are treated as if they were promises. */
export const noAwaitedTasks = {
  meta: {
    type: 'problem' as const,
    docs: { description: 'disallow awaiting a task, a script, a future or an event itself, which is no promise' },
    schema: [],
    messages: {
      awaited:
        '`await` does not wait for {{aNoun}}: it gives back the {{class}} itself, at once. Write ' +
        '`await {{name}}.{{awaits}}()`, or `{{name}}.{{blocks}}()` to block.',
      combined:
        '`{{call}}` does not wait for {{aNoun}}: {{aClass}} is no promise. Give it `{{name}}.{{awaits}}()` instead.',
      combinedList:
        '`{{call}}` does not wait for {{aNoun}}: {{aClass}} is no promise. Give it ' +
        '`{{spread}}{{name}}.map({{noun}} => {{noun}}.{{awaits}}())` instead.',
      chained:
        '`{{method}}` is a method of promises, and {{aClass}} is none. Write `{{name}}.{{awaits}}().{{method}}(…)`.',
    },
  },
  create(given: any): Record<string, (node: any) => void> {
    const context: Context = given
    return isOfPackage(context.sourceCode) ? listeners(context) : {}
  },
}

function listeners(context: Context): Record<string, (node: any) => void> {
  const { sourceCode } = context
  const classes = new Classes(sourceCode)
  const report = (node: Node, found: string | undefined, messageId: string, more: Record<string, string> = {}) => {
    const words = waits.get(found ?? '')
    if (words === undefined) return
    const noun = nouns.get(found!)!
    const name = nameOf(node) ?? (messageId === 'combinedList' ? `${noun}s` : noun)
    const data = { class: found!, aClass: withArticle(found!), noun, aNoun: withArticle(noun), name }
    context.report({ node, messageId, data: { ...data, ...words, ...more } })
  }
  const reportElements = (list: Node | undefined, call: string, spread = '') => {
    if (list?.type !== 'ArrayExpression')
      return void (list && report(list, classes.ofElements(list), 'combinedList', { call, spread }))
    for (const element of list.elements!) {
      if (element === null) continue
      if (element.type === 'SpreadElement') reportElements(bare(element.argument), call, '...')
      else report(element, classes.of(element), 'combined', { call })
    }
  }
  return {
    AwaitExpression({ argument }: Node) {
      // What is awaited twice is reported once.
      if (bare(argument)?.type !== 'AwaitExpression') report(argument!, classes.of(argument), 'awaited')
    },
    'ForOfStatement[await=true]'({ right }: Node) {
      reportElements(bare(right), 'for await')
    },
    CallExpression({ callee, arguments: args }: Node) {
      const member = bare(callee)
      if (member?.type !== 'MemberExpression') return
      const method = memberName(member) ?? ''
      if (thens.has(method)) report(member.object!, classes.of(member.object), 'chained', { method })
      if (!isPromise(bare(member.object), sourceCode)) return
      const call = `Promise.${method}`
      if (combinators.has(method)) reportElements(bare(args?.[0]), call)
      if (method === 'resolve' && args?.[0]) report(args[0], classes.of(args[0]), 'combined', { call })
    },
  }
}

function withArticle(noun: string): string {
  return `${/^e/i.test(noun) ? 'an' : 'a'} ${noun}`
}

/** What a message calls an expression: a name, where it is one. */
function nameOf(node: Node): string | undefined {
  const inner = bare(node)
  return inner?.type === 'Identifier' ? inner.name : undefined
}

/** Whether it is the global `Promise`. */
function isPromise(node: Node | undefined, sourceCode: SourceCode): boolean {
  if (node?.type !== 'Identifier' || node.name !== 'Promise') return false
  return (variableOf(node, sourceCode)?.defs.length ?? 0) === 0
}
