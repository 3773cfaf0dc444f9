// The table of the README's section on speed, made of results.json, so that no figure is copied by hand.
//
// It stands between two comments, formatted as prettier would.

import { digits } from '../goals.mjs'
import { chosen } from './chosen.mjs'

const BEGIN = '<!-- from benchmark/results.json -->'
const END = '<!-- end -->'

/** The text of the README with the table of these results. */
export function withTable(readme, results) {
  const [before, rest] = readme.split(BEGIN)
  const [, after] = rest?.split(END) ?? []
  if (after === undefined) throw new Error(`The README has no ${BEGIN} and ${END}.`)
  return `${before}${BEGIN}\n\n${tableOf(results)}\n\n${END}${after}`
}

/** Which machine it was, and the table. */
export function tableOf({ machine, rows }) {
  const lines = chosen(rows).map(cells)
  const busy = Number(machine.load) >= 1 ? `, which was busy with other work (load ${machine.load})` : ''
  const where = `${machine.cpu} (${machine.platform})${busy}, Node.js ${machine.node}`
  const head = `Medians of interleaved rounds on ${where}:`
  return `${head}\n\n${table([['work', 'threaded-async', 'beside it'], ...lines])}`
}

function cells({ title, unit, figures: [ours, ...others] }) {
  const shown = ({ median }) => `${digits(median)} ${unit}`
  return [title, shown(ours), others.map(figure => `${figure.name}: ${shown(figure)}`).join('; ')]
}

function table([head, ...lines]) {
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map(line => line[column].length)))
  const row = line => `| ${line.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`
  return [row(head), row(widths.map(width => '-'.repeat(width))), ...lines.map(row)].join('\n')
}
