// Large values: objects of one shape, strings side by side, runs of numbers. What arrives is what structuredClone makes.

/* oxlint-disable no-sparse-arrays -- holes are among what crosses */

import test from 'ava'
import assert from 'node:assert'
import { execFileSync } from 'node:child_process'
import { Session } from 'node:inspector'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { decode, encode } from '../../dist/internals.js'
import { cross, packed, refused, sameAsClone, Tag } from './wire-fixture.mjs'

const { structuredClone } = globalThis
const times = (count, make) => Array.from({ length: count }, (_, i) => make(i))

test('many objects of few shapes arrive as structuredClone would make them', t => {
  const name = fc.constantFrom('a', 'b', 'c', 'type', '0', '7', '__proto__', 'toString', '', 'é', '漢', 'x'.repeat(70))
  const value = fc.oneof(
    fc.integer(),
    fc.double(),
    fc.string({ maxLength: 70 }),
    fc.constantFrom(undefined, null, -0, 'yes', 'Ā', '\ud800', 'a text that comes again and again'),
    fc.array(fc.oneof(fc.integer(), fc.double(), fc.constant(-0)), { maxLength: 40 }),
  )
  const made = fc.tuple(fc.uniqueArray(name, { maxLength: 5 }), fc.boolean())
  const lists = fc.tuple(fc.array(made, { minLength: 1, maxLength: 4 }), fc.array(value, { minLength: 1 }), fc.nat(200))
  class Own {}
  fc.assert(
    fc.property(lists, ([kinds, values, count]) => {
      const list = times(count, i => {
        const [names, isOwn] = kinds[i % kinds.length]
        const object = isOwn ? new Own() : {}
        names.forEach((name, k) =>
          define(object, name, i % 7 === 3 && k === 0 ? object : values[(i + k) % values.length]),
        )
        return object
      })
      const [copy, clone] = [cross(list), structuredClone(list)]
      assert.deepStrictEqual(copy, clone)
      assert.strictEqual(inspect(copy, { depth: 3 }), inspect(clone, { depth: 3 }))
    }),
    { numRuns: 300 },
  )
  t.pass()
})

function define(object, name, value) {
  Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true })
}

test('an object of a shape that a getter changes arrives as structuredClone would make it', t => {
  const changes = {
    deletes: object => delete object.c,
    hides: object => Object.defineProperty(object, 'c', { enumerable: false }),
    adds: object => {
      object.e = 1
    },
    replaces: object => {
      object.c = { new: [1] }
    },
  }
  for (const [what, change] of Object.entries(changes)) {
    const make = () =>
      times(200, i =>
        i % 50 === 49
          ? { a: i, get b() { return change(this), undefined }, c: { i }, d: 'last' } // prettier-ignore
          : { a: i, b: 'text', c: { i }, d: 'last' },
      )
    assert.deepStrictEqual(cross(make()), structuredClone(make()), what)
  }
  t.pass()
})

test('getters are read once, in an object of a shape, too', t => {
  let reads = 0
  const list = times(100, () => ({ get a() { return void reads++ }, b: 1 })) // prettier-ignore
  const numbers = times(20, i => i)
  Object.defineProperty(numbers, 10, { get: () => `read ${++reads}`, enumerable: true })
  t.deepEqual(
    cross(list),
    times(100, () => ({ a: undefined, b: 1 })),
  )
  t.is(reads, 100)
  t.is(cross(numbers)[10], 'read 101')
  t.is(reads, 101)
})

test('objects that have no names in common arrive as structuredClone would make them, also among others that have', t => {
  const fresh = count => times(count, i => ({ [`own ${i}`]: i, [`${i}th`]: { [`deep ${i}`]: 'text' }, last: [i] }))
  const alike = times(300, i => ({ type: 'alike', i, more: { i } }))
  for (const list of [fresh(1000), [...fresh(300), ...alike, ...fresh(20)], [...alike, ...fresh(200), ...alike]]) {
    for (let again = 0; again < 3; again++) sameAsClone(t, list)
  }
  for (const name of ['toString', '__proto__', 'valueOf', 'constructor', 'hasOwnProperty']) {
    const list = fresh(100)
    define(list[99], name, { own: true })
    t.deepEqual(Object.getOwnPropertyDescriptor(cross(list)[99], name), Object.getOwnPropertyDescriptor(list[99], name))
  }
})

test('a name for which Object.prototype has been given a setter is a field like any other, among many new ones', t => {
  const list = times(200, i => ({ [`new ${i}`]: i, ['caught']: i }))
  let caught = 0
  const set = () => caught++
  Object.defineProperty(Object.prototype, 'caught', { get: () => 'inherited', set, configurable: true }) // oxlint-disable-line no-extend-native -- it is what is tried
  let copy
  try {
    copy = cross(list)
  } finally {
    delete Object.prototype.caught
  }
  t.deepEqual(copy, list)
  t.is(caught, 0)
})

