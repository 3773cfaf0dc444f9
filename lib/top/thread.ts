// The thread that looks on: it draws, or it lets others look.
//
// Promises to look on while every other thread blocks or is stuck, which is why it is a thread of its own; to write whole
// pictures, so that a program that is ended leaves the terminal as it was; and that a picture that cannot be written ends
// the looking, not the program.

import { rmSync, writeSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { workerData } from 'node:worker_threads'
import { native } from '../native/native.js'
import { draw, over } from './draw.js'
import { snapshot } from './snapshot.js'
import { guard, makeFolder, ownSocket } from './socket.js'

/** What the thread is told. */
export interface TopData {
  /** In milliseconds. */
  interval: number
  listens: boolean
  /** The descriptor to write to. */
  descriptor: number
  isTerminal: boolean
  hasColors: boolean
  /** One number: 1 from the moment at which the looking is over; 2 where it has begun to listen, -1 where it cannot. */
  state: Int32Array
}

const { interval, listens, descriptor, isTerminal, hasColors, state } = workerData as TopData

const nothing = Function.prototype as () => void
native.listen(nothing, nothing, nothing, nothing, nothing, 'threaded-async/top')

function isOver(): boolean {
  return Atomics.load(state, 0) === 1
}

function write(text: string): boolean {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(descriptor, bytes, written)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || isOver()) return false
      Atomics.wait(state, 1, 0, 1)
    }
  }
  return true
}

/** A terminal that does not know its size says 0. */
function windowSize(): { columns: number; rows: number } {
  const [columns = 0, rows = 0] = native.outputWindow(descriptor) ?? []
  return { columns: columns || 80, rows: rows || 24 }
}

function drawOn(): void {
  let before = 0
  let last = windowSize()
  while (!isOver()) {
    const { columns, rows } = windowSize()
    const lines = draw(snapshot(native), { columns, rows, hasColors })
    const isResized = columns !== last.columns || rows !== last.rows
    if (!write(over(lines, before, isResized))) return
    before = lines.length
    last = { columns, rows }
    Atomics.wait(state, 0, 0, interval)
  }
}

/** Where nobody looks at a terminal, one picture is enough. */
function drawOnce(): void {
  const lines = draw(snapshot(native), { columns: 200, rows: Infinity, hasColors: false })
  write(`${lines.join('\n')}\n`)
}

/** Tells each that connects, a line of JSON each time. */
function serve(): void {
  const path = ownSocket()
  const server = createServer(socket => tell(socket))
  server.on('error', error => {
    Atomics.store(state, 0, -1)
    Atomics.notify(state, 0)
    throw error
  })
  makeFolder()
  if (process.platform !== 'win32') rmSync(path, { force: true }) // One that a process of this number has left.
  server.listen(path, () => {
    guard(path)
    Atomics.compareExchange(state, 0, 0, 2)
    Atomics.notify(state, 0)
  })
}

function tell(socket: Socket): void {
  const next = () => {
    if (socket.writableNeedDrain) return
    socket.write(`${JSON.stringify(snapshot(native))}\n`)
  }
  const timer = setInterval(next, interval)
  socket.on('error', nothing)
  socket.on('close', () => clearInterval(timer))
  socket.resume()
  next()
}

if (listens) serve()
else if (isTerminal) drawOn()
else drawOnce()
