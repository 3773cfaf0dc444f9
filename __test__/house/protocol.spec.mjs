// What both sides of the border know: the numbers of `protocol.ts` and `protocol.rs`, and the names of the functions.
//
// Promises that a number or a function which one side has and the other has not is found before it is called.

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { ShutdownType } from 'threaded-async'

const root = new URL('../../', import.meta.url)
const read = path => readFileSync(new URL(path, root), 'utf8')

/** Every enum of a text, with its members and their numbers. */
function enumsOf(text) {
  const enums = {}
  for (const [, name, body] of text.matchAll(/\benum (\w+) \{([^}]*)\}/g)) {
    const members = [...body.matchAll(/^ *(\w+) = (\d+),$/gm)].map(([, member, number]) => [member, Number(number)])
    enums[name] = Object.fromEntries(members)
  }
  return enums
}

const { ShutdownType: endings, ...rust } = enumsOf(read('src/binding/values/protocol.rs'))
const typescript = enumsOf(read('lib/native/protocol.ts'))

test('both sides have the same enums with the same numbers', t => {
  t.true(Object.keys(rust).length >= 9)
  for (const members of Object.values(rust)) t.true(Object.keys(members).length > 1)
  t.deepEqual(typescript, rust)
})

test('the public names of how a runner ended have the numbers of the core', t => {
  const snake = name => name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()
  const numbers = Object.fromEntries(Object.entries(endings).map(([name, number]) => [snake(name), number]))
  t.deepEqual(Object.fromEntries(Object.entries(ShutdownType).filter(([name]) => Number.isNaN(Number(name)))), numbers)
})

test('every function the core defines is declared for TypeScript, and every declared one is there', t => {
  const files = readdirSync(new URL('src/binding/', root), { recursive: true }).filter(file => file.endsWith('.rs'))
  const tables = files.flatMap(file => [...read(`src/binding/${file}`).matchAll(/^ *c"(\w+)" => /gm)])
  // `coreVersion` is no part of a table: the generated loader needs one function that napi itself exports.
  const defined = ['coreVersion', ...tables.map(([, name]) => name)]
  const [, body] = /interface Native \{\n([^]*?)\n\}/.exec(read('lib/native/native.ts'))
  const declared = [...body.matchAll(/^ {2}(\w+)\(/gm)].map(([, name]) => name)
  t.true(defined.length > 80)
  t.deepEqual(declared.toSorted(), defined.toSorted())
})

test('every number is used under its name: no file but the two states one', t => {
  const files = readdirSync(fileURLToPath(new URL('lib/', root)), { recursive: true }).filter(file =>
    file.endsWith('.ts'),
  )
  const byNumber = /\bcontrol\[\d+\]|Status\]!? ?[=!]== ?\d/
  t.deepEqual(
    files.filter(file => byNumber.test(read(`lib/${file}`))),
    [],
  )
})
