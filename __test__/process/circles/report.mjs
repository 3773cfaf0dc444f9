// What the programs of this folder that import themselves print: what they come to, and how often they were imported.

import { AsyncRunner } from 'threaded-async'

const isMain = AsyncRunner.current === undefined

/** Counts an import, on whichever thread. */
export function countImport() {
  process.env.IMPORTS = String(Number(process.env.IMPORTS ?? 0) + 1)
}

/** Awaits a program. On a loop its error is that of the import. */
export async function report(main) {
  try {
    console.log('result', await main())
  } catch (error) {
    if (!isMain) throw error
    console.log(error.code)
  }
}

/** The last lines of the main thread. */
export function end() {
  if (!isMain) return
  console.log('imports', process.env.IMPORTS)
  console.log('pass')
}
