// The machinery of `npm run bench`, with numbers so small that the figures mean nothing, and none is asserted.
//
// Promises that every row runs to its end and has an id, contestants and goals that name them, that results.json and
// results.svg are what the README relies on, and that what cannot be measured here says why.

import test from 'ava'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chart, smallChart } from '../../benchmark/report/chart.mjs'
import { judge, sentence } from '../../benchmark/goals.mjs'
import { quantile } from '../../benchmark/measure.mjs'
import { chosen } from '../../benchmark/report/chosen.mjs'
import { tableOf, withTable } from '../../benchmark/report/readme.mjs'
import { PATIENCE, root, run } from '../support/program.mjs'

const IDS = 'P1 P2 P2b P3 P3b P4 P4b P5 P5b P6 P7 P8 P10 P11 P12 timers modules pools'.split(' ')
const directory = mkdtempSync(join(tmpdir(), 'threaded-async-benchmark-'))

test.after.always(() => rmSync(directory, { recursive: true }))

/** On a busy machine all rows take some minutes, however small. */
function bench(t, ...args) {
  t.timeout(PATIENCE)
  return run(['benchmark/run.mjs', ...args], { cwd: root, deadline: 1_200_000 })
}

const readmeChart = results => smallChart({ ...results, rows: chosen(results.rows) })

const readmeOf = () => readFileSync(join(root, 'README.md'), 'utf8')

