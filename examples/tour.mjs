// The guided tour, which `npm start` runs: some of the examples, each with a word before it, its source, its output.
//
// Promises that what it shows is what it runs, and that it ends with 1, and says why, where a path does not exist or
// an example fails.
//
// Run it: node examples/tour.mjs [path...]

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const help = `Usage: npm start -- [path...]

A short tour of threaded-async: runs a few programs and shows their source and their output.
The last one compresses the files under the paths; without a path, the sources of this repository.
`

const stops = [
  {
    title: 'A blocking thread waits for a task',
    words: `
The function runs on an event loop in a background thread. Meanwhile the main
thread blocks in wait(), and gets the result as an ordinary return value.`,
    file: 'quick-start.mjs',
  },
  {
    title: 'A queue with two ends',
    words: `
Any thread may use either end of a queue: the main thread blocks in putWait()
and getWait(), the task awaits get() and put(). The program ends by cancelling
the task, which waits for its next number.`,
    file: 'queue-worker.mjs',
  },
  {
    title: 'A game whose main loop is in charge',
    words: `
Robots play on a grid, each moved by an async script on a background loop. The
main loop blocks, tick by tick: it answers the scripts' calls for as long as a
frame allows, and carries out their orders when they have nothing more to ask.
This is the main loop; in a terminal of your own it draws ten frames a second,
and with --replay game.html it writes a page that plays the game again.`,
    file: 'arena.mjs',
    part: 'function play(',
    args: ['--plain', '--scripts', '8', '--size', '36x6', '--ticks', '3'],
  },
  {
    title: 'A synchronous compiler with asynchronous plugins',
    words: `
dart-sass, with its asynchronous interface, compiles a tree of stylesheets on a
background loop. The main thread blocks; it wakes to run its own importers and
functions for the compiler, and sleeps again. Two plugins stay on the loop, and
await the file system. One importer compiles another stylesheet meanwhile.
This is the function that has it compiled:`,
    file: 'compile.mjs',
    part: 'function compile(',
    args: [],
  },
  {
    title: 'A real job',
    words: `
Four tasks on a background loop hash and compress files, reading them as streams
of node:fs/promises. The main thread blocks all the while: it feeds the tasks
through one bounded queue and drains them through another, 16 items each.
This is the function it feeds and drains them with:`,
    file: 'compress.mjs',
    part: 'function compress(',
  },
]

const isColoured = process.stdout.isTTY === true && !process.env.NO_COLOR
const bold = text => (isColoured ? `\x1b[1m${text}\x1b[22m` : text)
const dim = text => (isColoured ? `\x1b[2m${text}\x1b[22m` : text)

/** The source of an example without its header; or only the function that begins with `part`. */
function sourceOf(file, part) {
  const lines = readFileSync(new URL(file, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
  if (part === undefined)
    return lines
      .slice(lines.findIndex(line => !line.startsWith('//')))
      .join('\n')
      .trim()
  const first = lines.findIndex(line => line.startsWith(part))
  return lines.slice(first, lines.indexOf('}', first) + 1).join('\n')
}

function introduce({ title, words, file, part }, number, args) {
  const gutter = dim('  │')
  const code = sourceOf(file, part)
    .split('\n')
    .map(line => `${gutter} ${line}`.trimEnd())
    .join('\n')
  const command = ['node', `examples/${file}`, ...args].join(' ')
  return `${bold(`${number}. ${title}`)}\n${words}\n\n${code}\n\n${dim('$')} ${bold(command)}\n`
}

/** Waits until the text is out: what the example prints comes after it. */
function print(text) {
  return new Promise(resolve => process.stdout.write(text, resolve))
}

async function main() {
  const { values, positionals } = parseArgs({
    options: { help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  })
  if (values.help) return await print(help)
  // npm runs its scripts in the directory of the package, wherever it was called.
  const base = process.env.npm_lifecycle_event === 'start' ? (process.env.INIT_CWD ?? '') : ''
  const paths = positionals.map(path => resolve(base, path))
  const missing = paths.find(path => !existsSync(path))
  if (missing !== undefined) throw new Error(`there is no '${missing}'`)

  for (const [i, stop] of stops.entries()) {
    const args = stop.args ?? (stop.part === undefined ? [] : paths)
    await print(introduce(stop, i + 1, args))
    const path = fileURLToPath(new URL(stop.file, import.meta.url))
    const { status, signal } = spawnSync(process.execPath, [path, ...args], { stdio: 'inherit' })
    if (status !== 0) throw new Error(`examples/${stop.file} ended with ${signal ?? `exit code ${status}`}`)
    await print('\n')
  }
  await print('More examples are in examples/, and examples/README.md says what each shows.\n')
}

try {
  await main()
} catch (error) {
  console.error(`tour: ${error.message}`)
  process.exitCode = 1
}