test('objects with many fields arrive with all of them, in their order', t => {
  const values = times(500, i => [`field ${i}`, i % 3 ? i : `text ${i}`])
  const value = Object.fromEntries(values)
  define(value, '__proto__', 'own')
  define(value, 'constructor', 1)
  define(value, 'self', value)
  for (const object of [value, Object.assign(Object.create(null), value), { ...value, 12: 'first' }]) {
    const copy = sameAsClone(t, object)
    t.is(Object.getPrototypeOf(copy), Object.prototype)
    t.deepEqual(Object.keys(copy), Object.keys(object))
  }
})

test('no code runs of a prototype’s that is a Proxy', t => {
  const fail = () => {
    throw new Error('a trap has run')
  }
  const under = new Proxy({}, new Proxy({}, { get: () => fail }))
  const list = times(100, i => Object.setPrototypeOf({ a: i, b: 2 }, under))
  t.deepEqual(
    cross(list),
    times(100, i => ({ a: i, b: 2 })),
  )
})

test('fields that Object.prototype has been given are not those of an object', t => {
  const list = times(100, i => ({ a: i, b: 2 }))
  Object.prototype.added = 'inherited' // oxlint-disable-line no-extend-native -- it is what is tried
  let copy
  try {
    copy = cross(list)
  } finally {
    delete Object.prototype.added
  }
  t.deepEqual(copy, list)
})

test('runs of numbers arrive to the bit', t => {
  const ints = times(100, i => i * 1e7 - 5e8)
  const doubles = times(100, i => i / 7)
  for (const list of [
    ints,
    doubles,
    [...ints, -0, ...ints],
    [...doubles, ...ints],
    [...ints, 'text', ...doubles, , 1],
  ]) {
    for (let length = 0; length < 12; length++) sameAsClone(t, ['x'.repeat(length), list.slice(0, length), list])
  }
})

test('strings side by side arrive as they are, whatever stands among them', t => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.string({ maxLength: 300 }),
    fc.nat().map(i => `é${'x'.repeat(i % 300)}`),
    fc.constantFrom(
      '',
      'a',
      '漢',
      '\ud800',
      '\udc00 alone',
      'Ā'.repeat(255),
      'ÿ'.repeat(256),
      'a text that comes again',
    ),
  )
  const between = fc.oneof(text, text, text, fc.constantFrom(1, 2.5, null, undefined, true, { own: 'object' }))
  const lists = fc.array(fc.array(between, { size: 'large', maxLength: 400 }), { minLength: 1, maxLength: 4 })
  const fresh = times(100, i => `text number ${i}`)
  fc.assert(
    fc.property(lists, parts => {
      const list = [...fresh, ...parts.flat()]
      const value = { list, holes: [...list, , ...list, , 'end'], again: [fresh, list, parts] }
      assert.deepStrictEqual(cross(value), structuredClone(value))
    }),
    { numRuns: 100 },
  )
  for (const length of [15, 16, 17, 128, 3000, 70_000]) {
    sameAsClone(t, [fresh, times(length, i => 'x'.repeat(i % 256)), times(length, i => `漢${i}`.repeat(i % 40))])
  }
})

test('elements that are strings are read once, in order, and may be getters that encode', t => {
  const reads = []
  const list = times(300, i => `text ${i}`)
  for (const at of [150, 151, 200, 299]) {
    const get = () => (reads.push(at), cross(times(200, i => `inner ${i}`))[at % 200] ?? '')
    Object.defineProperty(list, at, { get, enumerable: true })
  }
  const copy = cross({ list, behind: ['end'] })
  t.deepEqual(reads, [150, 151, 200, 299])
  t.deepEqual([copy.list[149], copy.list[150], copy.list[200], copy.list[299]], ['text 149', 'inner 150', 'inner 0', 'inner 99']) // prettier-ignore
  t.deepEqual([copy.list.length, copy.behind], [300, ['end']])
})

test('what is taken back of a value leaves the rest whole', t => {
  const holes = [{ kept: 'first text' }, ...times(60, i => ({ kind: 'of the holes', i })), ...Array(200), 1]
  const value = [times(40, i => ({ kept: 'a text', i })), holes, times(40, i => ({ kind: 'of the holes', i }))]
  sameAsClone(t, value)
  const errors = times(30, i => Object.assign(new Error('e'), { list: times(30, k => ({ kind: `${i}`, k })), f() {} }))
  const copies = cross(errors, 'error', { lenient: true })
  t.is(copies.length, 30)
  refused(t, [value, { f() {} }], 'item[1].f', /the function f/)
})

test('a string that is kept of a value keeps little of it alive', t => {
  const texts = times(20_000, i => `a string of some length ${i}`)
  t.is(cross(texts).length, texts.length)
  const kept = []
  const before = held()
  for (let i = 0; i < 100; i++) kept.push(cross(texts)[i * 100])
  const each = (held() - before) / kept.length
  t.is(kept[99], texts[9900])
  t.true(each < 20_000, `${each} bytes`)
})

