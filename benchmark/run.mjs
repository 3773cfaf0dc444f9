// Runs the rows of the benchmark beside their rivals and prints what came out; the only source of the README's figures.

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { measure } from './measure.mjs'
import { wanted } from './options.mjs'
import { rows } from './rows.mjs'

const results = { machine: machine(), rows: [] }

console.log(results.machine.join(', '))
for (const row of rows.filter(({ id }) => wanted.length === 0 || wanted.includes(id))) {
  const figures = await measure(row)
  results.rows.push({ id: row.id, title: row.title, unit: row.unit, figures })
  print(row, figures)
}
writeFileSync(new URL('./results.json', import.meta.url), JSON.stringify(results, null, 2))
process.exit(0) // synckit keeps its worker.

function machine() {
  let commit = 'no commit'
  try {
    commit = execFileSync('git', ['describe', '--always', '--dirty'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    // Not a clone.
  }
  return [`Node ${process.version}`, `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}`, commit]
}

function print({ id, title, unit, goals }, figures) {
  console.log(`\n${id}  ${title} (${unit}; median and 99th percentile)`)
  const width = Math.max(...figures.map(({ name }) => name.length))
  const [first] = figures
  for (const { name, median, p99, note, absent } of figures) {
    const times = () => [show(median), show(p99), `${(median / first.median).toFixed(1)}×`.padStart(8), note].join('  ')
    console.log(`    ${name.padEnd(width)}  ${absent ?? times()}`.trimEnd())
  }
  const medians = new Map(figures.map(({ name, median }) => [name, median]))
  for (const goal of goals) console.log(`    ${verdict(goal, medians)}: ${goal.of} ${sentence(goal, unit)}`)
}

function sentence({ against, ratio, atMost }, unit) {
  return against === undefined ? `at most ${atMost} ${unit}` : `${ratio}× faster than ${against}`
}

function verdict({ of, against, ratio, atMost }, medians) {
  if (against !== undefined && medians.get(against) === undefined) return 'not measured'
  const isReached = against === undefined ? medians.get(of) <= atMost : medians.get(against) / medians.get(of) >= ratio
  return isReached ? 'reached' : 'NOT reached'
}

function show(figure) {
  return figure.toFixed(figure < 100 ? 2 : 0).padStart(10)
}
