// The table of the README's section on speed, made of results.json, so that no figure is copied by hand.
//
// It stands between two comments, formatted as prettier would. A line is left out where its row was not measured; one
// where we lose is not.

import { digits } from '../goals.mjs'

const BEGIN = '<!-- from benchmark/results.json -->'
const END = '<!-- end -->'

const OURS = 'threaded-async'
const PORT = 'MessagePort'
const ATOMICS = `${PORT} + Atomics.wait`
const HAND = 'by hand, MessagePort + Atomics.wait'

/** What the table tells of the rows, all of which the chart has: the words, the row (its id and the beginning of its title), our contestant, and the others. */
const LINES = [
  ['round trip of a number, main thread blocked', 'P1', 'round trip', OURS, [ATOMICS, 'multithreading, channels']],
  ['`createTask(fn).wait()`', 'P2', 'createTask', OURS, ['synckit', 'piscina, awaited']],
  ['stream of numbers, `putWait` to `for await`, each', 'P3', '', `${OURS}, for await`, [PORT]],
  ['the same in batches of 256', 'P3', '', `${OURS}, putMany and getMany`, [`${PORT}, arrays of 256`]],
  ['round trip of a Buffer of 1 MB', 'P4', 'round trip of a Buffer', OURS, [ATOMICS, `${ATOMICS}, transferred`]],
  ['`process()`, one script', 'P5', 'control inversion, one', OURS, [HAND]],
  ['`processAll()`, 1,000 scripts, per call', 'P5', 'control inversion, 1000', OURS, [HAND]],
  [
    'a new runner until its first result',
    'P6',
    '',
    `${OURS}, new runner to first result`,
    ['bare Worker, until it answers'],
  ],
]

/** The text of the README with the table of these results. */
export function withTable(readme, results) {
  const [before, rest] = readme.split(BEGIN)
  const [, after] = rest?.split(END) ?? []
  if (after === undefined) throw new Error(`The README has no ${BEGIN} and ${END}.`)
  return `${before}${BEGIN}\n\n${tableOf(results)}\n\n${END}${after}`
}

/** Which machine it was, and the table. */
export function tableOf({ machine, rows }) {
  const lines = LINES.map(line => cells(line, rows)).filter(Boolean)
  const busy = Number(machine.load) >= 1 ? `, which was busy with other work (load ${machine.load})` : ''
  const where = `${machine.cpu} (${machine.platform})${busy}, Node.js ${machine.node}`
  const head = `Medians of interleaved rounds on ${where}:`
  return `${head}\n\n${table([['work', 'threaded-async', 'beside it'], ...lines])}`
}

function cells([words, id, title, ours, others], rows) {
  const row = rows.find(row => row.id === id && row.title.startsWith(title))
  const figureOf = name => row?.figures.find(figure => figure.name === name)?.median
  const shown = name => `${digits(figureOf(name))} ${row.unit}`
  if (figureOf(ours) === undefined) return undefined
  const measured = others.filter(name => figureOf(name) !== undefined)
  return [words, shown(ours), measured.map(name => `${name}: ${shown(name)}`).join('; ')]
}

function table([head, ...lines]) {
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map(line => line[column].length)))
  const row = line => `| ${line.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`
  return [row(head), row(widths.map(width => '-'.repeat(width))), ...lines.map(row)].join('\n')
}
