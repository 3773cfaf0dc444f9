// P4b: values as large as real ones: what encoding and decoding costs beside structuredClone, on one thread; and what a call
// costs that takes an AST and returns it, beside the packages that do the same with a worker of their own.
//
// The values are those of this project: an AST of a dependency's file, the lock file, and rows as a database returns them.

import { parse } from 'acorn'
import { makeModuleSynchronized } from 'make-synchronized'
import { readFileSync } from 'node:fs'
import { createSyncFn } from 'synckit'
import { synchronized } from 'threaded-async'
import { decode, encode, release } from '../../dist/internals.js'
import { latencies } from '../measure.mjs'
import { size } from '../options.mjs'

const { structuredClone } = globalThis
const OURS = 'threaded-async, encode and decode'
const RIVAL = 'structuredClone'
const CALLS = size(200)
const root = new URL('../../', import.meta.url)
const url = new URL('../rivals/module.mjs', import.meta.url)

const textOf = path => readFileSync(new URL(path, root), 'utf8')
const astOf = text => parse(text, { ecmaVersion: 'latest', sourceType: 'module' })
const times = (count, make) => Array.from({ length: count }, (_, i) => make(i))
const word = (i, length) => Buffer.from(String(i * 2654435761).repeat(4)).toString('base64').slice(0, length) // prettier-ignore
const mixed = i => (i % 5 ? word(i, 3 + (i % 40)) : `é漢${word(i, 8)}`)

const row = i => ({
  id: i,
  key: `${word(i, 8)}-${word(i + 1, 4)}`,
  name: `${word(i, 6)} ${word(i + 2, 9)}`,
  mail: `${word(i, 9)}@example.com`,
  age: 20 + (i % 60),
  balance: i / 7,
  isActive: i % 3 === 0,
  country: ['DE', 'FR', 'US', 'GB'][i % 4],
  created: new Date(1.6e12 + i * 1e6),
  note: i % 4 === 0 ? word(i, 40) : null,
  score: (i * 7919) % 1e6,
  status: ['pending', 'active', 'closed'][i % 3],
})

const smallTree = () => astOf(textOf('node_modules/ms/index.js').split('function fmtLong')[0])

/** Each value, by what it is, and how many times as long as structuredClone it may take. */
const values = [
  ['an AST of 320 nodes', smallTree, 0.8],
  ['an AST of 33,000 nodes', () => astOf(textOf('node_modules/acorn/dist/acorn.mjs')), 0.8],
  ['JSON of 200 KB', () => JSON.parse(textOf('package-lock.json')), 1.1],
  ['JSON of 10 MB', () => times(size(60), () => JSON.parse(textOf('package-lock.json'))), 1.1],
  ['1,000 rows of 12 columns', () => times(1000, row), 0.8],
  ['an object of 2,000 keys', () => Object.fromEntries(times(2000, i => [`key_${word(i, 6)}${i}`, i])), 1.1],
  ['2,000 strings of Latin-1', () => times(2000, i => word(i, 3 + (i % 40))), 0.8],
  ['2,000 strings of UTF-16', () => times(2000, i => `漢字${word(i, 3 + (i % 20))}`), 1.1],
  ['2,000 mixed strings', () => times(2000, mixed), 1.1],
  ['a Map of 10,000 entries', () => new Map(times(10_000, i => [i, { id: i, name: word(i, 6) }])), 0.8],
  ['a Float64Array of 1,000 elements', () => new Float64Array(1000).fill(1.5), 1.1],
  ['1,000 numbers', () => times(1000, i => i * 3), 0.8],
]

function there(value) {
  const packet = encode(value, 'item')
  const copy = decode(packet.bytes, packet.start)
  release(packet)
  return copy
}

/** A large value is copied fewer times. What is made for shapes is there once many objects were copied. */
function contestant(name, copy, make) {
  return {
    name,
    setUp() {
      const value = make()
      const taken = () => Math.min(...latencies(size(20, 2), () => copy(value)))
      const calls = Math.max(1, Math.min(size(500), Math.floor(2e4 / taken())))
      return { round: () => [...latencies(calls, () => copy(value))] }
    },
  }
}

const codec = ([what, make, within]) => ({
  id: 'P4b',
  title: `${what}, copied`,
  unit: 'µs',
  rounds: 11,
  contestants: [contestant(OURS, there, make), contestant(RIVAL, value => structuredClone(value), make)],
  goals: [{ of: OURS, against: RIVAL, within }],
})

const caller = (name, start) => ({
  name,
  setUp() {
    const tree = JSON.parse(JSON.stringify(smallTree()))
    const { call, stop } = start()
    return { round: () => [...latencies(CALLS, () => call(tree))], tearDown: stop }
  },
})

const CALL = 'threaded-async, synchronized'

const calls = {
  id: 'P4b',
  title: 'a call that takes an AST of 320 nodes and returns it',
  unit: 'µs',
  rounds: 11,
  contestants: [
    caller(CALL, () => {
      const module = synchronized(url)
      return { call: module.same, stop: () => module[Symbol.dispose]() }
    }),
    caller('make-synchronized', () => ({ call: makeModuleSynchronized(url).same })),
    caller('synckit', () => ({ call: createSyncFn(new URL('../rivals/synckit-worker.mjs', import.meta.url)) })),
  ],
  goals: ['synckit', 'make-synchronized'].map(against => ({ of: CALL, against, ratio: 1 })),
}

export const largeValues = [...values.map(codec), calls]
