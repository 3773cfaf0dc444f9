// Every example is run as a program of its own, and everything it prints is compared.
//
// Promises that the simulations print what SimPy prints for the same models (its outputs are beside them), that no example
// goes without an expectation, that none writes to stderr, and that the tour (`npm start`)
// shows the sources it runs. Times are masked; sizes and hashes are computed here.

import test from 'ava'
import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { missing } from '../support/nats-server.mjs'
import { PATIENCE, run as runProgram } from '../support/program.mjs'

const examples = fileURLToPath(new URL('../../examples/', import.meta.url))

/** Runs an example to its end, in a directory of its own. Times are masked. */
async function run(t, name, args = [], env = {}) {
  t.timeout(PATIENCE)
  const { code, signal, isLate, stdout, stderr } = await runProgram([join(examples, name), ...args], {
    cwd: t.context.directory,
    env,
  })
  return { code, signal, isLate, stderr, stdout: stdout.replace(/^Took \d+ ms\.$/m, 'Took … ms.') }
}

const ended = { code: 0, signal: null, isLate: false, stdout: '', stderr: '' }
const ok = stdout => ({ ...ended, stdout })
const failed = stderr => ({ ...ended, stderr, code: 1 })

test.beforeEach(t => {
  t.context.directory = mkdtempSync(join(tmpdir(), 'threaded-async-examples-'))
})

test.afterEach.always(t => {
  rmSync(t.context.directory, { recursive: true, force: true })
})

const outputs = {
  'quick-start.mjs': '10\n',
  'queue-worker.mjs': '1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n',
  'linter.mjs': 'line 2: debugger is forbidden\nline 3: 53 characters, 40 allowed\n',
  'pipeline.mjs': '20 lines, the last of them: a square of 400\nnever more than 2 numbers waiting\n',
  'race.mjs': 'main: the task is searching\nloop: aborted, The event was set.\nmain: the search was called off\n',
  'future.mjs': '3\nRangeError: no numbers, no mean\n',
  'task-module.mjs':
    '162b39e21ce1  a queue\nf2ee906a036a  an event\n827d14dddf5a  a future\n162b39e21ce1  a queue\n' +
    '3 different texts on this loop\n0 on another\n',
  'cancellation.mjs':
    'loop: downloading\nloop: removing the half of the file that is there\nloop: removed\n' +
    "main: Task 'download' was cancelled.\n",
  'compile.mjs':
    'header {\n  min-height: calc(100vh - 1.5625rem);\n}\n\n' +
    'body {\n  background: hsl(40, 30%, 96%);\n  color: black;\n  font: 1rem/1.5 "Inter", sans-serif;\n}\n\n' +
    '.button {\n  background: #0B5FFF;\n  color: white;\n  font: 0.8rem "Fira Code", monospace;\n}\n' +
    '.button:hover {\n  background: RebeccaPurple;\n  color: white;\n}\n\n' +
    '.card {\n  background: url("/logo.svg?e19be8a7");\n  padding-block: 2px;\n  padding-inline: 4px;\n}\n\n' +
    '@media (prefers-color-scheme: dark) {\n  body {\n    background: #101418;\n    color: white;\n  }\n}\n\n' +
    '_mixins.scss:3: $background: "red" is not a color. Thrown by readable-on($background).\n',
  'format-sync.mjs':
    "true\nconst a = { b: 1 }\nconsole.log('hello', a)\n\na {\n  color: red;\n  background: blue;\n}\n\n" +
    'SyntaxError: Unexpected token (1:7)\n',
  'screeps.mjs':
    'ada: 30 creeps, 20 energy, plays\nbob: 1 creeps, 10 energy, plays\neve: 1 creeps, 0 energy, ERR_SCRIPT_BUDGET\ntrue\n',
  'failures.mjs':
    'main: an error: SyntaxError\nmain: a timeout: EventLoopTimeoutError, ERR_EVENT_LOOP_TIMEOUT\n' +
    'loop: removing what is there\nmain: a cancellation: CancelledError, ERR_CANCELLED\n',
  'errors.mjs': "true { SyntaxError\nParseError: cannot parse '[1, 2'\nParseError: cannot parse '{\"a\"'\n",
}

