// The storms of `npm run soak`: what each runs, and what it counts.
//
// Each storm takes turns. A turn is given a count and a deadline, runs whole programs, and comes back with rounds, faults
// and losses. A loss is a program that did not end as it must: an item lost or doubled, a hang, a crash, a word on
// stderr. It comes with the command that runs the same again, with its seed where there is one. Another storm is one
// entry of `storms`.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { missing } from '../__test__/support/nats-server.mjs'
import { attend, run } from '../__test__/support/program.mjs'
import { root } from './prepare.mjs'

const sum = numbers => numbers.reduce((all, number) => all + number, 0)

/** The sum of the numbers that a program has printed after such words. */
const printed = (text, pattern) => sum(Array.from(text.matchAll(pattern), ([, number]) => Number(number)))

const quoted = word => (/^[\w./=-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`)

/** The line for a shell that runs such a program again. */
function commandOf(args, env = {}, stdout = '') {
  const [, seed] = /^seed (\d+)$/m.exec(stdout) ?? []
  const words = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)}`)
  words.push('node', ...args.map(quoted), ...(seed === undefined ? [] : [seed]))
  return `cd __test__/process && ${words.join(' ')}`
}

const hasPassed = ({ code, stdout, stderr }) => code === 0 && stderr === '' && stdout.endsWith('pass\n')

/** V8 may print what it could not throw. */
const hasPassedAloud = ({ code, stdout }) => code === 0 && stdout === 'pass\n'

/** Runs a program; returns its output, or how it was lost. */
async function judged(args, deadline, { isGood = hasPassed, env, attendant, again } = {}) {
  const result = await attend(args, { deadline, env }, attendant).catch(error => ({
    stdout: '',
    stderr: error.message,
  }))
  const { stdout, stderr, code, signal, isLate } = result
  if (!isLate && isGood(result)) return { stdout, losses: [] }
  const how = isLate ? 'it hangs' : `it ends with ${code ?? signal}`
  const command = again ?? commandOf(args, env, stdout)
  return { stdout, losses: [{ command, what: `${how}\n${stdout}${stderr}` }] }
}

/** The outcome of a turn; nothing counts of a program that was lost. */
function outcome(all, tally) {
  const counts = all.map(({ stdout, losses }) => (losses.length > 0 ? [0, 0] : tally(stdout)))
  const losses = all.flatMap(each => each.losses)
  return { rounds: sum(counts.map(([rounds]) => rounds)), faults: sum(counts.map(([, faults]) => faults)), losses }
}

/** Programs, one after the other, that are given the count as their last argument. */
export function counted(programs, tally = count => [count, 0], options = {}) {
  return async (count, deadline) => {
    const all = []
    for (const args of programs) all.push(await judged([...args, String(count)], deadline, options))
    return outcome(all, stdout => tally(count, stdout))
  }
}

const areFaults = count => [count, count]

/** So many programs, each the next one of a list that begins again at its end. */
function inTurn(list, optionsOf = () => ({}), isFault = false) {
  let next = 0
  return async (count, deadline) => {
    const all = typeof list === 'function' ? await list() : list
    const ours = Array.from({ length: count }, () => all[next++ % all.length])
    const results = await Promise.all(ours.map(args => judged(args, deadline, optionsOf(args))))
    return outcome(results, () => [1, isFault ? 1 : 0])
  }
}

const each =
  (...words) =>
  names =>
    names.map(name => [...words, ...name.split(' ')])

// --- programs that are ended or interrupted

const hasEndedItself = ({ code, signal, stdout, stderr }) =>
  (code === 7 || signal === 'SIGTERM') && stdout + stderr === ''

async function endAtRandom(count, deadline) {
  const first = Date.now() % 1_000_000
  const all = Array.from({ length: count }, (_, index) => ['exit-random.mjs', String(first + index)])
  const results = await Promise.all(all.map(args => judged(args, deadline, { isGood: hasEndedItself })))
  return outcome(results, () => [1, 1])
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
  const rounds = Math.ceil(count / Object.keys(doors).length)
  const results = []
  for (const [door, expected] of Object.entries(doors)) {
    const isGood = ({ stdout }) => stdout === `${expected.repeat(rounds)}pass\n`
    const attendant = async program => {
      for (let round = 1; round <= rounds; round++) {
        await program.prints('ready\n', round)
        program.kill('SIGINT')
      }
    }
    const again = 'npm run soak -- --minutes 1 ctrl-c'
    results.push(await judged(['ctrl-c.mjs', door, String(rounds)], deadline, { isGood, attendant, again }))
  }
  return outcome(results, () => [rounds, rounds])
}

