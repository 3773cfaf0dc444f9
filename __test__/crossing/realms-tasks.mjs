// Values of another realm, as a test runner or a template engine makes them: each the text of an expression.

import vm from 'node:vm'

const context = vm.createContext({ Buffer })

export const made = text => vm.runInContext(`(${text})`, context)

/** Those that cross. */
export const crossing = [
  '{ a: 1, b: { c: [1, , 3] } }',
  'Object.create(null, { a: { value: 1, enumerable: true } })',
  'new (class Point { constructor() { this.x = 1 } get y() { return 2 } })()',
  '[1, "two", [3n]]',
  'Object.assign([1], { field: 2 })',
  'Array.from({ length: 500 }, (_, i) => i)',
  'new Map([[{ key: 1 }, new Set([1])]])',
  'new (class Mine extends Map {})([[1, 2]])',
  'new Set([new Date(5)])',
  'new Date(5)',
  '/a(b)/gi',
  'Object("text")',
  'Object(5)',
  'Object(7n)',
  'new Uint8Array([1, 2, 3])',
  'new Float64Array([1.5, -0])',
  'new BigInt64Array(2)',
  'new (class Mine extends Uint8Array {})(4)',
  'new DataView(new ArrayBuffer(8), 2, 4)',
  'new ArrayBuffer(8)',
  'new ArrayBuffer(8, { maxByteLength: 16 })',
  'new Uint8Array(new ArrayBuffer(8, { maxByteLength: 16 }))',
  'Buffer.from("abc")',
]

/** Errors: their class is told by their name. */
export const errors = {
  'new Error("e")': 'Error',
  'new TypeError("e", { cause: new RangeError("why") })': 'TypeError',
  'Object.assign(new SyntaxError("e"), { code: "ERR_X", detail: [1] })': 'SyntaxError',
  'new AggregateError([new Error("first"), 2], "e")': 'AggregateError',
  'new (class Mine extends RangeError {})("e")': 'RangeError',
  'Object.create(Error.prototype, { message: { value: "e" } })': 'Error',
}

/** Those that are refused, as those of this realm are. */
export const refused = [
  '() => {}',
  'class Foo {}',
  'Symbol("s")',
  'Object(Symbol("s"))',
  'Promise.resolve(1)',
  'new (class Later extends Promise {})(() => {})',
  'new WeakMap()',
  'new WeakSet()',
  'new WeakRef({})',
  'new FinalizationRegistry(() => {})',
  'new Proxy({}, {})',
  '[].values()',
  'new Map().entries()',
  'new Set().values()',
  '"x".matchAll(/x/g)',
  '"x"[Symbol.iterator]()',
  '(function* () {})()',
  '(async function* () {})()',
  '(function () { return arguments })()',
  '(function () { return arguments })(1)',
  'new Intl.NumberFormat()',
  'new Intl.DateTimeFormat()',
  'new WebAssembly.Memory({ initial: 1 })',
]

/** What a task returns, and what that comes to. */
export const results = {
  'Promise.resolve({ a: 1 })': { a: 1 },
  '(async () => [1])()': [1],
  '({ then(resolve) { resolve("kept") } })': 'kept',
  '({ then(resolve) { resolve(Promise.resolve(5)) } })': 5,
}

export const produce = text => made(text)

export const toss = text => {
  throw made(text)
}

export const tossLater = text => made(`Promise.reject(${text})`)

export const echo = value => value

export const called = async (client, text) => client.echo(made(text))
