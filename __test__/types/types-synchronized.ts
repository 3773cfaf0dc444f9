// Type tests of modules that block and of pools. Nothing here is ever run.
//
// Promises that async functions become blocking ones with the same parameters, that the same holds for the methods of
// what they return, and that options are spelled as they are documented.

import {
  RunnerPool,
  synchronized,
  taskModule,
  type MapOptions,
  type Synchronized,
  type SynchronizedModule,
  type SynchronizedOptions,
} from 'threaded-async'
import threadedAsync from 'threaded-async/eslint-plugin'

/** Fails to compile unless both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function is<_Claim extends true>(): void {}

declare class Connection {
  private socket: number
  readonly id: number
  label?: string
  static open(url: string): Promise<Connection>
  constructor(url: string)
  query(sql: string, ...values: unknown[]): Promise<{ rows: { id: number }[]; at: Date }>
  rows(): AsyncGenerator<{ id: number }>
  [Symbol.asyncDispose](): Promise<void>
}

interface Database {
  connect(url: string): Promise<Connection>
  readonly version: string
  Connection: typeof Connection
  settings(): { retries: number; onRetry(): Promise<boolean> }
  pair(): [Connection, number]
  bytes(): Promise<Uint8Array>
  index(): Map<string, Date>
  then(): void
}

const db = synchronized<Database>('./db.js')
is<Same<typeof db, SynchronizedModule<Database>>>()
const connection = db.connect('postgres://')
is<Same<typeof connection.id, number>>()
is<Same<typeof connection.label, string | undefined>>()
const result = connection.query('select $1', 1)
is<Same<typeof result.at, Date>>()
const first: number = result.rows[0]!.id
for (const row of connection.rows()) is<Same<typeof row.id, number>>()
connection[Symbol.dispose]()
db[Symbol.dispose]()
const made = new db.Connection('postgres://')
const opened = db.Connection.open('postgres://')
is<Same<typeof made.id, number>>()
is<Same<typeof opened.id, number>>()
is<Same<ReturnType<ReturnType<typeof db.settings>['onRetry']>, boolean>>()
const [one, two] = db.pair()
is<Same<typeof one.id, number>>()
is<Same<typeof two, number>>()
is<Same<ReturnType<typeof db.bytes>, Uint8Array>>()
is<Same<ReturnType<typeof db.index>, Map<string, Date>>>()
// @ts-expect-error the parameters are those of the function
db.connect(5)
// @ts-expect-error the module has no such function
db.disconnect()
// @ts-expect-error a module that could be awaited would be
db.then()

const path = synchronized<typeof import('node:path')>(new URL('node:path'))
is<Same<ReturnType<typeof path.basename>, string>>()
const anything = synchronized('./anything.js')
anything.whatever(1).is.there()

const options: SynchronizedOptions = { timeout: 5, restart: true, name: 'db', exitTimeout: 5 }
synchronized<Database>('./db.js', options)
// @ts-expect-error an unknown option
synchronized<Database>('./db.js', { reset: true })
// @ts-expect-error a module is a text or a URL
synchronized<Database>(5)
is<Same<Synchronized<Promise<string> | number>, string | number>>()

// --- pools

const pool = new RunnerPool({ size: 2, name: 'work', exitTimeout: 5 })
// @ts-expect-error an unknown option
new RunnerPool({ threads: 2 })
is<Same<ReturnType<typeof pool.close>, void>>()
const sum = pool.run(async (a: number, b: number) => a + b, [1, 2], { timeout: 5 })
is<Same<typeof sum, number>>()
// @ts-expect-error the arguments are those of the function
pool.createTask(async (a: number) => a, ['1'])
const mapping: MapOptions = { concurrency: 2, ordered: false }
for (const text of pool.mapWait(async (n: number) => `${n}`, [1, 2], mapping)) is<Same<typeof text, string>>()
pool.mapWait(async (n: number) => n, [1], { concurrency: 2, timeout: 5 })
// @ts-expect-error a map that awaits has no timeout
pool.map(async (n: number) => n, [1], { timeout: 5 })
async function mapped(): Promise<void> {
  for await (const n of pool.map(async (text: string) => text.length, ['a'])) is<Same<typeof n, number>>()
  const { basename } = taskModule<{ basename(path: string): Promise<string> }>('node:path')
  async function* paths(): AsyncGenerator<string> {
    yield '/a/b'
  }
  for await (const name of pool.map(basename, paths())) is<Same<typeof name, string>>()
}
// @ts-expect-error items are what the function takes
pool.mapWait(async (n: number) => n, ['a'])
// @ts-expect-error a blocking map takes no async iterable
pool.mapWait(async (n: number) => n, (async function* () {})())

export { mapped }
export { first, one, two, made, opened, path }

// --- the plugin for ESLint

const { rules, configs } = threadedAsync
is<Same<typeof rules extends { 'no-captured-variables': object } ? true : false, true>>()
is<Same<typeof configs.recommended.rules, Record<string, 'error'>>>()
export const config: import('eslint').Linter.Config[] = [threadedAsync.configs.recommended]
export const plugins: import('eslint').Linter.Config = { plugins: { 'threaded-async': threadedAsync } }