const interruptedOnce = () => ({
  again: 'npm run soak -- --minutes 1 ctrl-c-storm',
  isGood: ({ code, stdout, stderr }) => code === 9 && stdout === 'ready\n' && stderr === '',
  attendant: async program => {
    await program.prints('ready\n')
    await new Promise(resolve => setTimeout(resolve, Math.random() * 60)) // At any moment of its rounds.
    program.kill('SIGINT')
  },
})

// --- runners that die

async function die(_, deadline) {
  const ways = ['exit', 'terminate', 'maker', 'terminate booting', 'maker booting']
  const way = ways[Math.floor(Math.random() * ways.length)]
  const result = await judged(['deaths.mjs', ...way.split(' ')], deadline)
  return outcome([result], stdout => areFaults(stdout.split('\n').length - 2))
}

const dyingDoors = ['run', 'wait', 'callInLoop', 'waitForNextEventloopIteration', 'getWait', 'eventWait', 'close']
const dyingWays = ['throws', 'exits', 'exits without an error', 'throws what cannot cross']
const stillborn = [...dyingDoors, 'process', 'listener', 'result', 'get', 'closeAsync']
const births = dyingWays.flatMap(how => stillborn.map(door => ({ door, how })))
const birthOf = ({ door }) => ['--require', './boot-preload.cjs', 'boot-deaths.mjs', door]

async function dieAtBirth(count, deadline) {
  const isGood = result => hasPassed(result) && result.stdout.startsWith('prepared\n["ERR_RUNNER_DIED"')
  const ours = Array.from({ length: count }, () => births[Math.floor(Math.random() * births.length)])
  const results = await Promise.all(
    ours.map(birth => judged(birthOf(birth), deadline, { isGood, env: { HOW: birth.how, WHO: 'stillborn' } })),
  )
  return outcome(results, () => [1, 1])
}

// --- lists that the programs have

async function circles() {
  const { stdout } = await run(['circles.mjs'])
  return JSON.parse(stdout).map(name => ['circles.mjs', name])
}

const stuckLoops =
  'spin timer microtasks regex atomics child idle sleeping slow immediates steps door again several throws'
const uses = 'unused run awaited queue primitives current unreferenced finished timeout late'
const holds = 'queue event future task transit transitQueue loop loopQueue timer net floating running blocking'
const letGo = [
  ...each('--expose-gc', 'let-go.mjs', 'ended')(uses.split(' ')),
  ...each('--expose-gc', 'let-go.mjs', 'held')(holds.split(' ')),
  ...each('--expose-gc', 'let-go.mjs')(['back', 'busy']),
]
const lives = 'closed awaited forced died unclosed refused'
const stops = 'breakpoint queue serving closing timeout console nested'

/** The Rust test of that name, for so many seconds. */
async function judgeHistories(seconds, deadline) {
  const args = ['test', '--quiet', '--no-default-features', '--lib', 'every_history', '--', '--nocapture']
  const env = { ...process.env, HISTORIES_SECONDS: String(Math.ceil(seconds)) }
  const { code, output } = await cargo(args, env, deadline)
  const [seed = 'HISTORIES_SECONDS=60'] = /HISTORIES_SEED=\d+/.exec(output) ?? []
  const command = `${seed} cargo ${args.join(' ')}`
  const losses = code === 0 ? [] : [{ command, what: `it ends with ${code}\n${output}` }]
  return outcome([{ stdout: output, losses }], text => [printed(text, /(\d+) histories/g), 0])
}

