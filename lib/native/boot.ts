// What the thread of a runner is told at its start, which also tells whether this thread is one.
//
// Promises to be undefined on every other thread, and in another copy of this package that is loaded on a runner's
// thread. Imports nothing of the package, since it tells from where the addon is loaded.

import { workerData, type MessagePort } from 'node:worker_threads'

/** Shared memory under its number. */
export interface Announcement {
  id: number
  memory: SharedArrayBuffer
}

/** Which shared memory was announced before a thread was started, and where it finds what was announced since. */
export interface Ears {
  known: Announcement[]
  early: MessagePort | undefined
}

/** Where a loop whose output goes through its maker's streams puts it. */
export interface Outlet {
  port: MessagePort
  /** One number: 1 while the maker has been told that there is something, and has not looked yet. */
  isTold: Int32Array
}

/** A file of the package as it was compiled, for threads that compile it again. */
export interface Code {
  text: string
  /** What V8 has made of it: the length, and the rest from the eighth byte on. */
  cache: SharedArrayBuffer
}

/** Those of the package's files that were compiled, by their names. */
export type Codes = Record<string, Code>

/** What the file that a thread starts with says to the rest of the package, where it has compiled that. */
export interface Start {
  /** Returns what a loop will need. */
  codes(): Codes
  /** Keeps what V8 has made of that so far, for the loops that this process will start. */
  keep(): void
  /** Compiles a file, and returns what it exports. */
  part(name: string): (...args: any[]) => void
  /** `import()`, which code that is compiled so does not have. */
  load(url: string): Promise<unknown>
}

/** What the thread of a runner is told. */
export interface BootData {
  /** The file of the copy of this package that has made the runner. */
  file: string
  /** The native addon's file, where it is known. */
  addon: string | undefined
  /** Left out where the maker has not compiled the package itself. */
  codes?: Codes
  runner: number
  name: string
  /** Of how many runners it is the last, each of which was made on the loop of the one before. */
  depth: number
  /** Whether the thread is started ahead of its runner, and has time to warm up. */
  isAhead: boolean
  /** Carries nothing. Its other end, with the maker, is closed when this thread ends. */
  port: MessagePort
  ears: Ears
  /** Left out where its output goes straight to the descriptors. */
  outlet?: Outlet
}

/** What this thread was told, if it is the thread of a runner of this very copy. */
export const bootData: BootData | undefined =
  (workerData as Partial<BootData> | null | undefined)?.file === __filename ? (workerData as BootData) : undefined

/** The file that each thread begins with, of this copy of the package. */
export const ownFile = __filename

/** The file that a thread starts with where the package was loaded by it; told without asking `node:path`. */
export const startFile = `${__filename.slice(0, -'threaded-async.cjs'.length)}start.cjs`

/** Left out where the package was loaded in another way, or in another realm than Node's own. */
export const start = (module as { start?: Start }).start