/** What SimPy itself prints for the simulations. */
const simulations = ['car', 'bank', 'gas-station']
for (const name of simulations) outputs[`${name}.mjs`] = readFileSync(join(examples, `simulation/${name}.out`), 'utf8')

for (const [name, stdout] of Object.entries(outputs)) {
  test.serial(`${name} prints what it says`, async t => {
    t.deepEqual(await run(t, name), ok(stdout))
  })
}

// arena.mjs has a spec of its own.
test('no example goes without an expectation', t => {
  const names = readdirSync(examples).filter(name => name.endsWith('.mjs'))
  t.deepEqual(
    names.sort(),
    [
      ...Object.keys(outputs),
      'arena.mjs',
      'compress.mjs',
      'hash-tree.mjs',
      'nats.mjs',
      'postgres.mjs',
      'tour.mjs',
    ].sort(),
  )
})

// --- hash-tree.mjs, nats.mjs, postgres.mjs

test.serial('hash-tree.mjs hashes every file of a tree, in the order of their names', async t => {
  const { directory } = t.context
  mkdirSync(join(directory, 'tree/inner'), { recursive: true })
  const whole = createHash('sha256')
  for (const name of ['a.txt', 'b.bin', 'inner/c.txt']) {
    const content = randomBytes(1000)
    writeFileSync(join(directory, 'tree', name), content)
    whole.update(`${name} ${createHash('sha256').update(content).digest('hex')}\n`)
  }
  t.deepEqual(await run(t, 'hash-tree.mjs', ['tree']), ok(`3 files, ${whole.digest('hex').slice(0, 16)}\n`))
})

const nats = missing === undefined ? test.serial : test.serial.skip

nats('nats.mjs has a game with the scripts of two machines, and a pipeline over several', async t => {
  const expected = ok(
    'The game waits for 4 robots.\nThe red robots join.\nThe blue robots join.\n' +
      'round 1: red 1 is at 1, red 2 is at 3, blue 1 is at 2, blue 2 is at 5\n' +
      'round 2: red 1 is at 2, red 2 is at 6, blue 1 is at 4, blue 2 is at 10\n' +
      'round 3: red 1 is at 3, red 2 is at 9, blue 1 is at 6, blue 2 is at 15\n' +
      '2 producers, 3 consumers: the sum of the squares up to 20 is 2870\n',
  )
  t.deepEqual(await run(t, 'nats.mjs'), expected)
})

test.serial('nats.mjs says so where there is no server', async t => {
  const { stdout, ...rest } = await run(t, 'nats.mjs', [], { NATS_SERVER: 'no-such-program' })
  t.deepEqual({ ...rest, stdout: '' }, ended)
  t.regex(stdout, /^There is no nats-server on the PATH: apt install nats-server, /)
})

test.serial('postgres.mjs says so where there is no server', async t => {
  const { stdout, ...rest } = await run(t, 'postgres.mjs', [], { PGHOST: '127.0.0.1', PGPORT: '1' })
  t.deepEqual({ ...rest, stdout: '' }, ended)
  t.regex(stdout, /^There is no server to talk to \(ECONNREFUSED\)/)
})

test.serial('postgres.mjs shows rows and the error of a query, where PGHOST names a server', async t => {
  const { PGHOST } = process.env
  if (PGHOST === undefined) {
    t.log('Skipped: PGHOST names no server to ask.')
    return t.pass()
  }
  const { stdout, ...rest } = await run(t, 'postgres.mjs')
  t.deepEqual({ ...rest, stdout: '' }, ended)
  t.regex(stdout, /│ 2 +│ 3 │ 9 +│/)
  t.regex(stdout, /^42P01: relation "no_such_table" does not exist$/m)
})

// --- compress.mjs

