// The floors of the house: which folder may import which, in both languages, and that nothing imports in a circle.
//
// Promises to read every import of `lib` and `src`, type-only imports included. docs/design.md draws the floors.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'

const root = fileURLToPath(new URL('../..', import.meta.url))

// TypeScript: from the roof down. A file may import its own floor and those below it; rooms of one floor do not meet.
const ground = ['stack', 'timeout', 'errors', 'arguments', 'brands', 'methods', 'globals']
const floors = [
  ['parts'],
  ['index'],
  ['synchronized', 'pool', 'eslint', 'top', 'nats'],
  ['nouns'],
  ['maker', 'loop', 'serving', 'scripts', 'queue'],
  ['wait', 'functions'],
  ['wire'],
  ['native'],
  ['ground'],
]

function roomOf(file) {
  if (file === 'index.ts') return 'index'
  const [, room, inside] = file.split('/')
  if (inside !== undefined && room !== 'errors') return room
  const name = room.replace('.ts', '')
  return ground.includes(name) ? 'ground' : 'nouns'
}

function* typescriptImports() {
  for (const file of ['index.ts', ...filesIn('lib', '.ts')]) {
    for (const [, specifier] of read(file).matchAll(/(?:\bfrom |\bimport |\bimport\(|\brequire\()'(\.[^']+)\.js'/g)) {
      yield [file, join(dirname(file), `${specifier}.ts`)]
    }
  }
}

test('lib: a file imports its own room and the floors below it', t => {
  const levelOf = room => floors.findIndex(rooms => rooms.includes(room))
  const climbs = [...typescriptImports()].filter(([from, to]) => {
    const [here, there] = [roomOf(from), roomOf(to)]
    return here !== there && levelOf(there) <= levelOf(here)
  })
  t.deepEqual(climbs, [])
})

test('lib: no folder has more than twenty files', t => {
  const counts = new Map()
  for (const file of filesIn('lib', '.ts')) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
  for (const [folder, count] of counts) t.true(count <= 20, folder)
})

test('lib: nothing imports in a circle', t => {
  t.deepEqual(circles(typescriptImports()), [])
})

// Rust: `core` knows nothing of the rest, `runner` knows `core`, and in `binding` each room knows those below it.
const rooms = ['lifecycle', 'objects', 'waits', 'threads', 'values', 'node']

function* rustImports() {
  const files = filesIn('src', '.rs').filter(file => !/\/tests[/.]/.test(file))
  const fileOf = new Map(files.map(file => [moduleOf(file).join('::'), file]))
  for (const file of files) {
    for (const path of pathsIn(read(file), moduleOf(file))) {
      while (path.length > 0 && !fileOf.has(path.join('::'))) path.pop()
      const target = fileOf.get(path.join('::'))
      if (path.length > 0 && target !== file) yield [file, target]
    }
  }
}

/** The module of a file: `src/core/queue/mod.rs` is `core`, `queue`. */
function moduleOf(file) {
  return relative('src', file)
    .replace(/(\/mod)?\.rs$/, '')
    .split('/')
    .filter(name => name !== 'lib')
}

/** All paths of a source that begin with `crate`, `super` or `self`, from the root of the crate; those of its tests are left out. */
function* pathsIn(source, here) {
  const code = source.replace(/#\[cfg\(test\)\]\s*mod \w+ \{[^]*$/, '').replace(/\/\/.*$/gm, '')
  for (const [, tree] of code.matchAll(/\b((?:crate|super|self)::(?:\{[^;]*\}|[\w:]+(?:\{[^;]*\})?))/g)) {
    for (const path of branches(tree.replace(/\s+/g, ''))) yield resolved(path.split('::'), here)
  }
}

/** Every path of a use tree: `a::{b, c::{d}}` has `a::b` and `a::c::d`. */
function branches(tree) {
  const brace = tree.indexOf('{')
  if (brace < 0) return [tree]
  const inside = []
  let depth = 0
  let part = ''
  for (const sign of tree.slice(brace + 1)) {
    if (sign === '}' && depth-- === 0) break
    if (sign === '{') depth++
    if (sign === ',' && depth === 0) {
      inside.push(part)
      part = ''
    } else part += sign
  }
  return [...inside, part].filter(Boolean).flatMap(branch => branches(branch).map(rest => tree.slice(0, brace) + rest))
}

function resolved([first, ...rest], here) {
  if (first === 'crate') return rest
  const base = first === 'super' ? here.slice(0, -1) : [...here]
  while (rest[0] === 'super') {
    rest.shift()
    base.pop()
  }
  return [...base, ...rest]
}

test('src: core imports nothing of the rest, runner imports core, binding both', t => {
  const order = ['binding', 'runner', 'core']
  const climbs = [...rustImports()].filter(([from, to]) => {
    const [here, there] = [from, to].map(file => order.indexOf(moduleOf(file)[0]))
    return here >= 0 && there >= 0 && there < here
  })
  t.deepEqual(climbs, [])
})

test('src/binding: a file imports its own room and the rooms below it', t => {
  const levelOf = file => rooms.indexOf(moduleOf(file)[1])
  const climbs = [...rustImports()].filter(([from, to]) => {
    const inside = moduleOf(from)[0] === 'binding' && moduleOf(to)[0] === 'binding'
    return inside && levelOf(from) >= 0 && levelOf(to) >= 0 && levelOf(to) < levelOf(from)
  })
  t.deepEqual(climbs, [])
})

// What cannot be told apart: a client is a place among the clients of its server, a task runs in its loop and is known to
// it, and a JavaScript thread is told of tasks by the runner whose loop it runs.
const families = [
  ['src/binding/threads/js_thread.rs', 'src/binding/threads/runner.rs', 'src/binding/threads/task.rs'],
  ['src/core/client.rs', 'src/core/server.rs'],
  ['src/runner/event_loop.rs', 'src/runner/task.rs'],
]

test('src: nothing imports in a circle but a module and its parts, and three families of files', t => {
  const isPart = ([from, to]) => dirname(from) === dirname(to) && [from, to].some(file => file.endsWith('/mod.rs'))
  const found = circles([...rustImports()].filter(arrow => !isPart(arrow)))
  t.deepEqual(
    found.toSorted(([a], [b]) => (a < b ? -1 : 1)),
    families,
  )
})

test('docs/design.md names every file of lib once, in its room', t => {
  const [, map] = /## The rooms of `lib`\n([^]*?)\n## /.exec(read('docs/design.md'))
  const named = [...map.matchAll(/^- `([^`]+)`/gm)].map(([, file]) => `lib/${file}`)
  t.deepEqual(named.toSorted(), filesIn('lib', '.ts').toSorted())
})

/** The files of every circle, sorted: strongly connected components of more than one file, by Tarjan. */
function circles(arrows) {
  const next = new Map()
  for (const [from, to] of arrows) next.set(from, (next.get(from) ?? new Set()).add(to))
  const found = []
  const number = new Map()
  const low = new Map()
  const stack = []
  const visit = file => {
    number.set(file, number.size)
    low.set(file, number.get(file))
    stack.push(file)
    for (const to of next.get(file) ?? []) {
      if (!number.has(to)) visit(to)
      if (stack.includes(to)) low.set(file, Math.min(low.get(file), low.get(to)))
    }
    if (low.get(file) !== number.get(file)) return
    const circle = stack.splice(stack.indexOf(file))
    if (circle.length > 1) found.push(circle.toSorted())
  }
  for (const file of next.keys()) if (!number.has(file)) visit(file)
  return found
}

function filesIn(folder, ending) {
  return readdirSync(join(root, folder), { recursive: true })
    .filter(file => file.endsWith(ending))
    .map(file => join(folder, file).replaceAll('\\', '/'))
}

function read(file) {
  return readFileSync(join(root, file), 'utf8')
}
