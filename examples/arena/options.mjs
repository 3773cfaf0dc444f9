// What `arena.mjs` is told on the command line.
//
// Promises that what comes out can be played: numbers are in range, and the grid has room for all robots. Refuses
// everything else with one sentence.

import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const help = `Usage: node examples/arena.mjs [options]

Robots play on a grid, each moved by an async script: H hunts, G grazes, W wanders, A lies in ambush.

  --seed text         the same seed gives the same game (1)
  --scripts number    how many play (24)
  --ticks number      how long (200)
  --size WxH          of the grid; left out, as large as the scripts need
  --rate number       frames a second; 0: as many as there can be (10, and 0 with --plain)
  --budget number     milliseconds of a frame for answering scripts (half a frame; 10 when the rate is 0)
  --requests number   answers in a frame at most (any number)
  --replay file.html  writes the game as a page that plays it again
  --sandboxed         each script in an engine of its own, with its own limits
  --threads number    for those engines; they change the speed, and not the game (1)
  --rogues number     how many of those scripts spin, flood or leak after a while (0)
  --save file         the game at its end, with all its scripts; it is of the sandboxed kind
  --restore file      goes on with a saved game, up to --ticks
  --plain             frames as lines of text; so by default where the output is no terminal
  --help
`

const known = {
  seed: { type: 'string', default: '1' },
  scripts: { type: 'string', default: '24' },
  ticks: { type: 'string', default: '200' },
  size: { type: 'string' },
  rate: { type: 'string' },
  budget: { type: 'string' },
  requests: { type: 'string', default: 'Infinity' },
  replay: { type: 'string' },
  sandboxed: { type: 'boolean', default: false },
  threads: { type: 'string' },
  rogues: { type: 'string' },
  save: { type: 'string' },
  restore: { type: 'string' },
  plain: { type: 'boolean', default: process.stdout.isTTY !== true },
  help: { type: 'boolean', short: 'h' },
}

/** Checks and completes the options; prints the help and ends where that is asked for. */
export function optionsOf(args) {
  const { values } = parseArgs({ args, options: known })
  if (values.help) {
    process.stdout.write(help)
    process.exit(0)
  }
  const { seed, replay, plain, save } = values
  for (const file of [replay, save]) {
    if (file !== undefined && !existsSync(dirname(resolve(file)))) throw new Error(`there is no place for ${file}`)
  }
  const scripts = wholeNumber('scripts', values.scripts, 2, 10_000)
  const ticks = wholeNumber('ticks', values.ticks, 1, 100_000)
  const rate = wholeNumber('rate', values.rate ?? (plain ? '0' : '10'), 0, 1000)
  const budget = wholeNumber('budget', values.budget ?? String(rate === 0 ? 10 : Math.ceil(500 / rate)), 1, 60_000)
  const requests = values.requests === 'Infinity' ? Infinity : wholeNumber('requests', values.requests, 1, 1_000_000)
  const sandbox = sandboxOf(values, scripts)
  return {
    seed,
    scripts,
    ticks,
    ...sizeOf(values.size, scripts),
    rate,
    budget,
    requests,
    replay,
    save,
    plain,
    ...sandbox,
  }
}

function sandboxOf({ sandboxed, threads, rogues, save, restore }, scripts) {
  const isSandboxed = sandboxed || restore !== undefined
  const others = Object.entries({ threads, rogues, save }).filter(([, value]) => value !== undefined)
  if (!isSandboxed && others.length > 0) throw new Error(`--${others[0][0]} needs --sandboxed`)
  if (restore !== undefined && !existsSync(restore)) throw new Error(`there is no game ${restore}`)
  return {
    isSandboxed,
    threads: wholeNumber('threads', threads ?? '1', 1, 64),
    rogues: wholeNumber('rogues', rogues ?? '0', 0, scripts),
    restore,
  }
}

function wholeNumber(name, text, least, most) {
  const number = /^\d+$/.test(text) ? Number(text) : NaN
  if (number >= least && number <= most) return number
  throw new Error(`--${name} is a whole number from ${least} to ${most}, not '${text}'`)
}

/** A grid of the size that was asked for, or of at least 20 cells for each robot, in the shape of a terminal. */
function sizeOf(text, scripts) {
  if (text === undefined) {
    const half = Math.max(9, Math.ceil(Math.sqrt(scripts / 2)))
    return { width: half * 5, height: half * 2 }
  }
  const [, width, height] = (/^(\d{1,3})x(\d{1,3})$/.exec(text) ?? []).map(Number)
  if (!(width >= 2 && height >= 2)) throw new Error(`--size is a width and a height, as 40x16, not '${text}'`)
  if (width * height < scripts * 2) throw new Error(`${text} has no room for ${scripts} scripts; each needs two cells`)
  return { width, height }
}
