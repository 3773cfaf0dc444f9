// The storms, for long: `npm run soak` runs all of them for half an hour, `npm run soak -- 10m chaos killing` two for ten
// minutes.
//
// Promises that the storms take turns, each for about as long as the others; that every turn has a deadline; that the
// summary counts rounds, faults that were injected, and losses; and that the exit code is 1 if anything was lost. A loss
// is a turn that did not end as it must: an item lost or doubled, a hang, a crash, a word on stderr. Its output is shown,
// and with it the seed. `npm test` runs the same storms for seconds each. Another storm is one entry of `storms`.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpus, totalmem } from 'node:os'
import { attend, run } from '../__test__/support/program.mjs'
import { fail, prepare, root } from './prepare.mjs'

/** What a number printed by a program is, by the words before it. */
const printed = (text, pattern) => Array.from(text.matchAll(pattern), ([, number]) => Number(number))
const sum = numbers => numbers.reduce((all, number) => all + number, 0)

/** A program of `__test__/process/` that passes; its `count` comes after its other arguments. */
function program(args, tally = count => ({ rounds: count, faults: 0 })) {
  return async (count, deadline) => {
    const { stdout, stderr, code, signal, isLate } = await run([...args, String(count)], { deadline })
    const isGood = code === 0 && stderr === '' && stdout.endsWith('pass\n')
    if (!isGood) return lost(args.concat(count).join(' '), isLate ? 'it hangs' : `${code ?? signal}`, stdout + stderr)
    return tally(count, stdout)
  }
}

function lost(what, how, output) {
  return { rounds: 0, faults: 0, losses: [`${what}: ${how}\n${output}`] }
}

/** As many processes, each of which ends in its own way at a moment of its own. */
async function endAtRandom(count, deadline) {
  const first = Date.now() % 1_000_000
  const seeds = Array.from({ length: count }, (_, index) => first + index)
  const losses = []
  await Promise.all(
    seeds.map(async seed => {
      const { stdout, stderr, code, signal, isLate } = await run(['exit-random.mjs', String(seed)], { deadline })
      const isGood = (code === 7 || signal === 'SIGTERM') && !isLate && stdout + stderr === ''
      if (!isGood) losses.push(`exit-random.mjs ${seed}: ${isLate ? 'it hangs' : (code ?? signal)}\n${stdout}${stderr}`)
    }),
  )
  return { rounds: count, faults: count, losses }
}

/** What the program prints per Ctrl-C, by the door in which it blocks. */
const interrupted = 'ready\ninterrupted\nlistener\n'
const cleaned = 'ready\ncleaning\ncleaned\ninterrupted\nlistener\n'
const doors = {
  getWait: interrupted,
  putWait: interrupted,
  joinWait: interrupted,
  eventWait: interrupted,
  resultWait: interrupted,
  taskWait: cleaned,
  run: cleaned,
}

async function interrupt(count, deadline) {
  const each = Math.ceil(count / Object.keys(doors).length)
  const losses = []
  for (const [door, expected] of Object.entries(doors)) {
    const args = ['ctrl-c.mjs', door, String(each)]
    const result = await attend(args, { deadline }, async it => {
      for (let round = 1; round <= each; round++) {
        await it.prints('ready\n', round)
        it.kill('SIGINT')
      }
    }).catch(error => ({ stdout: error.message }))
    if (result.stdout !== `${expected.repeat(each)}pass\n`) losses.push(`${args.join(' ')}\n${JSON.stringify(result)}`)
  }
  return { rounds: each * Object.keys(doors).length, faults: each * Object.keys(doors).length, losses }
}

/** The Rust test of that name, for so many seconds. */
async function judgeHistories(seconds, deadline) {
  const args = ['test', '--quiet', '--no-default-features', '--lib', 'every_history', '--', '--nocapture']
  const env = { ...process.env, HISTORIES_SECONDS: String(Math.ceil(seconds)) }
  const child = spawn('cargo', args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: deadline })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (output += text))
  const [code] = await once(child, 'close')
  if (code !== 0) return lost('cargo test every_history', `exit code ${code}`, output)
  return { rounds: sum(printed(output, /(\d+) histories/g)), faults: 0 }
}

const isFault = count => ({ rounds: count, faults: count })

/**
 * Every storm: what a round of it is, what a fault, how it takes a turn, and the count for its first turn; later turns
 * count as far as their time allows, but at least `least`. In a turn of `seconds` the count is a time.
 */