function isWellFormed(t, svg) {
  const open = []
  for (const [tag, slash, name, rest] of svg
    .replace(/<style>[^<]*<\/style>/, '')
    .matchAll(/<(\/?)([a-z]+)([^<>]*)>/g)) {
    if (slash !== '') t.is(open.pop(), name)
    else if (!rest.endsWith('/')) open.push(name)
    t.regex(rest, /^(?: [a-zA-Z0-9-]+="[^"<>&]*")*\/?$/, tag)
  }
  t.deepEqual(open, [])
  t.notRegex(svg, /NaN|Infinity|undefined|null/)
  t.notRegex(svg.replace(/&(?:amp|lt|gt);/g, ''), /&/)
}

function isRow(t, { id, title, unit, figures, goals }) {
  const where = `${id} ${title}`
  t.true(IDS.includes(id) && title.length > 0 && unit.length > 0, where)
  t.true(
    figures.some(({ name }) => name.startsWith('threaded-async')),
    where,
  )
  t.is(new Set(figures.map(({ name }) => name)).size, figures.length, where)
  // The figures of P6 are for comparison only.
  t.true(id === 'P6' || goals.length > 0, where)
  for (const figure of figures) isFigure(t, figure, where)
  for (const { name } of figures) t.true(name.length <= 50, `${name} does not fit the chart`)
  const names = new Set(figures.map(({ name }) => name))
  for (const { of, against = of, above = of, outcome, sentence } of goals) {
    t.true(names.has(of) && names.has(against) && names.has(above), `${where}: ${sentence}`)
    t.true(['reached', 'missed', 'not measured'].includes(outcome))
  }
}

function isFigure(t, { name, absent, median, p99, spread, rounds, count }, where) {
  if (absent !== undefined) return t.regex(absent, /^(needs|not installed)/, where)
  const numbers = [median, p99, ...spread, rounds, count]
  t.is(spread.length, 2)
  t.true(numbers.every(Number.isFinite) && rounds >= 1 && count >= rounds && p99 >= median, `${where}: ${name}`)
}

test('every row runs to its end, and its figures come as results.json and results.svg', async t => {
  const { code, stderr, stdout, isLate } = await bench(t, '--size=0.002', `--out=${directory}`)
  t.deepEqual({ code, stderr, isLate }, { code: 0, stderr: '', isLate: false })
  const results = JSON.parse(readFileSync(join(directory, 'results.json'), 'utf8'))
  t.deepEqual(Object.keys(results), ['machine', 'rows'])
  t.deepEqual(Object.keys(results.machine), ['node', 'cpu', 'platform', 'commit', 'load'])
  t.deepEqual([...new Set(results.rows.map(({ id }) => id))].sort(), [...IDS].sort())
  for (const row of results.rows) {
    isRow(t, row)
    t.true(stdout.includes(`${row.id}  ${row.title} (${row.unit})`))
    for (const { name } of row.figures) t.true(stdout.includes(name))
  }
  const svg = readFileSync(join(directory, 'results.svg'), 'utf8')
  isWellFormed(t, svg)
  t.is(svg, chart(results))
  t.is(readFileSync(join(directory, 'readme.svg'), 'utf8'), readmeChart(results))
  const readme = withTable(readmeOf(), results)
  t.true(readme.includes(tableOf(results)) && withTable(readme, results) === readme)
})

test('the README says what results.json says of eight rows, and shows a chart of them that fits on a screen', t => {
  const results = JSON.parse(readFileSync(join(root, 'benchmark/results.json'), 'utf8'))
  t.true(readmeOf().includes(tableOf(results)))
  t.is(readFileSync(join(root, 'benchmark/results.svg'), 'utf8'), chart(results))
  const svg = readFileSync(join(root, 'benchmark/readme.svg'), 'utf8')
  t.is(svg, readmeChart(results))
  isWellFormed(t, svg)
  t.is(chosen(results.rows).length, 8)
  t.true(Number(/ height="(\d+)"/.exec(svg)[1]) <= 600)
  t.true(readmeOf().includes('benchmark/readme.svg'))
})

test('--check of one row lists what falls short, ends with 0, and writes nothing', async t => {
  const before = readFileSync(join(root, 'benchmark/results.json'), 'utf8')
  const { code, stdout } = await bench(t, 'P2', '--check', '--size=0.002')
  t.is(code, 0)
  t.regex(stdout, /^Falls short:$|^Every goal that was measured is reached\.$/m)
  t.false(stdout.includes('P1'))
  t.is(readFileSync(join(root, 'benchmark/results.json'), 'utf8'), before)
})

test('a row that does not exist is refused, with those that do', async t => {
  const { code, stderr } = await bench(t, 'P99')
  t.is(code, 1)
  t.true(stderr.includes('P99') && IDS.every(id => stderr.includes(id)))
})

test('a goal is judged by its ratio, its limit, or its distance, and says what came out', t => {
  const figures = [
    { name: 'ours', median: 2, p99: 40 },
    { name: 'rival', median: 30, p99: 50 },
    { name: 'absent', absent: 'needs something' },
  ]
  const judged = goal => judge({ of: 'ours', ...goal }, figures)
  t.deepEqual(judged({ against: 'rival', ratio: 15 }), { outcome: 'reached', actual: 15 })
  t.deepEqual(judged({ against: 'rival', ratio: 16 }), { outcome: 'missed', actual: 15 })
  t.deepEqual(judged({ of: 'rival', against: 'ours', within: 1.3 }), { outcome: 'missed', actual: 15 })
  t.deepEqual(judged({ of: 'rival', against: 'ours', within: 14, and: 2 }), { outcome: 'reached', actual: 15 })
  t.deepEqual(judged({ of: 'rival', against: 'ours', within: 14, and: 1 }), { outcome: 'missed', actual: 15 })
  t.deepEqual(judged({ atMost: 2 }), { outcome: 'reached', actual: 2 })
  t.deepEqual(judged({ atMost: 2, percentile: 'p99' }), { outcome: 'missed', actual: 40 })
  t.deepEqual(judged({ of: 'rival', above: 'ours', atMost: 28 }), { outcome: 'reached', actual: 28 })
  t.deepEqual(judged({ against: 'absent', ratio: 2 }), { outcome: 'not measured' })
  t.is(sentence({ of: 'ours', atMost: 50, percentile: 'p99' }, 'µs'), 'ours, 99th percentile: at most 50 µs')
  const goal = { of: 'ours', against: 'rival', within: 1.05, and: 10, percentile: 'p90' }
  t.is(sentence(goal, 'µs'), 'ours, 90th percentile: at most 1.05× rival and 10 µs')
})

test('quantiles are of sorted numbers', t => {
  t.is(quantile([10, 9, 100], 0.5), 10)
  t.is(quantile([1], 0.99), 1)
})

test('a chart draws a figure ten times as large a decade longer, and leaves out what is not above zero', t => {
  const figure = (name, median) => ({ name, median, p99: median * 2 })
  const figures = [
    figure('threaded-async <&>', 1),
    figure('ten', 10),
    figure('none', 0),
    { name: 'absent', absent: '-' },
  ]
  const machine = { node: '20', cpu: 'a & b', commit: 'c' }
  const svg = chart({ machine, rows: [{ id: 'P1', title: 'a row', unit: 'µs', figures }] })
  isWellFormed(t, svg)
  const bars = [...svg.matchAll(/<rect class="(ours|other)" [^>]*width="([\d.]+)"/g)]
  t.deepEqual(
    bars.map(([, kind]) => kind),
    ['ours', 'other'],
  )
  t.is(Math.round(bars[1][2] - bars[0][2]), 100)
  t.true(svg.includes('threaded-async &lt;&amp;&gt;') && svg.includes('prefers-color-scheme: dark'))
  isWellFormed(t, chart({ machine, rows: [{ id: 'P7', title: 'no bars', unit: 'bytes', figures: [] }] }))
})
