// A module as `synchronized` gets it: functions, data, classes, objects with methods, iterators.

import { setTimeout as sleep } from 'node:timers/promises'
import { Queue } from 'threaded-async'

export { join as joined } from 'node:path'
export const version = '1.2.3'
export const limits = { most: 3, list: [1, 2] }
export let count = 0

export async function double(x) {
  await sleep(1)
  return x * 2
}

export function increase() {
  return ++count
}

export async function echo(...args) {
  return args
}

export class StoreError extends Error {
  code = 'ERR_STORE'
}

export async function fail(text) {
  throw new StoreError(text)
}

const alive = { made: 0, collected: 0 }
const finalizers = new FinalizationRegistry(() => void alive.collected++)

export class Store {
  #rows = new Map()
  label = 'store'
  open = true

  constructor(label = 'store') {
    this.label = label
    alive.made++
    finalizers.register(this)
  }

  static async create(label) {
    await sleep(1)
    return new Store(label)
  }

  get size() {
    return this.#rows.size
  }

  async put(key, value) {
    await sleep(0)
    this.#rows.set(key, value)
    return this
  }

  async get(key) {
    return this.#rows.get(key)
  }

  row(key) {
    return new Row(this, key)
  }

  *[Symbol.iterator]() {
    yield* this.#rows
  }

  async [Symbol.asyncDispose]() {
    await sleep(1)
    this.open = false
    log.push(`closed ${this.label}`)
  }
}

class Row {
  constructor(store, key) {
    this.store = store
    this.key = key
  }
}

export const log = []

export function sizeOf(store) {
  return store.size
}

export function sameAs(a, { nested: [b] }) {
  return a === b
}

export async function callWith({ fn }, x) {
  return fn(x)
}

export function labelOf({ store }) {
  return store.label
}

export function rowsOf(store, n) {
  return Array.from({ length: n }, (_, i) => store.row(i))
}

export function tools() {
  return { version: 2, add: async (a, b) => a + b, inner: { list: [1], self: null } }
}

export function adder(n) {
  return async m => n + m
}

export async function* numbers(to) {
  try {
    for (let i = 0; i < to; i++) {
      await sleep(0)
      yield i
    }
    return 'done'
  } finally {
    log.push('numbers ended')
  }
}

export class Query {
  then(resolve) {
    resolve('rows')
  }
}

export function query() {
  return new Query()
}

export function circle() {
  const data = { name: 'circle', list: [] }
  data.self = data
  data.list.push(data)
  return data
}

export function circleWithStore() {
  const data = { store: new Store('inside'), map: new Map() }
  data.self = data
  data.map.set('store', data.store)
  return data
}

export function kinds() {
  return {
    date: new Date(0),
    map: new Map([[1, new Set([2])]]),
    bytes: new Uint8Array([1, 2]),
    buffer: Buffer.from('ab'),
    regexp: /a/g,
    error: new RangeError('no'),
    big: 1n,
    none: undefined,
    bare: Object.assign(Object.create(null), { a: 1 }),
  }
}

export function queue() {
  return new Queue()
}

export function huge(n) {
  return { text: 'x'.repeat(n), list: Array.from({ length: 100_000 }, (_, i) => ({ i })) }
}

export function deep(n) {
  let list = null
  for (let i = 0; i < n; i++) list = { next: list }
  return list
}

export function hang() {
  return new Promise(() => {})
}

export function wait(ms) {
  return sleep(ms)
}

export function spin() {
  for (;;);
}

export function exit(code) {
  process.exit(code)
}

export function exitSoon() {
  setImmediate(() => process.exit(3))
}

export function eat() {
  const all = []
  for (;;) all.push(new Array(100_000).fill(all.length))
}

export async function statistics() {
  globalThis.gc?.()
  await sleep(5)
  return { ...alive }
}

export default { kind: 'default', greet: async name => `hello ${name}` }
