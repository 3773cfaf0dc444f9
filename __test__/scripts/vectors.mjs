// Values of every kind that crosses between the host and a script, and generated ones: both sides of the wire are tested with
// them. Each is made anew by a function, so that a test may change it.
//
// Promises that the generated ones are the same in each run.

/** A list that holds itself, an object that is there twice, and a Map whose key holds the Map. */
function graph() {
  const shared = { name: 'shared' }
  const root = { list: [shared, shared], map: new Map(), set: new Set() }
  root.self = root
  root.list.push(root.list)
  root.map.set(root.map, root).set(shared, root.set)
  root.set.add(root.set).add(shared)
  return root
}

function nested(levels, wrap, inner) {
  let value = inner
  for (let i = 0; i < levels; i++) value = wrap(value)
  return value
}

const rows = count =>
  Array.from({ length: count }, (_, i) => ({
    id: i,
    name: `row number ${i % 7}`,
    at: { x: i / 4, y: -i },
    tags: ['a', `${i}`],
  }))

function views() {
  const memory = new ArrayBuffer(64)
  new Uint8Array(memory).forEach((_, i, bytes) => (bytes[i] = i * 37))
  const classes = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array] // prettier-ignore
  classes.push(Float32Array, Float64Array, BigInt64Array, BigUint64Array)
  const all = classes.map(View => new View(memory, 16, 2))
  return { all, data: new DataView(memory, 3, 9), memory, again: all[3], whole: new Uint8Array(memory) }
}

function growing() {
  const memory = new ArrayBuffer(8, { maxByteLength: 64 })
  return [memory, new Uint8Array(memory), new Uint16Array(memory, 2, 2), new DataView(memory)]
}

class Point {
  #hidden = 1
  constructor(x, y) {
    this.x = x
    this.y = y
  }
  get length() {
    return this.#hidden
  }
}

const withFields = (error, fields) => Object.assign(error, fields)

/** What is written for a class of the program's own is its name, as the engine of a script has none of its classes. */
function named() {
  class ParseError extends SyntaxError {
    name = 'ParseError'
    line = 7
  }
  return new ParseError('bad syntax')
}

const texts = length => ['x'.repeat(length), 'é'.repeat(length), 'Ω'.repeat(length), `${'x'.repeat(length)}\ud800`]

export const vectors = {
  'undefined and null': () => [undefined, null, { a: undefined }],
  booleans: () => [true, false],
  'small whole numbers': () => Array.from({ length: 5 }, (_, i) => 61 + i),
  'whole numbers': () => [0, -1, 63, 64, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53, -(2 ** 53)],
  'other numbers': () => [-0, 0.5, NaN, Infinity, -Infinity, Number.MIN_VALUE, Number.MAX_VALUE, 1e21],
  'numbers alone': () => ({ a: -0, b: NaN, c: 2 ** 32, d: 1.5, e: -7, f: 63, g: 64 }),
  'a list of whole numbers': () => Array.from({ length: 300 }, (_, i) => i * 1000 - 5),
  'a list of numbers': () => Array.from({ length: 300 }, (_, i) => (i % 9 === 0 ? -0 : i / 3)),
  'lists that change their kind': () => [1, 2, 3, 4, 5, 6, 7, 0.5, 1.5, 2.5, 'a', 8, 9, 10, 11, 12, 13, null],
  'big integers': () => [0n, 1n, -1n, 255n, -256n, 2n ** 63n, -(2n ** 63n), 2n ** 64n - 1n, 2n ** 200n, -(10n ** 100n)],
  'strings of every width': () => ['', 'a', 'é', '\xff', 'Ω', '😀', '\ud800', 'a\udc00b', '\0', 'line\nline'],
  'strings of every length': () => [0, 1, 12, 13, 24, 25, 62, 63, 64, 127, 128, 255, 256, 1000, 20_000].flatMap(texts),
  'many strings': () => Array.from({ length: 200 }, (_, i) => ({ text: `text ${i % 30}`, other: `é${'y'.repeat(i)}` })),
  'many wide strings': () => Array.from({ length: 100 }, (_, i) => ({ a: `Ω${i}`, b: 'Ω'.repeat(i), c: `plain ${i}` })),
  'strings that come again': () => Array.from({ length: 3000 }, (_, i) => [`name ${i % 12}`]),
  'more strings than can be named again': () => Array.from({ length: 5000 }, (_, i) => [`the text ${i % 1500}`]),
  'lists of strings': () => [
    Array.from({ length: 100 }, (_, i) => `item ${i}`),
    Array.from({ length: 40 }, (_, i) => `Ω${i}`),
  ],
  'a long string': () => 'long '.repeat(50_000),
  'plain objects': () => ({ a: 1, b: { c: 'two' }, d: {} }),
  'names of every kind': () => ({
    '': 1,
    'a b': 2,
    é: 3,
    Ω: 4,
    'a\ud800': 5,
    ['n'.repeat(300)]: 6,
    constructor: 7,
    toString: 8,
  }),
  'names that are indices': () => ({ b: 1, 10: 2, 9: 3, a: 4, 4294967294: 5, 4294967295: 6, '01': 7, '-1': 8, 1.5: 9 }),
  '__proto__ as a field': () => JSON.parse('{"__proto__": {"polluted": true}, "a": {"__proto__": null}}'),
  'an object with many fields': () => Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`field ${i}`, i])),
  'objects of one shape': () => rows(200),
  'objects of one shape, some of which hold others': () =>
    rows(60).map((row, i) => (i % 3 === 0 ? { ...row, row } : row)),
  'an object of a class': () => ({ x: new Point(3, 4).x, y: 4 }),
  arrays: () => [[], [1], ['a', [null]], [[], []]],
  'arrays with holes': () => [Object.assign([], { 1: 1 }), Object.assign(new Array(3), { 0: 1, 2: 2 }), new Array(2)],
  'holes among what is undefined': () => [Object.assign(new Array(3), { 0: undefined, 2: undefined })],
  'sparse arrays': () => [Object.assign([], { 5000: 'far', 4_000_000_000: 'further' }), new Array(1000)],
  'arrays with fields': () => [
    Object.assign([1, 2], { more: true, '-1': 0 }),
    Object.assign([], { 0: 'a', name: 'b' }),
  ],
  'a long array': () => Array.from({ length: 20_000 }, (_, i) => (i % 2 === 0 ? i : { i })),
  'a Map': () => new Map([['a', 1], [{ b: 2 }, [3]], [NaN, new Map()], [-0, 0], [undefined, null]]), // prettier-ignore
  'a Set': () => new Set([1, 'a', { b: 2 }, new Set(), NaN]),
  dates: () => [new Date(0), new Date(NaN), new Date(8.64e15), new Date(-1.5)],
  'regular expressions': () => [/a(b)/gi, /[/\]]/, new RegExp(''), new RegExp('/'), /\n\u{1f600}/dmsuy, /(?<name>x)Ω/v],
  boxes: () => [Object(1), Object('text'), Object(true), Object(2n ** 70n), Object(-0), Object('')],
  memory: () => [new ArrayBuffer(0), new Uint8Array([1, 2, 3]).buffer],
  'views of the same memory': views,
  'memory that grows': growing,
  'an object that is there twice': () => Array.from({ length: 40 }, (_, i, all = [{ i }]) => [all[0], all[0], all]),
  'a graph': graph,
  'many objects that come again': () => [rows(100), rows(100)].flatMap(list => [list, [...list].reverse()]),
  'nested arrays': () => nested(999, value => [value], 'deep'),
  'nested objects': () => nested(999, value => ({ value }), 'deep'),
  'an error': () => new Error('no'),
  'errors of every class': () =>
    [TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError].map(E => new E('m')),
  'an error without a message': () => new TypeError(),
  'an error with fields': () =>
    withFields(new RangeError('out', { cause: { why: [1] } }), { code: 'E_OUT', at: { x: 1 } }),
  'an error whose cause is an error': () => new Error('outer', { cause: new TypeError('inner', { cause: 'text' }) }),
  'an error that holds itself': () => {
    const error = new Error('again')
    return withFields(error, { error, list: [error] })
  },
  'several errors': () => new AggregateError([new Error('one'), 2, new AggregateError([])], 'several'),
  'an error of another class': named,
  'an error whose name is its own': () => withFields(new Error('x'), { name: 'Own' }),
  'a DOMException': () => new DOMException('gone', 'AbortError'),
  'everything at once': () => [graph(), views(), rows(3), named(), new Map([[growing(), /x/]]), 'é', 1n],
}

