// The guided tour, which `npm start` runs: some of the examples, each with a word before it, its source, its output.
//
// Promises that what it shows is what it runs, and that it ends with 1, and says why, where a path does not exist or
// an example fails. On a terminal it waits for Enter between two stops; into a pipe it runs through.
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
On a terminal, Enter goes on to the next.
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
    title: 'An error, a timeout, a cancellation',
    words: `
An error of the task is thrown in the main thread, where it blocks for the task.
So are a timeout, which leaves the task as it is, and a cancellation, after which
the task has cleaned up. Each has a code to switch on.`,
    file: 'failures.mjs',
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
    title: 'Scripts that nobody has to trust',
    words: `
The same game with sandboxed scripts: each has an engine, a heap and a budget of
its own, and nothing but what is given to it here. Two of them are rogues, one of
which never comes back. Each is ended alone, at the same step every time. With
--save the game can be stopped, and goes on in another process with --restore:`,
    file: 'arena.mjs',
    source: 'arena/sandboxed.mjs',
    part: '  begin(',
    args: ['--sandboxed', '--rogues', '2', '--plain', '--scripts', '8', '--size', '36x6', '--ticks', '4'],
  },
  {
    title: 'An asynchronous library behind a synchronous call',
    words: `
A compiler with an asynchronous interface (dart-sass) runs as a task on the
background loop. The main thread blocks in processUntil until that task is done.
Meanwhile the task asks it to run the caller's functions, which never left it; two
others stay on the loop, and await the file system. This is the method that blocks;
below it is what the main thread was asked for:`,
    file: 'compile.mjs',
    source: 'compile/compile-sync.mjs',
    part: '  #run(',
    args: ['--calls'],
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
  const indent = part.match(/^ */)[0]
  const last = lines.indexOf(`${indent}}`, first)
  return lines
    .slice(first, last + 1)
    .map(line => line.slice(indent.length))
    .join('\n')
}

function introduce({ title, words, file, source = file, part }, number, args) {
  const gutter = dim('  │')
  const code = sourceOf(source, part)
    .split('\n')
    .map(line => `${gutter} ${line}`.trimEnd())
    .join('\n')
  const command = ['node', `examples/${file}`, ...args].join(' ')
  return `${bold(`${number} of ${stops.length}  ${title}`)}\n${words}\n\n${code}\n\n${dim('$')} ${bold(command)}\n`
}

/** Waits until the text is out: what the example prints comes after it. */
function print(text) {
  return new Promise(resolve => process.stdout.write(text, resolve))
}

const isPaused = process.stdin.isTTY === true && process.stdout.isTTY === true

/** Resolves when the reader wants the next stop; with false, if there is to be none. */
async function goesOn() {
  await print(dim('Enter goes on, q ends the tour. '))
  const answer = await new Promise(resolve => {
    process.stdin.once('data', line => resolve(String(line)))
    process.stdin.once('end', () => resolve('q'))
    process.stdin.resume()
  })
  process.stdin.pause().removeAllListeners('end')
  await print('\n')
  return !answer.trim().toLowerCase().startsWith('q')
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
    if (isPaused && i < stops.length - 1 && !(await goesOn())) return
  }
  await print('More examples are in examples/, and examples/README.md says what each shows.\n')
}

try {
  await main()
} catch (error) {
  console.error(`tour: ${error.message}`)
  process.exitCode = 1
}
