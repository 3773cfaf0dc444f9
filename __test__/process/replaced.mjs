// replaced.mjs <what> [parsed]: a program replaces methods of the language, and then hands functions to a loop.
//
// Shows that each function runs as it stands there, or is refused with its code: what the program has made of the language
// does not reach what reads its functions. `parsed`: the parser has been loaded before. Ends by the native call, as not
// much of Node works by then.

import { AsyncRunner, Queue as Channel, taskModule } from 'threaded-async'
import { writeSync } from 'node:fs'

const [, , how, when] = process.argv
const patches = {
  toJSON() {
    Object.prototype.toJSON = function () {
      return 'patched'
    }
  },
  stringToJSON() {
    String.prototype.toJSON = () => 'patched'
    Array.prototype.toJSON = () => ['patched']
    Boolean.prototype.toJSON = Number.prototype.toJSON = () => 1
  },
  toJSONundefined() {
    Object.prototype.toJSON = () => undefined
  },
  setters() {
    for (const k of ['code', 'bindings', 'kind', 'x', 'Channel', 'file'])
      Object.defineProperty(Object.prototype, k, {
        set() {},
        get() {
          return undefined
        },
        configurable: true,
      })
  },
  array() {
    for (const k of [
      'push',
      'map',
      'filter',
      'includes',
      'flatMap',
      'join',
      'find',
      'some',
      'slice',
      'indexOf',
      'concat',
      'at',
      'pop',
      'every',
      'forEach',
      'toSorted',
      'shift',
      'unshift',
      'splice',
      'reverse',
      'lastIndexOf',
    ])
      Array.prototype[k] = () => {
        throw new Error('patched ' + k)
      }
  },
  arrayLies() {
    for (const k of ['map', 'filter', 'flatMap', 'slice', 'concat', 'toSorted']) Array.prototype[k] = () => []
    Array.prototype.includes = () => true
    Array.prototype.some = () => true
    Array.prototype.push = () => 0
    Array.prototype.indexOf = () => -1
    Array.prototype.find = () => undefined
  },
  arrayIterator() {
    Array.prototype[Symbol.iterator] = function* () {}
  },
  iteratorNext() {
    const p = Object.getPrototypeOf([][Symbol.iterator]())
    p.next = () => ({ done: true })
  },
  string() {
    for (const k of [
      'slice',
      'indexOf',
      'includes',
      'startsWith',
      'endsWith',
      'match',
      'matchAll',
      'replace',
      'replaceAll',
      'split',
      'charCodeAt',
      'trim',
      'codePointAt',
      'charAt',
      'substring',
      'search',
    ])
      String.prototype[k] = () => {
        throw new Error('patched ' + k)
      }
  },
  stringLies() {
    String.prototype.slice = String.prototype.replace = String.prototype.trim = String.prototype.substring = () => ''
    String.prototype.startsWith = String.prototype.includes = () => false
    String.prototype.indexOf = () => -1
    String.prototype.match = () => null
    String.prototype.matchAll = () => []
    String.prototype.split = () => []
    String.prototype.charCodeAt = () => 32
  },
  regexp() {
    RegExp.prototype.exec = () => null
    RegExp.prototype.test = () => false
  },
  regexpTrue() {
    RegExp.prototype.test = () => true
    RegExp.prototype.exec = () => ['x', 'y']
  },
  regexpSymbols() {
    for (const s of ['replace', 'match', 'matchAll', 'split', 'search'])
      RegExp.prototype[Symbol[s]] = () => {
        throw new Error('patched')
      }
  },
  map() {
    for (const k of ['get', 'set', 'has', 'forEach', 'entries', 'delete']) Map.prototype[k] = () => undefined
    Map.prototype[Symbol.iterator] = function* () {}
  },
  set() {
    for (const k of ['add', 'has', 'forEach', 'delete']) Set.prototype[k] = () => false
    Set.prototype[Symbol.iterator] = function* () {}
  },
  fn() {
    Function.prototype.toString = () => '() => "patched"'
    Function.prototype.call = Function.prototype.apply = () => {
      throw new Error('patched')
    }
  },
  globals() {
    globalThis.Map = globalThis.Set = globalThis.RegExp = globalThis.JSON = class {}
  },
  json() {
    JSON.stringify = () => '{}'
    JSON.parse = () => ({})
  },
  object() {
    Object.keys = Object.values = Object.entries = () => []
    Object.assign = () => ({})
    Object.fromEntries = () => ({})
    Object.hasOwn = () => false
    Object.getOwnPropertyNames = () => []
  },
}

const runner = new AsyncRunner({ exitTimeout: 300 })
if (when === 'parsed') runner.run(({ length }) => length, ['abc'])
const functions = taskModule(new URL('./functions.mjs', import.meta.url))
const outer = 7
const captured = 'ERR_CAPTURED_VARIABLE'
const cases = [
  [() => 42, [], 42],
  [(a, b) => a + b, [1, 2], 3],
  [
    x => {
      const y = x + 1
      return { y }.y
    },
    [1],
    2,
  ],
  [() => new Channel().qsize(), [], 0],
  [() => require('node:path').basename('/a/b'), [], 'b'],
  [async () => (await import('node:path')).basename('/c/d'), [], 'd'],
  [() => outer + 1, [], captured],
  [
    () => {
      const z = 1
      return outer + z
    },
    [],
    captured,
  ],
  [
    function () {
      const z = this
      return z
    },
    [],
    captured,
  ],
  [Math.max, [1, 2], captured],
  [
    {
      double(x) {
        return 2 * x
      },
    }.double,
    [3],
    6,
  ],
  [({ a, b: [c] }) => a + c, [{ a: 1, b: [2] }], 3],
  [functions.double, [4], 8],
]

patches[how]()
let said = 'pass'
for (let i = 0; i < cases.length; i++) {
  let result
  try {
    result = runner.run(cases[i][0], cases[i][1])
  } catch (error) {
    result = error.code ?? error.message
  }
  if (result !== cases[i][2]) said = 'case ' + i + ': ' + result
}
writeSync(1, said + '\n')
process.reallyExit(0)
