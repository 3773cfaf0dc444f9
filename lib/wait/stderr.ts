// What the package says by itself: straight to the descriptor of standard error.
//
// A thread that blocks, or that is about to end, comes to no loop that would write it. Promises to wait for a reader that
// is behind, but not for long, and never to throw.

import { writeSync } from 'node:fs'
import { inspect } from 'node:util'

/** For how many milliseconds a reader that does not read is waited for. */
const PATIENCE = 500

const pause = new Int32Array(new SharedArrayBuffer(4))

/** Writes a text with the package's name before it, as lines of their own. */
export function say(text: string): void {
  const bytes = Buffer.from(`threaded-async: ${text}\n`)
  const end = performance.now() + PATIENCE
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(2, bytes, written)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || performance.now() > end) return
      Atomics.wait(pause, 0, 0, 1)
    }
  }
}

/** Whatever was thrown, as text, with its stack. */
export function thrownText(thrown: unknown): string {
  try {
    return inspect(thrown)
  } catch {
    return 'Something was thrown that cannot even be shown.'
  }
}
