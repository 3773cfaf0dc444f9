// The list of behaviours, docs/behaviours.md, beside the titles of the tests, which begin with its codes.
//
// Promises that every code a title uses is in the list, under exactly the specs whose titles use it; and that what the
// list says is not there yet has no test. The bodies that run through every door count as part of their spec.

import test from 'ava'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../support/program.mjs'

const textOf = (...path) => readFileSync(join(root, ...path), 'utf8')

/** The items of the list, each with its code, whether it is there yet, and the files it names. */
const items = Array.from(
  textOf('docs/behaviours.md').matchAll(/^- \*\*([A-Z]\d+)\*\* ([^]*?)(?=\n- |\n\n|\n$)/gm),
  ([, code, text]) => ({
    code,
    isThere: !text.includes('Not yet:'),
    files: Array.from(text.matchAll(/`(\S+\/\S+\.(?:mjs|rs))`/g), ([, file]) => file),
  }),
)

/** What the list says of files of one kind, as lines `code file`. */
const listed = ending =>
  items.flatMap(({ code, files }) => files.filter(file => file.endsWith(ending)).map(file => `${code} ${file}`))

/** The codes that the titles in a text begin with: one or several, then a colon. */
const codesOf = text =>
  Array.from(text.matchAll(/(?<=['"`])[A-Z]\d+(?:, [A-Z]\d+)*(?=: )/g), ([codes]) => codes.split(', ')).flat()

/** The same lines by the titles. */
function shown() {
  const files = readdirSync(join(root, '__test__'), { recursive: true }).map(name => name.replaceAll('\\', '/'))
  return files
    .filter(name => /\.(?:spec|bodies)\.mjs$/.test(name))
    .flatMap(name => codesOf(textOf('__test__', name)).map(code => `${code} ${name.replace('.bodies.', '.spec.')}`))
}

test('the list names the specs whose titles use its codes, and no others', t => {
  const [inList, inTitles] = [listed('.spec.mjs'), shown()]
  t.deepEqual(
    inTitles.filter(line => !inList.includes(line)),
    [],
    'missing in the list',
  )
  t.deepEqual(
    inList.filter(line => !inTitles.includes(line)),
    [],
    'without a test',
  )
})

test('what the list names in Rust has its code in it', t => {
  for (const line of listed('.rs')) {
    const [code, file] = line.split(' ')
    t.regex(textOf(file), new RegExp(`\\b${code}\\b`))
  }
})

test('a code is there once, and has a spec unless it says that it is not there yet', t => {
  t.true(items.length > 80)
  t.is(new Set(items.map(({ code }) => code)).size, items.length)
  const odd = items.filter(({ isThere, files }) => isThere !== files.length > 0)
  t.deepEqual(odd, [])
})
