// The figures as tables in the terminal: every contestant with its median, the spread of the rounds' medians, the 99th
// percentile, and how it compares with the row's first; then the goals. Never leaves out the rows and rivals that beat us.

import { digits, shown } from '../goals.mjs'

const HEADS = ['median', 'half of the rounds', 'p99', 'times']

export function printRow({ id, title, unit, figures, goals }) {
  console.log(`\n${id}  ${title} (${unit})`)
  const [first] = figures
  const lines = [['', ...HEADS], ...figures.map(figure => cells(figure, first))]
  const full = lines.filter(line => line.length > 2)
  const widths = HEADS.map((_, column) => Math.max(...full.map(line => line[column + 1].length)))
  const width = Math.max(...figures.map(({ name }) => name.length))
  for (const [name, ...rest] of lines) {
    const padded = rest.length === 1 ? rest : rest.map((cell, index) => cell.padStart(widths[index] ?? 0))
    console.log(`    ${name.padEnd(width)}  ${padded.join('  ')}`.trimEnd())
  }
  for (const goal of goals) console.log(`    ${verdict(goal, unit)}`)
}

function cells({ name, median, p99, spread, note, absent }, first) {
  if (absent !== undefined) return [name, absent]
  const times = first.median > 0 ? `${digits(median / first.median)}×` : '-'
  return [
    name,
    digits(median),
    spread.map(digits).join(' to '),
    digits(p99),
    times,
    ...(note === undefined ? [] : [note]),
  ]
}

function verdict({ sentence, outcome, actual, ...goal }, unit) {
  if (outcome === 'not measured') return `not measured: ${sentence}`
  return `${outcome === 'reached' ? 'reached' : 'missed '}: ${sentence} (${shown(goal, actual, unit)})`
}

/** What falls short, in one list. */
export function printShortfalls(rows) {
  const lines = rows.flatMap(({ id, unit, goals }) =>
    goals.filter(({ outcome }) => outcome === 'missed').map(goal => `${id}  ${verdict(goal, unit)}`),
  )
  console.log(lines.length === 0 ? '\nEvery goal that was measured is reached.' : '\nFalls short:')
  for (const line of lines) console.log(`  ${line}`)
}
