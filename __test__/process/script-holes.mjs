// What a script sends in a few KiB, and V8 would give a gigabyte of room for all that is not there: lists that are told a length,
// and objects with an element far from the others. With little memory for the heap, an innocent script goes on.

import assert from 'node:assert/strict'
import { Server } from 'threaded-async'

const far = [
  'const list = []; list.length = 2 ** 25 - 1; return list',
  'const list = []; list.length = 2 ** 24; list[5] = 1; return list',
  'const list = []; list[1000] = 1; return list',
  'return { 1000: 1 }',
  'return { 1000: 1, name: 2 }',
  'return Object.assign(new Error("no"), { 1000: 1 })',
]
const count = 5_000
const seen = []
const handlers = { look: list => seen.push(list.length) && list, stay: n => n }
const limits = { memoryLimit: 2 ** 25, turnBudget: 2 ** 40, tickBudget: 2 ** 40 }

for (const make of far) {
  const thrown = []
  const server = new Server({ handlers, callInLoopTimeout: 60_000, onTaskError: ({ error }) => thrown.push(error) })
  const innocent = server.createScript('for (;;) { await host.nextTick(); await host.stay(1) }')
  const list = `const list = Array.from({ length: ${count} }, () => { ${make} });`
  server.createScript(`${list} await host.look(list)`, limits)
  const result = server.createScript(`${list} export default () => list`, limits)
  server.createScript(`${list} throw Object.assign(new Error('no'), { list })`, limits)
  server.settle()
  server.processAll()
  assert.equal(result.wait().length, count)
  for (const error of thrown) if (!error.list) throw error
  assert.deepEqual(
    thrown.map(({ list }) => list.length),
    [count],
  )
  assert(!innocent.done())
  server.close()
}
assert.deepEqual(
  seen,
  far.map(() => count),
)
console.log('pass')
