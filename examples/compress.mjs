// A real job: the files of a directory are hashed (SHA-256) and compressed (gzip) by four tasks on a background loop.
//
// The main thread only ever blocks. It feeds the tasks through one bounded queue and drains them through another, so
// however large the directory is, only a few files are under way. Nothing is written; the table shows what gzip would
// make of the files. A file that cannot be read is listed as such and does not stop the others.
//
// Run it: node examples/compress.mjs [path...]

import { readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { AsyncRunner, Queue } from 'threaded-async'
import { clearBar, drawBar, printTable } from './modules/table.mjs'

const help = `Usage: node examples/compress.mjs [path...]

Hashes and compresses the files under the paths, and prints a table of their sizes.
Writes no files. Without a path it takes the sources of this repository.
Leaves out .git, node_modules, links, and what is neither a file nor a directory.
`
const repository = fileURLToPath(new URL('..', import.meta.url))
const sources = ['src', 'lib', 'index.ts', 'examples'].map(name => join(repository, name))
const leftOut = new Set(['.git', 'node_modules'])

/** Runs on the loop: measures one file after the other, until there are none left. */
async function worker(files, results) {
  const { open } = await import('node:fs/promises')
  const { pipeline } = await import('node:stream/promises')
  const { createHash } = await import('node:crypto')
  const { createGzip } = await import('node:zlib')

  async function measure(path) {
    const file = await open(path)
    const hash = createHash('sha256')
    let [size, compressed] = [0, 0]
    await pipeline(
      file.createReadStream(),
      async function* (chunks) {
        for await (const chunk of chunks) {
          hash.update(chunk)
          size += chunk.length
          yield chunk
        }
      },
      createGzip(),
      async chunks => {
        for await (const chunk of chunks) compressed += chunk.length
      },
    )
    return { path, size, compressed, sha256: hash.digest('hex') }
  }

  for await (const path of files) {
    const result = await measure(path).catch(({ code, message }) => ({ path, problem: code ?? message }))
    await results.put(result)
  }
}

/** Runs on the main thread: blocks until all files are done, and calls `tell` for each as it is done. */
function compress(paths, tell) {
  return AsyncRunner.use(runner => {
    const files = new Queue(runner, { maxsize: 16 })
    const results = new Queue(runner, { maxsize: 16 })
    for (let i = 0; i < 4; i++) runner.createTask(worker, [files, results])

    const done = []
    function drain() {
      done.push(results.getWait())
      tell(done.length, done.at(-1).path)
    }
    for (const path of paths) {
      // While files wait to be measured there are results to come, so this ends.
      while (files.full()) drain()
      files.putWait(path)
    }
    files.shutdown()
    while (done.length < paths.length) drain()
    return done
  })
}

/** Lists the files at and under a path; a directory that cannot be read is listed with the reason. */
function* filesUnder(path, status = statSync(path)) {
  if (status.isFile()) yield { path }
  if (!status.isDirectory()) return
  try {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (!leftOut.has(entry.name)) yield* filesUnder(join(path, entry.name), entry)
    }
  } catch ({ code }) {
    yield { path, problem: code }
  }
}

function main() {
  const { values, positionals } = parseArgs({
    options: { help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  })
  if (values.help) return void process.stdout.write(help)

  const begin = performance.now()
  const isDefault = positionals.length === 0
  const nameOf = path => (isDefault ? relative(repository, path) : path)
  const found = (isDefault ? sources : positionals).flatMap(root => [...filesUnder(root)])
  const unread = found.filter(({ problem }) => problem !== undefined)
  const paths = found.filter(({ problem }) => problem === undefined).map(({ path }) => path)
  const results = compress(paths, (count, path) => drawBar(count, paths.length, nameOf(path)))
  clearBar()
  printTable([...results, ...unread].map(each => ({ ...each, name: nameOf(each.path) })))
  console.log(`Took ${Math.round(performance.now() - begin)} ms.`)
}

try {
  main()
} catch (error) {
  if (!('code' in error)) throw error
  const isMissing = error.code === 'ENOENT' && error.syscall === 'stat'
  console.error(`compress: ${isMissing ? `there is no '${error.path}'` : error.message}`)
  process.exitCode = 1
}
