// What the names around a function are bound to, as V8 tells it to debuggers.
//
// Neither the text of a function nor the file on the disk tells what a compiler has made of the file in memory. The
// function's own closure does, whatever the compiler is. A session of the inspector in this thread is asked, which takes
// some milliseconds the first time: only for names that would be refused otherwise. Promises to run no code of the
// program's.
//
// Where there is no inspector, or the program may not use it, nothing is known.

import type { Runtime, Session } from 'node:inspector'

/** Where the function is for V8, and what is found comes back: a property that every realm of the thread can reach. */
const exchange = Symbol.for('threaded-async.closure')

/** The value of a variable; `isInner`: it is one of a function, each call of which may give it another. */
export interface Captured {
  readonly value: unknown
  readonly isInner: boolean
}

type Exchange = { fn: Function; found: unknown[] }
type Property = Pick<Runtime.PropertyDescriptor, 'name' | 'value'>

/** Returns what those of the names are that are bound around a function; undefined where nobody can tell. */
export function valuesAround(fn: Function, names: Iterable<string>): Map<string, Captured> | undefined {
  return inSession(fn, (session, shared) => look(session, shared, new Set(names)))
}

/**
 * Returns where a function stands in what was compiled, counted from 0: an arrow function where its text begins, any
 * other where its parameters do.
 */
export function locationOf(fn: Function): { line: number; column: number } | undefined {
  return inSession(fn, session => {
    const found = propertiesOf(session, heldFunction(session), 'internalProperties')
    const location = found.find(({ name }) => name === '[[FunctionLocation]]')?.value?.value as
      { lineNumber: number; columnNumber: number } | undefined
    return location && { line: location.lineNumber, column: location.columnNumber }
  })
}

function inSession<R>(fn: Function, ask: (session: Session, shared: Exchange) => R): R | undefined {
  try {
    const inspector = process.getBuiltinModule('node:inspector')
    const session = new inspector.Session()
    session.connect()
    const shared = inspector as { [exchange]?: Exchange }
    try {
      return ask(session, (shared[exchange] = { fn, found: [] }))
    } finally {
      delete shared[exchange]
      session.disconnect()
    }
  } catch {
    return undefined
  }
}

function look(session: Session, shared: Exchange, names: ReadonlySet<string>): Map<string, Captured> {
  const scopes = scopesOf(session).filter(({ description }) => description !== 'Global')
  const variables = new Map<string, { value: Runtime.RemoteObject; isInner: boolean }>()
  for (const scope of scopes) {
    const isInner = !/^(?:Module|Script)\b/.test(scope.description ?? '')
    for (const { name, value } of propertiesOf(session, scope)) {
      if (value && names.has(name) && !variables.has(name)) variables.set(name, { value, isInner })
    }
  }
  const found = [...variables]
  handOver(
    session,
    found.map(([, { value }]) => behind(session, value)),
  )
  return new Map(found.map(([name, { isInner }], at) => [name, { value: shared.found[at], isInner }]))
}

/** Vite puts a proxy before each module that it has not compiled. */
function behind(session: Session, value: Runtime.RemoteObject): Runtime.RemoteObject {
  if (value.subtype !== 'proxy') return value
  return propertiesOf(session, value, 'internalProperties').find(({ name }) => name === '[[Target]]')?.value ?? value
}

/** From the innermost to the outermost. */
function scopesOf(session: Session): Runtime.RemoteObject[] {
  const found = propertiesOf(session, heldFunction(session), 'internalProperties')
  const scopes = found.find(({ name }) => name === '[[Scopes]]')
  return scopes?.value === undefined
    ? []
    : propertiesOf(session, scopes.value).flatMap(({ name, value }) => (/^\d+$/.test(name) && value ? [value] : []))
}

function heldFunction(session: Session): Runtime.RemoteObject {
  return held(session, 'fn')
}

function held(session: Session, key: keyof Exchange): Runtime.RemoteObject {
  const expression = `process.getBuiltinModule('node:inspector')[Symbol.for('${exchange.description}')].${key}`
  return post<{ result: Runtime.RemoteObject }>(session, 'Runtime.evaluate', { expression }).result
}

function propertiesOf(
  session: Session,
  { objectId }: Runtime.RemoteObject,
  kind: 'result' | 'internalProperties' = 'result',
): Property[] {
  const options = { objectId, ownProperties: true }
  return post<Record<string, Property[] | undefined>>(session, 'Runtime.getProperties', options)[kind] ?? []
}

/** Has V8 hand the values over as they are. */
function handOver(session: Session, values: readonly Runtime.RemoteObject[]): void {
  post(session, 'Runtime.callFunctionOn', {
    objectId: held(session, 'found').objectId,
    functionDeclaration: 'function (...values) { for (let i = 0; i < values.length; i++) this[i] = values[i] }',
    arguments: values.map(({ objectId, unserializableValue, value }) =>
      objectId === undefined ? { unserializableValue, value } : { objectId },
    ),
  })
}

/** A session of this thread answers at once. */
function post<R>(session: Session, method: string, parameters: object): R {
  let answer: R | undefined
  session.post(method, parameters, (error, result) => {
    if (error === null) answer = result as R
  })
  if (answer === undefined) throw new Error(`${method} has failed.`)
  return answer
}
