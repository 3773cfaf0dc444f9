// `threaded-async/top`: a process is looked at while its threads block.
//
// Promises to draw in a real terminal, which `script` provides, and to leave it usable however the program ends; to write
// plain lines once where there is none; and that only this user can look at another process.

import test from 'ava'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync, chmodSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { top } from 'threaded-async/top'
import { attend, ends, PATIENCE, root } from '../support/program.mjs'

const program = join(root, '__test__/top/program.mjs')
const command = join(root, 'dist/cli.cjs')
const node = process.execPath

function isHere(name) {
  try {
    execFileSync('which', [name], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const withTerminal = process.platform === 'linux' && isHere('script') ? test : test.skip
const withSockets = process.platform === 'win32' ? test.skip : test

/** A folder for the files by which a program is told to go on. */
function folderFor(t) {
  const folder = mkdtempSync(join(tmpdir(), 'threaded-async-top-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/**
 * What the program writes to a terminal of this size, and how it ends. It goes on by one file after the other, each as soon
 * as what it has written meets a claim; one that is never met is an error, as the program gives up by itself.
 */
async function inTerminal(t, how, claims, { columns = 100, rows = 30, env = {} } = {}) {
  t.timeout(PATIENCE)
  const folder = folderFor(t)
  const shell = `stty cols ${columns} rows ${rows}; '${node}' '${program}' ${how} '${folder}'`
  const left = Object.entries(claims)
  const args = ['-qec', shell, '/dev/null']
  const end = await attend(args, { command: 'script', env: { TERM: 'xterm', ...env } }, terminal => {
    terminal.output.on('data', () => {
      while (left.length > 0 && left[0][1](terminal.stdout)) writeFileSync(join(folder, left.shift()[0]), '')
    })
  })
  if (left.length > 0) throw new Error(`Never drew what '${left[0][0]}' waits for: ${readable(end.stdout)}`)
  return end
}

/** Escapes as text: `ESC[2K`. */
const readable = text => text.replaceAll('\x1b', 'ESC')
const picturesIn = text => readable(text).split(/ESC\[\d+A/)
const plain = text =>
  readable(text)
    .replace(/ESC\[[\d;]*[A-Za-z]/g, '')
    .replaceAll('\r', '')

const isDrawn = text => picturesIn(text).length > 5
const BLOCKED = 'the main thread is blocked: it waits for a queue'
/** The first picture that is there as a whole and has the main thread blocked. */
const blockedPicture = text =>
  picturesIn(text)
    .slice(0, -1)
    .map(picture => plain(picture).split('\n'))
    .find(lines => lines.includes(BLOCKED))

withTerminal(
  'in a terminal it draws again and again, also while the main thread blocks, and ends by stop()',
  async t => {
    const stop = text => isDrawn(text) && blockedPicture(text) !== undefined
    const { stdout, code } = await inTerminal(t, 'draw', { stop })
    t.is(code, 0, stdout)
    t.true(stdout.trimEnd().endsWith('pass'), 'the program goes on after it')
    t.regex(readable(stdout), /ESC\[32mrunning/)
    const lines = blockedPicture(stdout)
    t.regex(lines[0], /^threaded-async, process \d+: 1 loop, 1 task running, 0 queued$/)
    t.regex(
      lines.find(line => line.startsWith('crawler')),
      /^crawler +running +1 +0 /,
    )
    t.regex(
      lines.find(line => line.startsWith('jobs')),
      /^jobs +crawler +3 +3 +0 +0$/,
    )
    t.regex(
      lines.find(line => line.startsWith('results')),
      /^results\?\[31m +- +0 +- +1 +0$/,
    )
    t.notRegex(readable(stdout), /ESC\[\?/, 'the terminal has nothing to be given back')
  },
)

withTerminal('no line is wider than the terminal, and there are fewer than it has rows', async t => {
  const { stdout } = await inTerminal(t, 'draw', { stop: isDrawn }, { columns: 20, rows: 6 })
  for (const picture of picturesIn(stdout).slice(0, -1)) {
    const lines = plain(picture).trimEnd().split('\n')
    t.true(lines.length <= 5, picture)
    for (const line of lines) t.true(line.length <= 20, line)
  }
})

const ANEW = '\x1b[H\x1b[2J'

withTerminal('a terminal that changes its size is drawn anew', async t => {
  const claims = { resize: isDrawn, stop: text => text.includes(ANEW) && isDrawn(text.split(ANEW)[1]) }
  const { stdout } = await inTerminal(t, 'resize', claims, { columns: 90 })
  const [before, after] = stdout.split(ANEW)
  t.true(
    plain(before)
      .split('\n')
      .some(line => line.length > 40),
  )
  for (const line of plain(after).split('\n')) t.true(line.length <= 30, line)
})

withTerminal('NO_COLOR is minded', async t => {
  const { stdout } = await inTerminal(t, 'draw', { stop: isDrawn }, { env: { NO_COLOR: '1' } })
  t.notRegex(readable(stdout), /ESC\[\d+m/)
})

withTerminal('Ctrl-C ends the program as ever', async t => {
  const shell = `trap : INT; stty cols 90 rows 20; '${node}' '${program}' stay; echo "status $?"`
  const script = spawn('script', ['-qec', shell, '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'] })
  let text = ''
  let isSent = false
  script.stdout.on('data', chunk => {
    text += chunk
    if (isSent || picturesIn(text).length < 4) return
    isSent = true
    script.stdin.write('\x03')
  })
  await once(script, 'close')
  t.regex(text, /status 130/)
})

test('where there is no terminal it writes plain lines, once', async t => {
  t.timeout(PATIENCE)
  const folder = folderFor(t)
  const { stdout, code } = await attend([program, 'draw', folder], {}, async running => {
    await running.prints('crawler')
    writeFileSync(join(folder, 'stop'), '')
  })
  t.is(code, 0)
  t.is(stdout.match(/threaded-async, process/g).length, 1)
  t.regex(stdout, /^crawler +running/m)
  t.false(stdout.includes('\x1b'))
  t.true(stdout.endsWith('pass\n'))
})

test('options are checked before anything happens', t => {
  for (const interval of [0, 19, -1, NaN]) t.throws(() => top({ interval }), { code: 'ERR_OUT_OF_RANGE' })
  t.throws(() => top({ interval: '1' }), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => top({ listen: 1 }), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => top({ listens: true }), { code: 'ERR_INVALID_ARG_VALUE', message: /'listen'/ })
  t.throws(() => top(null), { code: 'ERR_INVALID_ARG_TYPE' })
})

// --- another process

/** Resolves once somebody who connects there is told something: the socket is guarded by then. */
async function isTold(child, folder) {
  for (;;) {
    const end = child.exitCode ?? child.signalCode
    if (end !== null) throw new Error(`It has ended: ${end}`)
    const [inner] = readdirSync(folder)
    const path = join(folder, inner ?? '', `${child.pid}.sock`)
    const socket = createConnection(path)
    // Without an error it closes where the process ends between the two.
    const isThere = await new Promise(resolve => {
      socket.once('data', () => resolve(true)).once('error', () => resolve(false))
      socket.once('close', () => resolve(false))
    })
    socket.destroy()
    if (isThere) return path
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

/** Runs `body` with a program that listens in a folder of its own, and its environment. */
async function listening(how, body, extra = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'threaded-async-top-'))
  const env = { ...process.env, XDG_RUNTIME_DIR: folder, TMPDIR: folder, ...extra }
  const child = spawn(node, [program, how], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const path = await isTold(child, folder)
    await body({ env, child, path })
  } finally {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

function runCommand(args, env) {
  return spawnSync(node, [command, ...args], { env, encoding: 'utf8', timeout: 60_000 })
}

withSockets('a process that listens is looked at by its user alone, while its main thread blocks', async t => {
  await listening('listen', async ({ env, child, path }) => {
    t.is(statSync(path).mode & 0o777, 0o600)
    t.is(statSync(join(path, '..')).mode & 0o777, 0o700)
    for (const args of [['top', String(child.pid)], ['top']]) {
      const { stdout, stderr, status } = runCommand(args, env)
      t.is(stderr, '')
      t.is(status, 0)
      t.regex(stdout, /^threaded-async, process \d+: 1 loop/)
      t.regex(stdout, /^jobs +crawler +3 +3/m)
    }
    // A folder that others may look into is not used, and nobody is asked there.
    chmodSync(join(path, '..'), 0o755)
    const { stderr, status } = runCommand(['top', String(child.pid)], env)
    t.is(status, 1)
    t.regex(stderr, /does not belong to this user alone/)
  })
})

withSockets('a program need not know of it: THREADED_ASYNC_TOP=1 is enough', async t => {
  const extra = { THREADED_ASYNC_TOP: '1' }
  await listening(
    'own',
    async ({ env, child }) => {
      const { stdout } = runCommand(['top', String(child.pid)], env)
      t.regex(stdout, /^crawler +running/m)
    },
    extra,
  )
})

withSockets('a process that was started in another environment is found', async t => {
  for (const name of ['XDG_RUNTIME_DIR', 'TMPDIR']) {
    // Without XDG_RUNTIME_DIR it listens in TMPDIR.
    const extra = name === 'TMPDIR' ? { XDG_RUNTIME_DIR: '' } : {}
    await listening(
      'listen',
      async ({ env, child }) => {
        const other = mkdtempSync(join(env.TMPDIR, 'other-'))
        const { stdout, stderr } = runCommand(['top', String(child.pid)], { ...env, XDG_RUNTIME_DIR: other })
        t.is(stderr, '', name)
        t.regex(stdout, /^crawler +running/m, name)
      },
      extra,
    )
  }
})

withSockets('a user without a name can be looked at, and the program ends as ever', async t => {
  const folder = folderFor(t)
  const nameless = join(folder, 'nameless.cjs')
  writeFileSync(nameless, "require('node:os').userInfo = () => { throw new Error('ENOENT: no such user') }")
  const code = `
    const { AsyncRunner } = await import('threaded-async')
    AsyncRunner.use(runner => console.log(runner.run(() => 'pass')))
  `
  const env = { THREADED_ASYNC_TOP: '1', XDG_RUNTIME_DIR: folder, NODE_OPTIONS: `--require "${nameless}"` }
  await ends(t, ['--input-type=module', '-e', code], { cwd: root, env })
  const end = runCommand(['top'], { ...process.env, ...env, TMPDIR: folder, THREADED_ASYNC_TOP: '' })
  t.regex(end.stderr, /None of your processes/)
})

withSockets('the command says that a process says nothing, and goes on once it does', async t => {
  await listening('listen', async ({ env, child }) => {
    child.kill('SIGSTOP')
    const looking = spawn(node, [command, 'top', String(child.pid)], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const [said] = await once(looking.stderr, 'data')
    t.regex(String(said), /says nothing: is it stopped\?/)
    child.kill('SIGCONT')
    const [drawn] = await once(looking.stdout, 'data')
    t.regex(String(drawn), /^threaded-async, process \d+: 1 loop/)
    const [code] = await once(looking, 'exit')
    t.is(code, 0)
  })
})

withTerminal('the command draws in a terminal until the process ends', async t => {
  await listening('listen', async ({ env, child }) => {
    const shell = `stty cols 90 rows 20; '${node}' '${command}' top ${child.pid}; echo "status $?"`
    const script = spawn('script', ['-qec', shell, '/dev/null'], { env, stdio: ['ignore', 'pipe', 'ignore'] })
    let text = ''
    script.stdout.on('data', chunk => {
      text += chunk
      if (picturesIn(text).length > 3) child.kill('SIGKILL')
    })
    await once(script, 'close')
    t.true(picturesIn(text).length > 3)
    t.regex(text, /status [01]/)
  })
})

test('what the command cannot look at, it says so, and what to do', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'threaded-async-none-'))
  const env = { ...process.env, XDG_RUNTIME_DIR: folder, TMPDIR: folder }
  t.regex(
    runCommand(['top', String(process.pid)], env).stderr,
    /THREADED_ASYNC_TOP=1, or call top\(\{ listen: true \}\)/,
  )
  t.regex(runCommand(['top', '99999999'], env).stderr, /There is no process 99999999/)
  t.regex(runCommand(['top', 'x'], env).stderr, /'x' is no process number/)
  t.regex(runCommand(['top'], env).stderr, /None of your processes/)
  t.regex(runCommand([], env).stderr, /^Usage/)
  t.regex(runCommand(['--help'], env).stdout, /^Usage/)
  rmSync(folder, { recursive: true })
})

test('it keeps no process alive', async t => {
  const code = `
    const { top } = await import('threaded-async/top')
    top({ listen: true })
  `
  const env = { XDG_RUNTIME_DIR: mkdtempSync(join(tmpdir(), 'threaded-async-end-')) }
  await ends(t, ['--input-type=module', '-e', code], { cwd: root, env, expected: { stdout: '' } })
  const left = readdirSync(env.XDG_RUNTIME_DIR, { recursive: true }).filter(name => name.endsWith('.sock'))
  t.deepEqual(left, [])
  rmSync(env.XDG_RUNTIME_DIR, { recursive: true })
})
