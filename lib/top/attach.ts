// `npx threaded-async top <pid>`: draws what another process of this user tells of itself.
//
// Promises to open nothing but a socket that belongs to this user, to end by Ctrl-C, by the other's end, or when nobody
// reads any more, and to say what to do where that process does not listen.

import { createConnection } from 'node:net'
import { createInterface } from 'node:readline'
import { draw, over } from './draw.js'
import type { Snapshot } from './snapshot.js'
import { listening, socketOf } from './socket.js'

const usage = `Usage: threaded-async top [pid]

Draws the loops and queues of a process that runs threaded-async, until Ctrl-C. The process lets itself be
looked at where it was started with THREADED_ASYNC_TOP=1, or has called top({ listen: true }) of
threaded-async/top. Without a pid: the only one of your processes that does.`

function fail(sentence: string): never {
  console.error(sentence)
  process.exit(1)
}

function chosen(argument: string | undefined): number {
  if (argument !== undefined) {
    if (!/^[1-9]\d*$/.test(argument)) fail(`'${argument}' is no process number.\n\n${usage}`)
    return Number(argument)
  }
  const pids = (listening() ?? []).filter(isAlive)
  if (pids.length === 1) return pids[0]!
  if (pids.length === 0) fail(`None of your processes lets itself be looked at.\n\n${usage}`)
  fail(`Several of your processes let themselves be looked at; say which: ${pids.join(', ')}.`)
}

function isAlive(pid: number): boolean {
  return stateOf(pid) === undefined
}

/** Why there is nothing to look at in a process; undefined where it is one of this user's. */
function stateOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0)
    return undefined
  } catch (error) {
    const isOthers = (error as NodeJS.ErrnoException).code === 'EPERM'
    return isOthers ? `Process ${pid} belongs to another user.` : `There is no process ${pid}.`
  }
}

/** The socket of a process, or the end of this one. */
function found(pid: number): string {
  try {
    return socketOf(pid) ?? fail(notListening(pid))
  } catch (error) {
    fail((error as Error).message)
  }
}

/** How long a process may say nothing before that is told, in milliseconds: it tells of itself while its thread blocks, too. */
const SILENCE = 2000

function attach(pid: number): void {
  const socket = createConnection(found(pid))
  socket.on('error', error => {
    const { code } = error as NodeJS.ErrnoException
    fail(code === 'ENOENT' || code === 'ECONNREFUSED' ? notListening(pid) : error.message)
  })
  const silence = setTimeout(() => console.error(`Process ${pid} says nothing: is it stopped?`), SILENCE)
  socket.once('data', () => clearTimeout(silence))
  socket.once('close', () => clearTimeout(silence))
  process.stdout.on('error', () => process.exit(0)) // Nobody reads any more.
  let before = 0
  let size = ''
  createInterface({ input: socket, terminal: false }).on('line', line => {
    const { isTTY = false } = process.stdout
    const columns = process.stdout.columns || (isTTY ? 80 : 200)
    const rows = process.stdout.rows || (isTTY ? 24 : Infinity)
    const hasColors = isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
    const lines = draw(JSON.parse(line) as Snapshot, { columns, rows, hasColors })
    if (!isTTY) {
      socket.destroy()
      process.stdout.write(`${lines.join('\n')}\n`)
      return
    }
    const isResized = size !== '' && size !== `${columns}x${rows}`
    process.stdout.write(over(lines, before, isResized))
    before = lines.length
    size = `${columns}x${rows}`
  })
  socket.on('close', () => {
    process.exitCode ??= 0
  })
}

function notListening(pid: number): string {
  const listen = 'start it with THREADED_ASYNC_TOP=1, or call top({ listen: true }) in it.'
  return stateOf(pid) ?? `Process ${pid} does not let itself be looked at: ${listen}`
}

const [command, argument, ...others] = process.argv.slice(2)
if (command === 'top' && others.length === 0) attach(chosen(argument))
else if (command === '--help' || command === '-h') console.log(usage)
else fail(usage)
