// Runs in a sandbox: prints an expression for every function that a script can reach, one a line.
//
// Promises that getters, setters, constructors and what only syntax leads to (generators, iterators) are among them, and
// that each function stands in it once.

const seen = new Set()
const waiting = []

const accessOf = key => {
  if (typeof key === 'symbol') return `[${key.description.startsWith('Symbol.') ? key.description : 'undefined'}]`
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

function meet(value, path) {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function'
  if (!isObject || seen.has(value)) return
  seen.add(value)
  if (typeof value === 'function') console.log(path)
  waiting.push([value, path])
}

function visit([object, path]) {
  for (const key of Reflect.ownKeys(object)) {
    if (object === globalThis && key === 'host') continue
    const property = Object.getOwnPropertyDescriptor(object, key)
    const named = typeof key === 'symbol' ? accessOf(key).slice(1, -1) : JSON.stringify(key)
    const found = `Object.getOwnPropertyDescriptor(${path}, ${named})`
    if ('value' in property) meet(property.value, path + accessOf(key))
    else for (const way of ['get', 'set']) meet(property[way], `${found}.${way}`)
  }
  meet(Object.getPrototypeOf(object), `Object.getPrototypeOf(${path})`)
}

meet(globalThis, 'globalThis')
const hidden = {
  '(function* () {})': function* () {},
  '(async () => {})': async () => {},
  '(async function* () {})': async function* () {},
  '(async function* () {})()': (async function* () {})(),
  '[].values()': [].values(),
  '"".matchAll(/a/g)': ''.matchAll(/a/g),
  '""[Symbol.iterator]()': ''[Symbol.iterator](),
  'new Map().keys()': new Map().keys(),
  'new Set().keys()': new Set().keys(),
  '[].values().map(x => x)': [].values().map(x => x),
  'Iterator.from({ next() {} })': Iterator.from({ next() {} }),
  '(function () { "use strict"; return arguments })()': (function () {
    return arguments
  })(),
}
for (const [path, value] of Object.entries(hidden)) meet(value, path)
while (waiting.length > 0) visit(waiting.shift())
