// Sandboxed scripts beside isolated-vm, quickjs-emscripten, a Worker each, node:vm and SES: `node benchmark/scripts.mjs`.
//
// Each figure comes from a process of its own; the contestants take turns, round by round, and what is shown is the median.
// `node benchmark/scripts.mjs attacks` shows instead what a script that spins, floods or leaks does to the others, by trying
// it. Names of rows and of contestants choose. The first run installs the rivals into node_modules/.cache; nothing else is
// written.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { quantile } from './measure.mjs'
import { roundsOf, size, wanted } from './options.mjs'
import { attacks } from './sandboxes/attacks.mjs'
import { install } from './sandboxes/install.mjs'

const program = fileURLToPath(new URL('./sandboxes/program.mjs', import.meta.url))
const patience = 20_000
const rivals = ['isolated-vm', 'quickjs-emscripten', 'quickjs-emscripten-async', 'worker', 'node-vm', 'ses']
const all = ['threaded-async', ...rivals]
const named = all.filter(name => wanted.includes(name))
const contestants = named.length > 0 ? named : all
const rows = {
  create: 'a script made, until it waits; private memory of each',
  call: 'a call of a script answered, 1,000 scripts',
  tick: '5,000 scripts, a call of each: a tick',
  spin: 'a script spins: the tick of the others is late by',
  cpu: '10 million turns of a loop',
  save: 'a script saved and restored',
}
const chosen = Object.keys(rows).filter(row => wanted.includes(row))
const measuredRows = chosen.length > 0 ? chosen : Object.keys(rows)
const scale = size(1e6) / 1e6

/** Runs one measurement; how its process ended where it printed nothing. */
async function measured(kind, what, threads = 1) {
  // A version of isolated-vm for Node.js 20 and later needs this flag.
  const child = spawn(process.execPath, ['--no-node-snapshot', program, kind, what, threads, scale])
  const timer = setTimeout(() => child.kill('SIGKILL'), patience)
  let [stdout, stderr, isLate] = ['', '', false]
  child.stdout.setEncoding('utf8').on('data', text => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', text => (stderr += text))
  const start = performance.now()
  const [code, signal] = await once(child, 'close')
  isLate = performance.now() - start >= patience
  clearTimeout(timer)
  if (code === 0 && stdout !== '') return JSON.parse(stdout)
  if (stdout !== '')
    return { ...JSON.parse(stdout), atExit: isLate ? 'the process cannot exit' : `at its exit, ${signal}` }
  const why = /^\w*(?:Error|FATAL).*$/m.exec(stderr)?.[0] ?? signal ?? `exit code ${code}`
  return { absent: isLate ? 'did not come back' : `the process died: ${why}` }
}

function shown(result) {
  if (result.absent !== undefined) return result.absent
  const { us, ms, restore, KiB, count, end } = result
  const parts = []
  if (us !== undefined) parts.push(`${us.toFixed(2)} µs`)
  if (ms !== undefined) parts.push(`${ms.toFixed(2)} ms`)
  if (restore !== undefined) parts.push(`${restore.toFixed(2)} ms`)
  if (KiB !== undefined) parts.push(`${KiB.toFixed(0)} KiB`)
  if (count !== undefined) parts.push(`(${count} scripts)`)
  if (end !== undefined) parts.push(`(${end})`)
  return parts.join('  ')
}

/** The median of each number of the results. */
function median(results) {
  const [first] = results
  if (results.some(({ absent }) => absent !== undefined)) return results.find(({ absent }) => absent !== undefined)
  const entries = Object.entries(first).map(([key, value]) => [
    key,
    typeof value === 'number'
      ? quantile(
          results.map(result => result[key]),
          0.5,
        )
      : value,
  ])
  return Object.fromEntries(entries)
}

async function race(row) {
  const lanes = contestants.flatMap(name =>
    name === 'threaded-async' && row !== 'create' && row !== 'save'
      ? [
          [name, 1],
          [name, 2],
        ]
      : [[name, 1]],
  )
  const results = lanes.map(() => [])
  for (let round = 0; round < roundsOf(5); round++) {
    for (const [index, [name, threads]] of lanes.entries()) {
      if (results[index].some(({ absent }) => absent !== undefined)) continue
      results[index].push(await measured(name, row, threads))
    }
  }
  console.log(`\n${rows[row]}`)
  for (const [index, [name, threads]] of lanes.entries()) {
    console.log(
      `  ${`${name}${threads > 1 ? `, ${threads} threads` : ''}`.padEnd(28)} ${shown(median(results[index]))}`,
    )
  }
}

/** What came of an attack, in words. */
function verdict({ absent, missed, ms, MiB, end, atExit }) {
  if (absent !== undefined) return absent === 'did not come back' ? 'all stop' : absent
  const others = missed > 0 ? `the others miss ${missed} of 300 answers` : `the others wait ${ms.toFixed(0)} ms at most`
  return `${others}; ${end ?? 'it goes on'}${atExit === undefined ? '' : `; ${atExit}`}${MiB > 10 ? `; the process has ${MiB.toFixed(0)} MiB more` : ''}`
}

async function attack(name) {
  console.log(`\n${name}: ${attacks[name]}`)
  for (const kind of contestants) console.log(`  ${kind.padEnd(26)} ${verdict(await measured(kind, `attack:${name}`))}`)
}

for (const name of ['isolated-vm', 'quickjs-emscripten', 'ses']) {
  const why = install(name)
  if (why === undefined) continue
  console.log(`${name} ${why}`)
  for (const kind of rivals.filter(kind => kind.startsWith(name))) contestants.splice(contestants.indexOf(kind), 1)
}
console.log(`Node.js ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}`)
if (wanted.includes('attacks')) for (const name of Object.keys(attacks)) await attack(name)
else for (const row of measuredRows) await race(row)
