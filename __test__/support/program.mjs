// Runs whole programs, each in a process of its own, for what cannot be shown from inside: exits, signals, output.
//
// Promises that every program has a deadline after which it is killed (and the result says so), that no more of them
// run at a time than the machine has cores, and that what it printed and how it ended come back exactly as they were.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'

/** How many times longer than by default the stress programs run: `STRESS=10 npx ava …`. */
export const stress = Number(process.env.STRESS ?? 1)

/** The directory of the programs. */
export const programs = fileURLToPath(new URL('../process/', import.meta.url))

/** The root of the package. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

const ended = { code: 0, signal: null, isLate: false, stderr: '' }

/** Where many threads wait for each processor, one that is stuck may not have its turn in time to show its stack. */
export const isBusy = () => loadavg()[0] > 4 * availableParallelism()

/** How an orderly program ends. */
export const passed = { ...ended, stdout: 'pass\n' }

/** For what hangs, not for what is slow: a busy machine takes ten times as long. */
const DEADLINE = 300_000

/** For a test: each program has its deadline, but many may come before it. */
export const PATIENCE = 3_600_000 * stress
const queue = []
let free = Math.max(2, availableParallelism())

async function enter() {
  if (free > 0) return void free--
  await new Promise(resolve => queue.push(resolve))
}

function leave() {
  const next = queue.shift()
  if (next) next()
  else free++
}

/** A program that runs. */
export class Program {
  stdout = ''
  stderr = ''
  #child
  #isLate = false
  #timer
  #watchers = new Set()
  #isOver = false

  constructor(command, args, { deadline = DEADLINE, input, env, cwd = programs } = {}) {
    const stdin = input === undefined ? 'ignore' : 'pipe'
    this.#child = spawn(command, args, { cwd, env: { ...cleanEnv(), ...env }, stdio: [stdin, 'pipe', 'pipe'] })
    this.#child.stdin?.end(input)
    this.started = performance.now()
    this.#timer = setTimeout(() => {
      this.#isLate = true
      this.#child.kill('SIGKILL')
    }, deadline)
    for (const name of ['stdout', 'stderr']) {
      this.#child[name].setEncoding('utf8').on('data', text => {
        this[name] += text
        this.#look()
      })
    }
    /** Resolves with how it ended. */
    this.ended = this.#end()
  }

  get pid() {
    return this.#child.pid
  }

  /** The stream of its standard output, to be paused and resumed. */
  get output() {
    return this.#child.stdout
  }

  async #end() {
    const [code, signal] = await once(this.#child, 'close')
    clearTimeout(this.#timer)
    this.#isOver = true
    this.#look()
    this.ms = performance.now() - this.started
    const { stdout, stderr } = this
    return { code, signal, isLate: this.#isLate, stdout, stderr }
  }

  #look() {
    for (const watcher of [...this.#watchers]) watcher()
  }

  /** Resolves when it has printed a text so many times. */
  prints(text, times = 1) {
    return this.#says('stdout', text, times)
  }

  /** The same for standard error. */
  complains(text) {
    return this.#says('stderr', text, 1)
  }

  #says(name, text, times) {
    return new Promise((resolve, reject) => {
      const watcher = () => {
        const hasPrinted = this[name].split(text).length > times
        if (!hasPrinted && !this.#isOver) return
        this.#watchers.delete(watcher)
        if (hasPrinted) resolve()
        else reject(new Error(`It ended before it printed '${text}': ${this.stdout}${this.stderr}`))
      }
      this.#watchers.add(watcher)
      watcher()
    })
  }

  kill(signal) {
    this.#child.kill(signal)
  }
}

const ABOUT_NODE = [
  'NODE_OPTIONS',
  'NODE_CHANNEL_FD',
  'NODE_V8_COVERAGE',
  'NODE_NO_WARNINGS',
  'NODE_PENDING_DEPRECATION',
]
// All that `tty.WriteStream.prototype.getColorDepth` reads but TERM and COLORTERM.
const ABOUT_COLOURS = [
  'FORCE_COLOR',
  'NO_COLOR',
  'NODE_DISABLE_COLORS',
  'CI',
  'TEAMCITY_VERSION',
  'TERM_PROGRAM',
  'TMUX',
]

/** Node tells its children about itself, and machines that test about themselves; the programs start as from a shell. */
function cleanEnv() {
  const env = { ...process.env }
  for (const name of [...ABOUT_NODE, ...ABOUT_COLOURS]) delete env[name]
  return env
}

/** Runs Node with these arguments (a program's name is relative to `process/`), and hands the program to `attend`. */
export async function attend(args, options, attendant) {
  await enter()
  try {
    const program = new Program(options?.command ?? process.execPath, args, options)
    try {
      await attendant?.(program)
    } catch (error) {
      program.kill('SIGKILL')
      const { stdout, stderr } = await program.ended
      throw new Error(`${error.message}\nstdout: ${stdout}\nstderr: ${stderr}`, { cause: error })
    }
    return Object.assign(await program.ended, { ms: program.ms })
  } finally {
    leave()
  }
}

/** Runs Node with these arguments to the end. */
export function run(args, options) {
  return attend(args, options)
}

/** Asserts how a program ended (`stderr` may be a pattern); what it took, in milliseconds, comes back. */
export async function ends(t, args, options = {}, attendant = undefined) {
  const { expected, ...rest } = options
  t.timeout(PATIENCE)
  const { ms, ...result } = await attend(args, rest, attendant)
  const wanted = { ...passed, ...expected }
  if (wanted.stderr instanceof RegExp) {
    t.regex(result.stderr, wanted.stderr)
    wanted.stderr = result.stderr
  }
  t.deepEqual(result, wanted)
  return ms
}

/** Asserts that a program has passed, and returns the lines it printed before that. */
export async function passes(t, args, options = {}) {
  t.timeout(PATIENCE)
  const { stdout, stderr, code, signal, isLate } = await run(args, options)
  const lines = stdout.trimEnd().split('\n')
  t.deepEqual({ code, signal, isLate, stderr, last: lines.pop() }, { ...ended, last: 'pass' }, stdout)
  return lines
}
