// compilations.mjs <count>: a main thread that only blocks compiles so often, with callbacks, failures and nesting.
//
// Shows that memory, threads, descriptors and handles do not grow with the number of compilations, on either thread:
// the medians of the second quarter are compared with those of the last. The compiler is not closed: the process ends
// all the same. Run with --expose-gc.

import { readdirSync, readFileSync } from 'node:fs'
import { SassList, SassNumber, SassString } from 'sass'
import { compileSync, plugin } from '../../examples/compile/compile-sync.mjs'
import { native } from '../../dist/internals.js'
import { check, median, thrown } from './support.mjs'

const count = Number(process.argv[2])
const plugins = new URL('../examples/compile-plugins.mjs', import.meta.url)

/** What would be missed soon if it were kept: 100 kB. */
const ballast = 'some size '.repeat(10_000)
const importer = {
  canonicalize: url => new URL(url),
  load: () => ({ contents: compileSync('a { b: c }').css, syntax: 'scss' }),
}
const functions = {
  'ballast()': () => new SassString(ballast),
  'sizes($list...)': ([list]) => {
    const sizes = list.asList.toArray().map(each => new SassNumber(each.assertString().sassLength))
    return new SassList([...sizes, list.keywords.get('k')])
  },
  'fails()': () => {
    throw new Error(ballast)
  },
}

function compileOnce() {
  const source = '@use "own:x"; a { b: sizes(ballast(), "b", $k: calc(1px + 1vw)) }'
  const { css } = compileSync(source, { importers: [importer], functions })
  check(css.endsWith('b: 100000, 1, calc(1px + 1vw);\n}'), css)
  check(thrown(() => compileSync('a { b: fails() }', { functions })).cause.message === ballast, 'a failure comes back')
}

function measure() {
  gc()
  const { css } = compileSync('a { heap: heap() }', { functions: { 'heap()': plugin(plugins, 'heap') } })
  const status = readFileSync('/proc/self/status', 'utf8')
  return {
    resident: Number(/VmRSS:\s+(\d+)/.exec(status)[1]),
    heap: process.memoryUsage().heapUsed / 1024,
    heapOfLoop: Number(/heap: (\d+)/.exec(css)[1]),
    threads: Number(/Threads:\s+(\d+)/.exec(status)[1]),
    descriptors: readdirSync('/proc/self/fd').length,
    handles: native.handleCount(),
  }
}

const samples = []
for (let i = 0; i < count; i++) {
  compileOnce()
  if (i % 4 === 0) samples.push(measure())
}

const quarter = samples.length >> 2
const slacks = { resident: 20_000, heap: 1500, heapOfLoop: 1500, threads: 0, descriptors: 0, handles: 20 }
for (const [name, slack] of Object.entries(slacks)) {
  const [early, late] = [samples.slice(quarter, 2 * quarter), samples.slice(-quarter)].map(part =>
    median(part.map(sample => sample[name])),
  )
  console.log(`${name} ${early.toFixed()} ${late.toFixed()}`)
  check(late - early <= slack, `${name} stays flat: ${early} early, ${late} late, of ${count} compilations`)
}
console.log('pass')
