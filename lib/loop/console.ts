// Output of a runner's loop: straight to the file descriptor.
//
// A worker's own `process.stdout` goes through the main thread's loop and shows nothing while that blocks. Promises
// whole lines, in order, at once, and none lost when a pipe is full: the write is repeated until the reader has made
// room. What cannot be written because nobody reads any more is dropped, as a terminal would.

import { Console } from 'node:console'
import { writeSync } from 'node:fs'
import { Writable } from 'node:stream'
import { native } from '../native/native.js'

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

function directStream(descriptor: number): Writable {
  return new Writable({
    decodeStrings: true,
    write(chunk: Uint8Array, _encoding, callback) {
      writeAll(descriptor, chunk)
      callback()
    },
    // Nothing is ever buffered here, so nothing has to be gathered.
  })
}

/** Node asks `process.stdout` by symbols of its own whether it wants more: the stream that was there answers. */
function answerFor(original: Writable, stream: Writable): void {
  const methods = original as unknown as Record<symbol, (...args: unknown[]) => unknown>
  for (const symbol of Object.getOwnPropertySymbols(Object.getPrototypeOf(original) as object)) {
    if (symbol in stream) continue
    Object.defineProperty(stream, symbol, { value: (...args: unknown[]) => methods[symbol]!(...args) })
  }
}

/** Gives this loop's `console`, `process.stdout` and `process.stderr` their direct way out. */
export function redirectOutput(): void {
  const stdout = directStream(1)
  const stderr = directStream(2)
  for (const [name, stream] of Object.entries({ stdout, stderr })) {
    answerFor(name === 'stdout' ? process.stdout : process.stderr, stream)
    Object.assign(stream, { fd: name === 'stdout' ? 1 : 2, isTTY: false })
    Object.defineProperty(process, name, { value: stream, configurable: true, enumerable: true, writable: true })
  }
  const direct = new Console({ stdout, stderr })
  for (const key of Object.keys(direct) as (keyof Console)[]) {
    // With --frozen-intrinsics it stays as it is, and writes to what process.stdout is now.
    if (typeof console[key] === 'function') Reflect.set(console, key, direct[key])
  }
}