/** So many generated scripts, by the Rust test that plays them. */
async function playScripts(count, deadline) {
  const args = ['test', '--quiet', '--no-default-features', '--features', 'futures,scripts', '--lib']
  args.push('generated_scripts', '--', '--nocapture')
  const seed = Date.now() % 1_000_000_000
  const env = { ...process.env, SCRIPTS: String(count), SCRIPTS_SEED: String(seed) }
  const { code, output } = await cargo(args, env, deadline)
  const [again = `SCRIPTS=${count} SCRIPTS_SEED=${seed}`] = /SCRIPTS_SEED=\d+/.exec(output) ?? []
  const losses =
    code === 0 ? [] : [{ command: `${again} cargo ${args.join(' ')}`, what: `it ends with ${code}\n${output}` }]
  return outcome([{ stdout: output, losses }], text => [printed(text, /(\d+) scripts/g), 0])
}

async function cargo(args, env, deadline) {
  const child = spawn('cargo', args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: deadline })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (output += text))
  const [code] = await once(child, 'close')
  return { code, output }
}

/** Every eighth tampering of the table, from the next one on. */
function tamper(where) {
  let next = 0
  return async (_, deadline) => {
    const result = await judged(['../runner/tampering.mjs', where, String(next++ % 8), '8'], deadline)
    return outcome([result], stdout => areFaults(printed(stdout, /(\d+) tamperings/g)))
  }
}

/**
 * Every storm: what a round of it is, what a fault, and how it takes a turn. Its count is a time where a turn counts in
 * `seconds`; else the first turn has `rate` for each of its seconds, and a later one as many as have been seen to fit,
 * but none fewer than `least`.
 */
