// docs/wire-format.md against both sources of the grammar, and its examples against what both read.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import test from 'ava'
import { decode, encode, release } from '../../dist/internals.js'
import { Tag } from '../crossing/wire-fixture.mjs'
import { Script } from './packets.mjs'

const root = new URL('../../', import.meta.url)
const engine = new URL('src/script/engine/values/', root)
const read = (path, base = root) => readFileSync(new URL(path, base), 'utf8')

/** The rows of the table: the number, the tag, the value and the bytes of the example, and which side writes it. */
const rows = read('docs/wire-format.md')
  .split('\n')
  .filter(line => /^\| +\d+ \|/.test(line))
  .map(line => line.split('|').map(cell => cell.trim()))
  .map(([, number, tag, , , value, bytes, writer]) => ({
    number: Number(number),
    tag: tag.slice(1, -1),
    value,
    bytes,
    writer,
  }))

const snake = name => name.replace(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '_').toUpperCase()
const examples = rows.filter(({ value }) => value !== '')

/** The bytes of an example; the first four stand before them where they are no zeros. */
function bytesOf({ bytes }) {
  const parts = bytes.split('`').filter(part => part.trim() !== '')
  const head = parts.length === 1 ? '00 00 00 00' : parts[0]
  return Uint8Array.from(`${head} ${parts.at(-1)}`.split(' '), digits => Number.parseInt(digits, 16))
}

/** The value of an example, as this Node makes it. */
const valueOf = ({ value }) => Function(`return ${value.slice(1, -1)}`)()

test('the page, JavaScript and the engine have the same tags with the same numbers', t => {
  t.true(rows.length > 40)
  t.deepEqual(Object.fromEntries(rows.map(({ tag, number }) => [tag, number])), Tag)
  const ofEngine = read('tags.h', engine).matchAll(/^ {2}TAG_(\w+) = (\w+),$/gm)
  const expected = rows.map(({ tag, number }) => [snake(tag), number])
  t.deepEqual([...ofEngine].map(([, tag, number]) => [tag, Number(number)]), expected) // prettier-ignore
})

const rust = new URL('src/binding/threads/scripts/packets.rs', root)

;(existsSync(rust) ? test : test.skip)('what the host of scripts writes has the same numbers', t => {
  const numbers = Object.fromEntries(rows.map(({ tag, number }) => [snake(tag), number]))
  const written = [...read(rust).matchAll(/pub const (\w+): u8 = (\w+);/g)]
  t.true(written.length > 5)
  for (const [, tag, number] of written) t.is(Number(number), numbers[tag], tag)
})

test('the page says what the engine writes', t => {
  const sources = readdirSync(engine).filter(file => file.startsWith('write')).map(file => read(file, engine)) // prettier-ignore
  const tags = new Set(sources.join('').match(/(?<=\bTAG_)[A-Z0-9_]+/g))
  t.deepEqual([...tags].toSorted(), rows.filter(({ writer }) => writer === 'both').map(({ tag }) => snake(tag)).toSorted()) // prettier-ignore
})

for (const row of examples) {
  test(`JavaScript reads the page's example of ${row.tag}`, t => t.deepEqual(decode(bytesOf(row), 0), valueOf(row)))
}

const isShared = ({ tag }) => tag !== 'Foreign' && tag !== 'Buffer'

for (const row of examples.filter(isShared)) {
  test(`a script reads the page's example of ${row.tag}`, t =>
    t.deepEqual(new Script().back(undefined, bytesOf(row)), valueOf(row)))
}

/** Those whose examples are shorter than what is written: it has reasons to write them in larger values only. */
const rarely = new Set([
  'Latin1',
  'Strings',
  'Error',
  'DOMException',
  'NewShape',
  'Shaped',
  'Dictionary',
  'Ints',
  'Doubles',
])
const isWritten = ({ tag }) => !rarely.has(tag) && !/Text|Piece|Foreign/.test(tag)

for (const row of examples.filter(isWritten)) {
  test(`JavaScript writes the page's example of ${row.tag}`, t => {
    const packet = encode(valueOf(row), 'value')
    t.deepEqual(packet.bytes.slice(packet.start, packet.end), bytesOf(row))
    release(packet)
  })
}

for (const row of examples.filter(row => isWritten(row) && isShared(row))) {
  test(`a script writes the page's example of ${row.tag}`, t => {
    const call = new Script().given(bytesOf(row))
    const value = bytesOf(row).slice(4)
    if (row.tag === 'Ref') value[5] = 2 // The list of arguments is the first object of a call, and the array the second.
    t.deepEqual(call.slice(-value.length), value)
  })
}