/** Memory of this thread's heap, after a collection. */
function held() {
  globalThis.gc ??= collector()
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

function collector() {
  process.getBuiltinModule('node:v8').setFlagsFromString('--expose-gc')
  return process.getBuiltinModule('node:vm').runInNewContext('gc')
}

test('bytes that announce shapes, runs or fields that are not there are refused', t => {
  const tag = {
    array: 13,
    newShape: 29,
    shaped: 30,
    dictionary: 31,
    ints: 32,
    doubles: 33,
    strings: 22,
    piece: 34,
    text: 0xc3,
  }
  const cases = {
    'a shape without names': [tag.newShape, 3],
    'a shape of very many names': [tag.newShape, 255, 255, 255, 255, 15],
    'a shape that has not been named': [tag.shaped, 4],
    'fields without an end': [tag.dictionary, 255, 255, 255, 255, 15],
    'more numbers than bytes': [tag.array, 9, tag.ints, 255, 255, 255, 127],
    'less than no numbers': [tag.array, 9, tag.ints, 255, 255, 255, 255],
    'more doubles than bytes': [tag.array, 9, tag.doubles, 255, 255, 255, 127, 0],
    'more strings than bytes': [tag.array, 9, tag.strings, 255, 255, 255, 127],
    'less than no strings': [tag.array, 9, tag.strings, 255, 255, 255, 255],
    'strings without characters': [tag.array, 2, tag.strings, 2, 0, 0, 0, 200, 200, 10, 65, 66],
    'strings without a length of all': [tag.array, 2, tag.strings, 2, 0, 0, 0, 3, 3],
    'a piece without an end': [tag.piece, 0, 0, 0, 0, 255, 255, 3],
    'a string of a piece that is not there': [tag.array, 1, tag.text, 255],
  }
  for (const [what, bytes] of Object.entries(cases)) {
    t.throws(() => decode(Uint8Array.from([200, 0, 0, 0, ...bytes]), 0), undefined, what)
  }
})

test('large values arrive where programs may not make functions of texts', t => {
  const program = `
    import { encode, decode, release } from ${JSON.stringify(new URL('../../dist/internals.js', import.meta.url).href)}
    import assert from 'node:assert'
    const list = Array.from({ length: 500 }, (_, i) => ({ a: i, b: 'text ' + i, c: { d: i / 3 } }))
    const packet = encode(list, 'item')
    assert.deepStrictEqual(decode(packet.bytes, packet.start), list)
    release(packet)
    assert.throws(() => Function('1'), EvalError)
    console.log('pass')`
  const flags = ['--disallow-code-generation-from-strings', '--input-type=module', '-e', program]
  t.is(execFileSync(process.execPath, flags, { encoding: 'utf8' }), 'pass\n')
})

test('a value that is encoded within another does not mix its strings with it', t => {
  const texts = times(100, i => `text ${i % 10}`)
  const inner = []
  const value = times(60, i => ({
    texts,
    get own() {
      if (i % 20 === 0) inner.push(cross([texts, { own: texts }]))
      return `own ${i % 5}`
    },
  }))
  const copy = cross(value)
  t.deepEqual(
    copy.map(({ own }) => own),
    times(60, i => `own ${i % 5}`),
  )
  for (const { texts: read } of copy) t.deepEqual(read, texts)
  for (const [read, { own }] of inner) t.deepEqual([read, own], [texts, texts])
  t.is(encode([], 'item').handles.length, 0)
})

// --- functions that read the objects of a shape

const rowsOf = (names, count) =>
  Array.from({ length: count }, (_, i) => Object.fromEntries(names.map(name => [name, i])))

const bytesOf = value => packed(value, { lenient: false, leaves: true, forScript: true })

/** How many functions are made of texts while `act` runs. */
function made(act) {
  const session = new Session()
  let count = 0
  session.connect()
  session.on('Debugger.scriptParsed', () => count++)
  session.post('Debugger.enable')
  count = 0 // It has told of all that were there.
  act()
  session.disconnect()
  return count
}

const packetOf = { own: bytes => bytes, 'a script': bytes => Uint8Array.from([0, 0, 0, 0, Tag.Foreign, ...bytes]) }

/** Reads so many packets, the objects of each of which have names that none has had before. */
function readFresh(from, count) {
  for (let i = 0; i < count; i++) decode(packetOf[from](bytesOf(rowsOf([`f${from}${i}`, `g${i}`], 60))), 0)
}

for (const [flood, reader, most] of [
  ['a script', 'own', 1],
  ['own', 'a script', 100],
  ['a script', 'a script', 100],
  ['own', 'own', 100],
]) {
  test.serial(`objects of ${flood} that share no shape with others do not slow down those of ${reader} for good`, t => {
    const count = made(() => readFresh(flood, 5000))
    t.true(count > 0 && count <= 1024 + 5000 / 16, `${count}`)
    const rows = packetOf[reader](bytesOf(rowsOf([`of ${flood}`, `to ${reader}`], 60)))
    let packets = 0
    t.is(
      made(() => {
        for (; packets < most; packets++) t.is(decode(rows, 0).length, 60)
      }),
      1,
    )
  })
}