const header = 'file                  size      gzip     saved  sha256\n'

/** The row of the table that a file of this content gets. */
function rowOf(name, content, width = 16) {
  const [size, compressed] = [content.length, gzipSync(content).length]
  const saved = size === 0 ? '' : `${Math.round((1 - compressed / size) * 100)} %`
  return `${cells(name, width, size, compressed, saved)}  ${createHash('sha256').update(content).digest('hex').slice(0, 12)}\n`
}

function cells(name, width, size, compressed, saved) {
  const texts = [size, compressed].map(bytes => (bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`))
  return name.padEnd(width) + [...texts, saved].map(text => text.padStart(10)).join('')
}

function sumOf(contents, width = 16) {
  const sum = sizes => sizes.reduce((total, size) => total + size, 0)
  const [size, compressed] = [sum(contents.map(each => each.length)), sum(contents.map(each => gzipSync(each).length))]
  const noun = contents.length === 1 ? 'file' : 'files'
  return `${cells(`${contents.length} ${noun}`, width, size, compressed, `${Math.round((1 - compressed / size) * 100)} %`)}\n`
}

const text = Buffer.from('to and fro, '.repeat(500))
const binary = randomBytes(3000)
const empty = Buffer.alloc(0)

test.serial('compress.mjs measures every kind of file, and leaves out what is none', async t => {
  const at = name => join(t.context.directory, name)
  for (const name of ['in', 'in/deep', 'in/.git', 'in/node_modules']) mkdirSync(at(name))
  writeFileSync(at('in/text'), text)
  writeFileSync(at('in/deep/binary'), binary)
  writeFileSync(at('in/empty'), empty)
  writeFileSync(at('in/.git/text'), text)
  writeFileSync(at('in/node_modules/text'), text)
  symlinkSync(at('in'), at('in/deep/round'))
  const rows = rowOf('in/text', text) + rowOf('in/deep/binary', binary) + rowOf('in/empty', empty)
  const expected = ok(`${header}${rows}${sumOf([text, binary, empty])}Took … ms.\n`)
  t.deepEqual(await run(t, 'compress.mjs', ['in']), expected)
})

test.serial('compress.mjs shows the largest of many files, and the sum of the others', async t => {
  const contents = Array.from({ length: 100 }, (_, i) => Buffer.alloc(2000 - i, `${i}`))
  for (const [i, content] of contents.entries()) writeFileSync(join(t.context.directory, `${i}`), content)
  const { stdout, ...others } = await run(t, 'compress.mjs', ['.'])
  const rows = contents.slice(0, 12).map((content, i) => rowOf(`${i}`, content))
  const rest = sumOf(contents.slice(12)).replace('88 files   ', 'and 88 more')
  t.is(stdout, `${header}${rows.join('')}${rest}${sumOf(contents)}Took … ms.\n`)
  t.deepEqual({ ...others, stdout: '' }, ended)
})

test.serial('compress.mjs takes a single file, and shows a name as text', async t => {
  const name = 'a\x1b[31m\tb\n'
  writeFileSync(join(t.context.directory, name), text)
  const expected = ok(`${header}${rowOf('a?b?', text)}${sumOf([text])}Took … ms.\n`)
  t.deepEqual(await run(t, 'compress.mjs', [name]), expected)
})

test.serial('compress.mjs names what it cannot read, and goes on', async t => {
  const name = Buffer.from('bad\xff', 'latin1')
  try {
    // A name that is no text: Node lists it, and then does not find it. Root could read any file by its rights.
    writeFileSync(Buffer.concat([Buffer.from(`${t.context.directory}/`), name]), text)
  } catch {
    return t.pass('This file system refuses such names.')
  }
  writeFileSync(join(t.context.directory, 'good'), text)
  const expected = `${header}${rowOf('good', text)}${sumOf([text])}bad\ufffd could not be read: ENOENT\nTook … ms.\n`
  t.deepEqual(await run(t, 'compress.mjs', ['.']), ok(expected))
})

test.serial('compress.mjs says so where there is nothing to do', async t => {
  t.deepEqual(await run(t, 'compress.mjs', ['.']), ok('There are no files to compress.\nTook … ms.\n'))
})

test.serial('compress.mjs ends with 1 where there is no such path', async t => {
  t.deepEqual(await run(t, 'compress.mjs', ['nowhere']), failed("compress: there is no 'nowhere'\n"))
})

test.serial('compress.mjs explains itself', async t => {
  const { stdout, stderr, code } = await run(t, 'compress.mjs', ['--help'])
  t.regex(stdout, /^Usage: node examples\/compress\.mjs \[path\.\.\.\]\n/)
  t.deepEqual([stderr, code], ['', 0])
})

test.serial('compress.mjs refuses an option it does not know', async t => {
  const { stdout, stderr, code } = await run(t, 'compress.mjs', ['--fast'])
  t.regex(stderr, /^compress: Unknown option '--fast'/)
  t.deepEqual([stdout, code], ['', 1])
})

test.serial('compress.mjs draws a bar in a terminal, and leaves nothing of it', async t => {
  for (const name of ['a', 'b', 'c']) writeFileSync(join(t.context.directory, name), text)
  const terminal = 'data:text/javascript,process.stdout.isTTY=true;process.stdout.columns=40'
  const { stdout, ...others } = await run(t, 'compress.mjs', ['.'], {
    NODE_OPTIONS: `--import=${terminal}`,
    NO_COLOR: '1',
  })
  const [before, ...lines] = stdout.split('\r\x1b[2K')
  t.is(before, '')
  const bars = lines.map(line => line.replace(/[abc]$/, 'x'))
  t.deepEqual(bars.slice(0, -1), [
    `${'█'.repeat(8)}${'░'.repeat(16)} 1/3  x`,
    `${'█'.repeat(16)}${'░'.repeat(8)} 2/3  x`,
    `${'█'.repeat(24)} 3/3  x`,
  ])
  t.true(lines.at(-1).startsWith(header))
  t.deepEqual({ ...others, stdout: '' }, ended)
})

test.serial('compress.mjs takes the sources of the repository where it is given no path', async t => {
  const { stdout, stderr, code } = await run(t, 'compress.mjs')
  t.regex(stdout, /^lib\/\S+\.ts +\d+\.\d kB +\d+\.\d kB +\d+ %  [0-9a-f]{12}$/m)
  t.regex(stdout, /^\d+ files .*\nTook … ms\.\n$/m)
  t.deepEqual([stderr, code], ['', 0])
})

// --- tour.mjs

test.serial('tour.mjs shows examples, their sources and their outputs', async t => {
  writeFileSync(join(t.context.directory, 'text'), text)
  const { stdout, ...others } = await run(t, 'tour.mjs', ['.'], { npm_lifecycle_event: '' })
  const path = resolve(t.context.directory)
  t.deepEqual({ ...others, stdout: '' }, ended)
  t.deepEqual(stdout.match(/^\d of 7 {2}.*$|^\$ .*$/gm), [
    '1 of 7  A blocking thread waits for a task',
    '$ node examples/quick-start.mjs',
    '2 of 7  A queue with two ends',
    '$ node examples/queue-worker.mjs',
    '3 of 7  An error, a timeout, a cancellation',
    '$ node examples/failures.mjs',
    '4 of 7  A game whose main loop is in charge',
    '$ node examples/arena.mjs --plain --scripts 8 --size 36x6 --ticks 3',
    '5 of 7  Scripts that nobody has to trust',
    '$ node examples/arena.mjs --sandboxed --rogues 2 --plain --scripts 8 --size 36x6 --ticks 4',
    '6 of 7  An asynchronous library behind a synchronous call',
    '$ node examples/compile.mjs --calls',
    '7 of 7  A real job',
    `$ node examples/compress.mjs ${stdout.match(/compress\.mjs (.*)/)[1]}`,
  ])
  t.true(stdout.includes(`$ node examples/quick-start.mjs\n${outputs['quick-start.mjs']}\n2 of`))
  t.true(stdout.includes(`$ node examples/queue-worker.mjs\n${outputs['queue-worker.mjs']}\n3 of`))
  t.true(stdout.includes(`$ node examples/failures.mjs\n${outputs['failures.mjs']}\n4 of`))
  t.regex(stdout, /--ticks 3\ntick 1\/3 [^]*\ntick 3\/3 [^]*\nAfter 3 ticks [^]* points .*\n\n5 of/)
  t.regex(stdout, /--ticks 4\ntick 1\/4 [^]* was ended in tick \d, ERR_SCRIPT_BUDGET: .*\n\n6 of/)
  t.regex(
    stdout,
    /--calls\n(?:main: runs .*\n){10,}main: has \d+ lines of CSS\n(?:main: runs .*\n)+\n_mixins[^]*\n7 of/,
  )
  t.true(stdout.includes(`${sumOf([text], Math.min(44, path.length + 5))}Took … ms.\n\nMore examples are in examples/`))
})

test.serial('tour.mjs shows whole examples, and of longer ones the function they are about', async t => {
  const { stdout } = await run(t, 'tour.mjs', ['.'], { npm_lifecycle_event: '' })
  const shown = stdout.replace(/^(?!  │).*\n/gm, '').replace(/^  │ ?/gm, '')
  const sourceOf = name => readFileSync(join(examples, name), 'utf8').replace(/^(\/\/.*\n)+\n/, '')
  const flat = text => text.replace(/^ +/gm, '')
  const all = ['quick-start.mjs', 'queue-worker.mjs', 'failures.mjs'].map(sourceOf).join('')
  t.true(shown.startsWith(all))
  const parts = shown.slice(all.length).split(/(?<=^}\n)/m)
  for (const [i, name] of ['arena.mjs', 'arena/sandboxed.mjs', 'compile/compile-sync.mjs', 'compress.mjs'].entries())
    t.true(flat(sourceOf(name)).includes(flat(parts[i])), name)
  t.deepEqual(
    parts.map(part => part.slice(0, part.indexOf('('))),
    ['function play', 'begin', '#run', 'function compress'],
  )
})

test.serial('tour.mjs looks for paths where npm was called', async t => {
  const where = { npm_lifecycle_event: 'start', INIT_CWD: join(t.context.directory, 'there') }
  const expected = `tour: there is no '${join(t.context.directory, 'there', 'nowhere')}'\n`
  t.deepEqual(await run(t, 'tour.mjs', ['nowhere'], where), failed(expected))
})

test.serial('tour.mjs explains itself', async t => {
  const { stdout, stderr, code } = await run(t, 'tour.mjs', ['--help'])
  t.regex(stdout, /^Usage: npm start -- \[path\.\.\.\]\n/)
  t.deepEqual([stderr, code], ['', 0])
})

const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0
const onTerminal = hasScript ? test.serial : test.skip

/** Takes the tour on a terminal, with these keys, and returns what is to be seen and how it ended. */
async function taken(t, keys) {
  t.timeout(PATIENCE)
  const command = `'${process.execPath}' '${join(examples, 'tour.mjs')}' .`
  const options = { command: 'script', cwd: t.context.directory, env: { NO_COLOR: '1' }, input: keys }
  const { stdout, code } = await runProgram(['-qec', command, '/dev/null'], options)
  return { stops: stdout.match(/^\d of 7/gm)?.length, pauses: stdout.split('Enter goes on').length - 1, code }
}

onTerminal('tour.mjs waits on a terminal for Enter before it goes on', async t => {
  writeFileSync(join(t.context.directory, 'text'), text)
  t.deepEqual(await taken(t, '\n'.repeat(6)), { stops: 7, pauses: 6, code: 0 })
})

onTerminal('tour.mjs ends on a terminal where it is told to', async t => {
  t.deepEqual(await taken(t, 'q\n'), { stops: 1, pauses: 1, code: 0 })
})
