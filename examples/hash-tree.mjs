// Hashes all files of a directory on all cores, while the main thread blocks and draws a progress bar.
//
// Only a few files are begun at a time, however large the tree is. The order is that of the names, whatever is ready
// first. A file that cannot be read is told as such.
//
// Run it: node examples/hash-tree.mjs [path]

import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RunnerPool } from 'threaded-async'
import { clearBar, drawBar } from './modules/table.mjs'

const root = process.argv[2] ?? fileURLToPath(new URL('modules', import.meta.url))

/** Runs on one of the loops. */
async function hash(path) {
  const { createReadStream } = await import('node:fs')
  const { createHash } = await import('node:crypto')
  const digest = createHash('sha256')
  try {
    for await (const chunk of createReadStream(path)) digest.update(chunk)
    return digest.digest('hex')
  } catch ({ code }) {
    return `cannot be read: ${code}`
  }
}

const entries = readdirSync(root, { recursive: true, withFileTypes: true })
const paths = entries
  .filter(entry => entry.isFile())
  .map(({ parentPath, path, name }) => join(parentPath ?? path, name))
paths.sort()

const pool = new RunnerPool({ name: 'hash' })
const whole = createHash('sha256')
let done = 0
for (const sum of pool.mapWait(hash, paths, { concurrency: 2 * pool.size })) {
  const name = relative(root, paths[done]).replaceAll('\\', '/')
  drawBar(++done, paths.length, name)
  whole.update(`${name} ${sum}\n`)
}
clearBar()
console.log(`${done} files, ${whole.digest('hex').slice(0, 16)}`)
pool.close()