export const storms = {
  chaos: {
    round: 'item sent or withdrawn',
    fault: 'put given up, or cut off by a death',
    turn: counted([['chaos.mjs']], (_, stdout) => {
      const faults = printed(stdout, /(?:withdrawn|unknown) (\d+)/g)
      return [faults + printed(stdout, /sent (\d+)/g), faults]
    }),
    seconds: true,
  },
  killing: {
    round: 'runner',
    fault: 'kill while main is blocked',
    turn: counted([['killing.mjs']], areFaults),
    rate: 10,
  },
  deaths: {
    round: 'wait',
    fault: 'death of the runner that is waited for',
    turn: die,
    rate: 1,
  },
  'boot-deaths': { round: 'start', fault: 'death while it starts', turn: dieAtBirth, rate: 2 },
  exit: { round: 'process', fault: 'end at a random moment', turn: endAtRandom, rate: 3 },
  'ctrl-c': { round: 'Ctrl-C', fault: 'Ctrl-C into a blocking call', turn: interrupt, rate: 20, isPosix: true },
  'ctrl-c-storm': {
    round: 'process',
    fault: 'Ctrl-C amid waits that are served',
    turn: inTurn(each('ctrl-c-storm.mjs')(['get', 'flood', 'put', 'run', 'rest']), interruptedOnce, true),
    rate: 4,
    isPosix: true,
  },
  shutdown: { round: 'queue', fault: 'shutdown amid 12 users', turn: counted([['shutdown.mjs']], areFaults), rate: 5 },
  timeouts: {
    round: 'wait',
    fault: 'wait given up',
    turn: counted([['--expose-gc', 'timeouts.mjs']], areFaults),
    rate: 10_000,
    least: 50_000,
    isLinux: true,
  },
  stream: {
    round: 'item',
    fault: undefined,
    turn: counted([['stream.mjs']], count => [2 * count + 6 * Math.ceil(count / 5), 0]),
    rate: 50_000,
  },
  select: {
    round: 'item that one of several waits took',
    fault: undefined,
    turn: counted([['select.mjs']]),
    rate: 1000,
  },
  wire: { round: 'value that crossed', fault: 'packet spoiled', turn: counted([['wire.mjs']], areFaults), rate: 2000 },
  inversion: {
    round: 'request',
    fault: undefined,
    turn: counted([['--expose-gc', 'inversion.mjs', '1000']]),
    rate: 10_000,
    least: 50_000,
  },
  scripts: {
    round: 'server with sandboxed scripts',
    fault: 'cancel, close or end of its thread',
    turn: counted([['scripts.mjs']], areFaults),
    rate: 10,
  },
  'scripts, generated': { round: 'generated script', fault: undefined, turn: playScripts, rate: 100, least: 500 },
  synchronized: {
    round: 'loop of a synchronized module',
    fault: 'end of it, or a call that runs out of time',
    turn: counted([['synchronized.mjs']], areFaults),
    rate: 1,
  },
  ...(missing === undefined && {
    'nats-faults': {
      round: 'item over NATS',
      fault: undefined,
      turn: counted([['nats-faults.mjs']]),
      rate: 1000,
      least: 100_000,
    },
    'nats-hosts': {
      round: 'task',
      fault: 'kill',
      turn: counted([['nats-hosts.mjs']], count => [count, 5]),
      rate: 20,
    },
    'nats-serving': {
      round: 'game and its remote scripts',
      fault: 'kill, restart or cut',
      turn: counted([['nats-serving.mjs']], count => [count, 6 * count]),
      rate: 0.1,
    },
    'nats-rounds': {
      round: 'round of 1000 scripts in 10 processes',
      fault: undefined,
      turn: counted([['nats-rounds.mjs', '10', '100']]),
      rate: 0.5,
      least: 5,
    },
    'nats-outage': { round: 'server', fault: 'outage', turn: counted([['nats-outage.mjs']], areFaults), rate: 0.1 },
  }),
  circles: { round: 'circle, or what looks like one', fault: undefined, turn: inTurn(circles), rate: 2 },
  'stack-end': {
    round: 'program, at 600 depths',
    fault: undefined,
    turn: inTurn([['stack-end.mjs']], () => ({ isGood: hasPassedAloud })),
    rate: 1,
  },
  'stack-end, reads': {
    round: 'program, at 600 depths',
    fault: undefined,
    turn: inTurn([['stack-end-reads.mjs']], () => ({ isGood: hasPassedAloud })),
    rate: 0.1,
  },
  'tampering, loop': { round: 'loop', fault: 'global or prototype changed', turn: tamper('loop'), rate: 1 },
  'tampering, main': { round: 'main thread', fault: 'global or prototype changed', turn: tamper('main'), rate: 1 },
  watchdog: {
    round: 'loop',
    fault: undefined,
    turn: inTurn(stuckLoops.split(' ').flatMap(what => each('watchdog.mjs', what)(['block', 'await']))),
    rate: 1,
  },
  debugger: { round: 'pause', fault: undefined, turn: inTurn(each('debugger.mjs')(stops.split(' '))), rate: 1 },
  'let-go': { round: 'runner let go of', fault: undefined, turn: inTurn(letGo), rate: 2 },
  'growth-runners': {
    round: 'runner',
    fault: undefined,
    turn: counted(each('--expose-gc', 'growth-runners.mjs')(lives.split(' '))),
    rate: 5,
    least: 40,
    isLinux: true,
  },
  'growth-texts': {
    round: 'function',
    fault: undefined,
    turn: counted(each('--expose-gc', 'growth-texts.mjs')(['inline', 'module', 'used', 'late', 'reentrant'])),
    rate: 2000,
    least: 14_000,
  },
  'growth-evaluations': {
    round: 'evaluation of the package',
    fault: undefined,
    turn: counted(each('growth-evaluations.mjs')(['cache', 'query', 'wrapper', 'loop'])),
    rate: 20,
    least: 50,
  },
  'cycles, blocking': {
    round: 'runner',
    fault: undefined,
    turn: counted([['--expose-gc', 'cycles.mjs', 'blocking']]),
    rate: 15,
    least: 60,
    isLinux: true,
  },
  'cycles, awaiting': {
    round: 'runner',
    fault: undefined,
    turn: counted([['--expose-gc', 'cycles.mjs', 'awaiting']]),
    rate: 15,
    least: 60,
    isLinux: true,
  },
  compilations: {
    round: 'compilation',
    fault: undefined,
    turn: counted([['--expose-gc', 'compilations.mjs']]),
    rate: 20,
    least: 200,
    isLinux: true,
  },
  handles: {
    round: 'handle of each kind',
    fault: undefined,
    turn: counted([['handles.mjs']]),
    rate: 50_000,
    least: 200_000,
  },
  linearizability: { round: 'history', fault: undefined, turn: judgeHistories, seconds: true },
}
