// What loops print whose runners were made with `stdout: 'main'`, on the thread that has made them.
//
// Promises that all of it goes through this thread's `process.stdout` and `process.stderr` as they are when it is written,
// whatever a program has made of them; in the order in which the loop has printed it; before a wait of this thread ends that
// the loop has served afterwards; and what was printed before a runner's end, or the end of the process, not later than
// that. What a stream throws is an uncaught error of this thread, and keeps nothing else from being written.

import { MessageChannel, receiveMessageOnPort, type MessagePort } from 'node:worker_threads'
import type { Outlet } from '../native/boot.js'
import { threadWide } from '../native/thread-wide.js'
import { onPrinted } from '../wait/doors.js'

/** What a loop has printed, and by which stream. */
type Printed = [stream: 'stdout' | 'stderr', chunk: string | Uint8Array]

interface Inlet {
  readonly port: MessagePort
  readonly isTold: Int32Array
}

/** Those of the runners of this thread, by their numbers. */
const inlets = threadWide('outlets', () => {
  const opened = new Map<number, Inlet>()
  process.prependListener('exit', () => opened.forEach(write))
  return opened
})

/** Makes the way by which the loop of a runner will tell what it prints. */
export function openOutlet(runner: number): Outlet {
  const { port1, port2: port } = new MessageChannel()
  const isTold = new Int32Array(new SharedArrayBuffer(4))
  port1.unref()
  inlets.set(runner, { port: port1, isTold })
  onPrinted(writeAll, true)
  return { port, isTold }
}

/** Writes what the loop of a runner has printed. */
export function writeOutput(runner: number): void {
  const inlet = inlets.get(runner)
  if (inlet !== undefined) write(inlet)
}

/** Writes the rest of it: the runner has ended, or never begun. */
export function closeOutlet(runner: number): void {
  writeOutput(runner)
  inlets.get(runner)?.port.close()
  inlets.delete(runner)
  if (inlets.size === 0) onPrinted(writeAll, false)
}

/** Writes what loops have printed. For a loop that has printed nothing it only reads one shared word. */
function writeAll(): void {
  inlets.forEach(inlet => {
    if (Atomics.load(inlet.isTold, 0) !== 0) write(inlet)
  })
}

function write({ port, isTold }: Inlet): void {
  Atomics.store(isTold, 0, 0) // First: what is printed from now on is told anew.
  for (let received = receiveMessageOnPort(port); received !== undefined; received = receiveMessageOnPort(port)) {
    pass(received.message as Printed)
  }
}

function pass({ 0: name, 1: chunk }: Printed): void {
  try {
    const bytes = typeof chunk === 'string' ? undefined : chunk
    process[name].write(bytes === undefined ? chunk : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  } catch (thrown) {
    process.nextTick(() => {
      throw thrown
    })
  }
}
