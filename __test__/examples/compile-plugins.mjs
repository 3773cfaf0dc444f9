// Plugins for the compiler's spec; they run on its loop.
//
// What keeps the compiler waiting is released by an event of the test.

import { NodePackageImporter, SassNumber, SassString } from 'sass'
import { sleep } from 'threaded-async'
import { setImmediate } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'

/** `thread()`: where it runs, after timers and immediates there. */
export async function thread() {
  await sleep(30)
  await setImmediate()
  return new SassNumber(threadId)
}

/** `waits()`: never answers; ends with its task only. */
export async function waits() {
  await sleep(Infinity)
}

/** `spins()`: never answers, and never lets go of its loop. */
export function spins() {
  for (;;);
}

/** `fails()`: with an error of Node's own, by then on the loop. */
export async function fails() {
  const { readFile } = await import('node:fs/promises')
  return new SassString(await readFile(new URL('file:///nowhere/at/all'), 'utf8'))
}

/** `heap()`: what lives on this thread's heap, in kB. */
export async function heap() {
  gc()
  return new SassNumber(Math.round(process.memoryUsage().heapUsed / 1024))
}

/** An importer of `late:`, whose every answer takes a turn of the loop. */
export async function late(contents) {
  await setImmediate()
  return {
    async canonicalize(url) {
      await setImmediate()
      return url.startsWith('late:') ? new URL(url) : null
    },
    async load() {
      await setImmediate()
      return { contents, syntax: 'scss' }
    },
  }
}

/** An importer that fails to load. */
export function broken() {
  return {
    async canonicalize(url) {
      return new URL(`broken:${url}`)
    },
    async load(url) {
      await setImmediate()
      throw new RangeError(`no ${url.pathname}`)
    },
  }
}

/** An importer of `pkg:`, which Sass itself brings. */
export function packages(directory) {
  return new NodePackageImporter(directory)
}
