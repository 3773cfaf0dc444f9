// The storms, for long: `npm run soak` runs all of them for half an hour, `npm run soak -- --minutes 10 chaos killing`
// two for ten minutes (`10m`, `90s` and `2h` are times, too).
//
// Promises that the storms take turns, each for about as long as the others; that every turn has a deadline; that the
// summary counts rounds, faults that were injected, and losses; and that it stops at the first loss, shows its output and
// the command that runs it again, and ends with exit code 1. The storms themselves are in `storms.mjs`; `npm test` runs
// the same programs for seconds each.

import { execFileSync } from 'node:child_process'
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { fail, prepare } from './prepare.mjs'
import { storms } from './storms.mjs'

const units = { s: 1, m: 60, h: 3600 }

/** `90s`, `10m` and `2h` in seconds. */
function durationOf(text) {
  const [, number, unit] =
    /^(\d+(?:\.\d+)?)([smh])$/.exec(text) ?? fail(`How long? '${text}' is not like 90s, 10m or 2h.`)
  return Number(number) * units[unit]
}

/** For how many seconds, and which storms. */
function asked(words) {
  const options = { minutes: { type: 'string' } }
  const { values, positionals } = parseArgs({ args: words, options, allowPositionals: true })
  if (values.minutes !== undefined) return [durationOf(`${values.minutes}m`), positionals]
  return /^\d/.test(positionals[0]) ? [durationOf(positionals[0]), positionals.slice(1)] : [1800, positionals]
}

function chosen(names) {
  const isHere = ({ isLinux, isPosix }) =>
    !(isLinux && process.platform !== 'linux') && !(isPosix && process.platform === 'win32')
  const unknown = names.find(name => !(name in storms))
  if (unknown !== undefined) fail(`There is no storm '${unknown}'; there are: ${Object.keys(storms).join('; ')}.`)
  return Object.entries(storms)
    .filter(([name, storm]) => isHere(storm) && (names.length === 0 || names.includes(name)))
    .map(([name, storm]) => ({ name, ...storm, rounds: 0, faults: 0, losses: [], turns: 0, ms: 0 }))
}

const clock = seconds => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`

function countFor(storm, seconds) {
  if (storm.seconds) return Math.ceil(seconds)
  return Math.max(storm.least ?? 1, Math.round(storm.count ?? storm.rate * seconds))
}

/** One turn of a storm, of about so many seconds. */
async function takeTurn(storm, seconds) {
  const count = countFor(storm, seconds)
  const start = performance.now()
  const { rounds, faults, losses } = await storm.turn(count, 120_000 + 10_000 * seconds)
  const ms = performance.now() - start
  storm.rounds += rounds
  storm.faults += faults
  storm.losses.push(...losses)
  storm.turns++
  storm.ms += ms
  // The next turn counts on: at most eight times as far, as the start of a program is not what takes the time later.
  storm.count = count * Math.min(8, (seconds * 1000) / ms)
}

let isInterrupted = false

/** Storms take turns, the one with the least time so far first, until the time is over or something was lost. */
async function soak(all, total) {
  const start = performance.now()
  const elapsed = () => (performance.now() - start) / 1000
  const turn = Math.min(60, Math.max(1, total / all.length / 2))
  while (elapsed() < total && !isInterrupted && all.every(storm => storm.losses.length === 0)) {
    const next = all.reduce((least, storm) => (storm.ms < least.ms ? storm : least))
    const before = next.rounds
    await takeTurn(next, turn)
    const [at, name] = [`${clock(elapsed())} of ${clock(total)}`.padStart(15), next.name.padEnd(17)]
    console.log(`${at}  ${name} ${String(next.rounds - before).padStart(9)} × ${next.round}`)
  }
  return elapsed()
}

function summary(all, seconds) {
  const cell = number => number.toLocaleString('en-US').padStart(10)
  console.log(
    `\n${cpus().length} × ${cpus()[0].model.trim()}, ${(totalmem() / 2 ** 30).toFixed(0)} GB, ${process.platform}`,
  )
  const cargo = execFileSync('cargo', ['--version'], { encoding: 'utf8' }).trim()
  console.log(`Node ${process.version}, ${cargo}, ${new Date().toISOString().slice(0, 10)}, ${clock(seconds)} in all\n`)
  console.log(`${'storm'.padEnd(17)}   minutes     rounds     faults     losses`)
  for (const { name, ms, rounds, faults, losses, round, fault } of all) {
    const numbers = [rounds, faults, losses.length].map(cell).join(' ')
    const words = fault === undefined ? round : `${round}; ${fault}`
    console.log(`${name.padEnd(17)} ${(ms / 60_000).toFixed(1).padStart(9)} ${numbers}   ${words}`)
  }
}

const [total, names] = asked(process.argv.slice(2))
const all = chosen(names)
await prepare()
process.once('SIGINT', () => (isInterrupted = true))
const seconds = await soak(all, total)
summary(all, seconds)
const losses = all.flatMap(({ name, losses }) => losses.map(loss => ({ name, ...loss })))
if (losses.length === 0) console.log('\nNothing was lost.')
for (const { name, command, what } of losses) console.log(`\n${name}: LOST, ${what}\nTo run it again: ${command}`)
process.exitCode = losses.length === 0 ? 0 : 1