const storms = {
  chaos: {
    round: 'item sent or withdrawn',
    fault: 'put given up, or cut off by a death',
    turn: program(['chaos.mjs'], (_, stdout) => {
      const [sent, withdrawn, unknown] = ['sent', 'withdrawn', 'unknown'].map(word =>
        sum(printed(stdout, new RegExp(`${word} (\\d+)`, 'g'))),
      )
      return { rounds: sent + withdrawn + unknown, faults: withdrawn + unknown }
    }),
    seconds: true,
  },
  killing: { round: 'runner', fault: 'kill while main is blocked', turn: program(['killing.mjs'], isFault), first: 50 },
  deaths: {
    round: 'wait',
    fault: 'death of the runner that is waited for',
    turn: async (_, deadline) => {
      const ways = ['exit', 'terminate', 'maker', 'terminate booting', 'maker booting']
      const way = ways[Math.floor(Math.random() * ways.length)]
      const turn = program(['deaths.mjs', ...way.split(' ')], (_, stdout) => isFault(stdout.split('\n').length - 2))
      return turn('', deadline)
    },
    first: 1,
  },
  exit: { round: 'process', fault: 'end at a random moment', turn: endAtRandom, first: 10 },
  'ctrl-c': { round: 'Ctrl-C', fault: 'Ctrl-C into a blocking call', turn: interrupt, first: 70, isPosix: true },
  shutdown: {
    round: 'queue',
    fault: 'shutdown amid 12 users',
    turn: program(['shutdown.mjs'], isFault),
    first: 10,
  },
  timeouts: {
    round: 'wait',
    fault: 'wait given up',
    turn: program(['--expose-gc', 'timeouts.mjs'], isFault),
    first: 50_000,
    least: 50_000,
    isLinux: true,
  },
  stream: {
    round: 'item',
    fault: undefined,
    turn: program(['stream.mjs'], count => ({ rounds: 2 * count + 6 * Math.ceil(count / 5), faults: 0 })),
    first: 200_000,
  },
  wire: {
    round: 'value that crossed',
    fault: 'packet spoiled',
    turn: program(['wire.mjs'], count => ({ rounds: count, faults: count })),
    first: 5000,
  },
  inversion: {
    round: 'request',
    fault: undefined,
    turn: program(['--expose-gc', 'inversion.mjs', '1000']),
    first: 50_000,
    least: 50_000,
  },
  'cycles, blocking': {
    round: 'runner',
    fault: undefined,
    turn: program(['--expose-gc', 'cycles.mjs', 'blocking']),
    first: 60,
    least: 60,
    isLinux: true,
  },
  'cycles, awaiting': {
    round: 'runner',
    fault: undefined,
    turn: program(['--expose-gc', 'cycles.mjs', 'awaiting']),
    first: 60,
    least: 60,
    isLinux: true,
  },
  compilations: {
    round: 'compilation',
    fault: undefined,
    turn: program(['--expose-gc', 'compilations.mjs']),
    first: 200,
    least: 200,
    isLinux: true,
  },
  handles: { round: 'handle of each kind', fault: undefined, turn: program(['handles.mjs']), first: 100_000 },
  linearizability: { round: 'history', fault: undefined, turn: judgeHistories, seconds: true },
}

const units = { s: 1, m: 60, h: 3600 }

/** `90s`, `10m` and `2h` in seconds. */
function durationOf(text) {
  const [, number, unit] =
    /^(\d+(?:\.\d+)?)([smh])$/.exec(text) ?? fail(`How long? '${text}' is not like 90s, 10m or 2h.`)
  return Number(number) * units[unit]
}

function chosen(names) {
  const isHere = ({ isLinux, isPosix }) =>
    !(isLinux && process.platform !== 'linux') && !(isPosix && process.platform === 'win32')
  const unknown = names.find(name => !(name in storms))
  if (unknown !== undefined) fail(`There is no storm '${unknown}'; there are: ${Object.keys(storms).join(', ')}.`)
  return Object.entries(storms)
    .filter(([name, storm]) => isHere(storm) && (names.length === 0 || names.includes(name)))
    .map(([name, storm]) => ({ name, ...storm, rounds: 0, faults: 0, losses: [], turns: 0, ms: 0 }))
}

const clock = seconds => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`

/** One turn of a storm, of about so many seconds. */
async function takeTurn(storm, seconds) {
  const count = storm.seconds ? Math.ceil(seconds) : Math.max(storm.least ?? 1, Math.round(storm.count ?? storm.first))
  const start = performance.now()
  const { rounds, faults, losses = [] } = await storm.turn(count, 120_000 + 10_000 * seconds)
  const ms = performance.now() - start
  storm.rounds += rounds
  storm.faults += faults
  storm.losses.push(...losses)
  storm.turns++
  storm.ms += ms
  // The next turn counts on: at most eight times as far, as the start of a program is not what takes the time later.
  storm.count = count * Math.min(8, (seconds * 1000) / ms)
  for (const loss of losses) console.log(`\n${storm.name}: LOST\n${loss}`)
}

let isInterrupted = false

/** Storms take turns, the one with the least time so far first, until the time is over. */
async function soak(all, total) {
  const start = performance.now()
  const elapsed = () => (performance.now() - start) / 1000
  const turn = Math.min(60, Math.max(2, total / all.length / 2))
  while (elapsed() < total && !isInterrupted) {
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

const [first = '30m', ...names] = process.argv.slice(2)
const total = durationOf(first)
const all = chosen(names)
await prepare()
process.once('SIGINT', () => (isInterrupted = true))
const seconds = await soak(all, total)
summary(all, seconds)
const losses = sum(all.map(storm => storm.losses.length))
console.log(losses === 0 ? '\nNothing was lost.' : `\n${losses} turns were lost; see above.`)
process.exitCode = losses === 0 ? 0 : 1
