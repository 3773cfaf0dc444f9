// Runs the rows of the benchmark beside their rivals and prints what came out; the only source of the README's figures.
//
// A run of all rows writes results.json, the charts of the page on performance and of the README (results.svg and
// readme.svg), and the table of the README, all of them of one run; a run of some rows only prints. With `--check` nothing
// is written. Exits with 0 whatever the figures are: they inform.

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { judge, sentence } from './goals.mjs'
import { measure } from './measure.mjs'
import { isCheck, out, wanted } from './options.mjs'
import { chart, smallChart } from './report/chart.mjs'
import { chosen } from './report/chosen.mjs'
import { withTable } from './report/readme.mjs'
import { printRow, printShortfalls } from './report/terminal.mjs'
import { budget } from './rows/budget.mjs'
import { floor } from './rows/floor.mjs'
import { rows } from './rows/rows.mjs'

// What a round trip is made of, and what the host allows, are asked for by name: they are no race.
const all = [...rows, budget, floor]
const measured = wanted.length === 0 ? rows : all.filter(({ id }) => wanted.includes(id))
const unknown = wanted.filter(id => all.every(row => row.id !== id))
if (unknown.length > 0) {
  const ids = [...new Set(all.map(({ id }) => id))].join(', ')
  console.error(`There is no row ${unknown.join(', ')}; there are ${ids}.`)
  process.exit(1)
}

const start = performance.now()
const results = { machine: machine(), rows: [] }
const { node, cpu, commit, load } = results.machine
console.log(`Node ${node}, ${cpu}, commit ${commit}, load ${load}`)
for (const row of measured) {
  const result = await resultOf(row)
  results.rows.push(result)
  printRow(result)
}
if (isCheck) printShortfalls(results.rows)
else if (out !== undefined || wanted.length === 0) write()
console.log(`\n${((performance.now() - start) / 1000).toFixed(0)} s`)
process.exit(0) // synckit and multithreading keep their workers.

async function resultOf(row) {
  const { id, title, unit } = row
  const figures = await measure(row)
  const goals = row.goals.map(goal => ({ ...goal, sentence: sentence(goal, unit), ...judge(goal, figures) }))
  return { id, title, unit, figures, goals }
}

function machine() {
  const all = cpus()
  return {
    node: process.versions.node,
    cpu: `${all.length} × ${all[0]?.model ?? 'unknown CPU'}`,
    platform: `${process.platform} ${process.arch}`,
    commit: commitHere(),
    load: loadavg()[0].toFixed(1),
  }
}

function commitHere() {
  try {
    const command = ['describe', '--always', '--dirty']
    return execFileSync('git', command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return 'unknown' // Not a clone.
  }
}

function write() {
  const folder = out === undefined ? new URL('./', import.meta.url) : pathToFileURL(`${resolve(out)}/`)
  writeFileSync(new URL('results.json', folder), `${JSON.stringify(results, null, 2)}\n`)
  writeFileSync(new URL('results.svg', folder), chart(results))
  writeFileSync(new URL('readme.svg', folder), smallChart({ ...results, rows: chosen(results.rows) }))
  if (out !== undefined) return
  const readme = new URL('../README.md', import.meta.url)
  writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), results))
}