/** Numbers below `most` that look like chance and are the same in each run. */
export function chance(seed) {
  let state = seed
  return most => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * most)
  }
}

const alphabets = ['abcdefgh', '0123456789', 'aé\xff', 'Ωλ😀', 'x\ud800\udc00']

function makers(below, objects) {
  const pick = list => list[below(list.length)]
  const text = (most = 40) => {
    const letters = pick(alphabets)
    return Array.from({ length: below(below(8) === 0 ? most * 8 : most) }, () => letters[below(letters.length)]).join(
      '',
    )
  }
  const many = (of, most = 6) => Array.from({ length: below(most) }, of)
  const kept = (object, fill) => {
    objects.push(object)
    fill(object)
    return object
  }
  const leaves = [
    () => below(200) - 100,
    () => (below(2 ** 32) - 2 ** 31) * 3,
    () => (below(1000) - 500) / 8,
    () => pick([NaN, -0, Infinity, undefined, null, true, false]),
    () => BigInt(below(2 ** 32)) ** BigInt(below(9)) * (below(2) === 0 ? -1n : 1n),
    text,
    text,
    () => (objects.length === 0 ? null : pick(objects)),
    () => kept(new Date(below(2 ** 40)), () => {}),
    () => kept(new Uint8Array(many(() => below(256), 40)), () => {}),
    () => kept(Object(pick([1, 'box', true, 7n])), () => {}),
  ]
  const value = levels => (levels === 0 || below(3) === 0 ? pick(leaves)() : pick(nodes)(levels - 1))
  const put = (object, levels) => many(() => (object[below(4) === 0 ? below(30) : `f${text(6)}`] = value(levels)))
  const nodes = [
    levels => kept({}, object => put(object, levels)),
    levels => kept({}, object => put(object, levels)),
    levels => kept([], list => many(() => list.push(value(levels)), 12)),
    levels => kept(many(() => below(500) / 2, 40), list => list.push(value(levels))), // prettier-ignore
    levels => kept(many(() => text(9), 40), list => list.push(value(levels))), // prettier-ignore
    levels => kept(new Array(below(9)), list => put(list, levels)),
    levels => kept(new Map(), map => many(() => map.set(value(levels), value(levels)))),
    levels => kept(new Set(), set => many(() => set.add(value(levels)))),
    levels => kept(new RangeError(text()), error => put(error, levels)),
    levels => many(() => ({ id: below(9), name: text(5), inner: value(Math.min(levels, 1)) }), 50), // prettier-ignore
  ]
  return value
}

/** A value of any kind, which may be large. */
export const generated = seed => makers(chance(seed), [])(5)
