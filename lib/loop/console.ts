// Output of a runner's loop: straight to the file descriptor, or through the streams of the thread that made the runner.
//
// A worker's own `process.stdout` goes through the main thread's loop and shows nothing while that blocks. Promises
// whole lines, in order, at once, and none lost when a pipe is full: the write is repeated until the reader has made
// room. What cannot be written because nobody reads any more is dropped, as a terminal would.

import { Console } from 'node:console'
import { writeSync } from 'node:fs'
import { Writable } from 'node:stream'
import { mapped } from '../methods.js'
import type { Outlet } from '../native/boot.js'
import { native } from '../native/native.js'
import { tellTerminal } from './terminal.js'

type Name = 'stdout' | 'stderr'
const descriptors = { stdout: 1, stderr: 2 } as const

const pause = new Int32Array(new SharedArrayBuffer(4))

/** Writes all of it, waiting for a reader that is behind, and for a loop that is in the middle of its own. */
function writeAll(descriptor: number, bytes: Uint8Array): void {
  while (!native.outputEnter(descriptor)) Atomics.wait(pause, 0, 0, 1)
  try {
    writePieces(descriptor, bytes)
  } finally {
    native.outputLeave(descriptor)
  }
}

function writePieces(descriptor: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(descriptor, bytes, written)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
      Atomics.wait(pause, 0, 0, 1)
    }
  }
}

type Write = (chunk: string | Uint8Array, encoding: BufferEncoding) => void

/** A stream that has written a chunk when `write` returns: nothing is ever buffered, so nothing has to be gathered. */
function streamOf(write: Write, decodeStrings: boolean): Writable {
  return new Writable({
    decodeStrings,
    write(chunk: string | Uint8Array, encoding, callback) {
      write(chunk, encoding)
      callback()
    },
  })
}

function direct(name: Name): Writable {
  return streamOf(chunk => writeAll(descriptors[name], chunk as Uint8Array), true)
}

/** The maker's thread writes it. It is told once for all that it has not looked at. */
function throughMaker(name: Name, { port, isTold }: Outlet): Writable {
  return streamOf((chunk, encoding) => {
    const isText = typeof chunk === 'string' && (encoding === 'utf8' || encoding === 'utf-8')
    port.postMessage([name, isText ? chunk : Uint8Array.from(Buffer.from(chunk as string, encoding))])
    if (Atomics.exchange(isTold, 0, 1) === 0) native.outputTell()
  }, false)
}

/** What was printed before the core knew whose loop this is has been told to nobody. */
export function tellPrinted(outlet: Outlet | undefined): void {
  if (outlet !== undefined && Atomics.load(outlet.isTold, 0) === 1) native.outputTell()
}

/** Node asks `process.stdout` by symbols of its own whether it wants more: the stream that was there answers. */
function answerFor(original: Writable, stream: Writable): void {
  const methods = original as unknown as Record<symbol, (...args: unknown[]) => unknown>
  for (const symbol of Object.getOwnPropertySymbols(Object.getPrototypeOf(original) as object)) {
    if (symbol in stream) continue
    Object.defineProperty(stream, symbol, { value: (...args: unknown[]) => methods[symbol]!(...args) })
  }
}

/** Gives this loop's `console`, `process.stdout` and `process.stderr` their way out. */
export function redirectOutput(outlet: Outlet | undefined): void {
  const [stdout, stderr] = mapped(['stdout', 'stderr'] as const, name => {
    const stream = outlet === undefined ? direct(name) : throughMaker(name, outlet)
    answerFor(process[name], stream)
    Object.assign(stream, { fd: descriptors[name] })
    tellTerminal(stream, descriptors[name])
    Object.defineProperty(process, name, { value: stream, configurable: true, enumerable: true, writable: true })
    return stream
  })
  const own = new Console({ stdout: stdout!, stderr: stderr! })
  for (const key of Object.keys(own) as (keyof Console)[]) {
    // With --frozen-intrinsics it stays as it is, and writes to what process.stdout is now.
    if (typeof console[key] === 'function') Reflect.set(console, key, own[key])
  }
}
