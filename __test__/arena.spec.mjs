// The arena, `examples/arena.mjs`: a game whose scripts run on a background loop while its main loop only ever blocks.
//
// Promises that the seed alone decides how a game goes, whatever its main loop's budget and the machine do; that a
// thousand scripts run; that Ctrl-C leaves the terminal as it was; and, in a real browser, that the replay draws what
// the game was. Where there is no browser, the specs that need one are skipped, which AVA reports.

import test from 'ava'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Queue, taskModule } from 'threaded-async'
import { Game } from '../examples/arena/game.mjs'
import { Random } from '../examples/arena/random.mjs'
import { Arena } from '../examples/arena/server.mjs'
import { Browser, findBrowser } from './browser.mjs'
import { attend } from './program.mjs'

const arena = fileURLToPath(new URL('../examples/arena.mjs', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'threaded-async-arena-'))
const posix = process.platform === 'win32' ? test.skip : test
const inBrowser = findBrowser() === undefined ? test.skip : test
const ended = { code: 0, signal: null, isLate: false, stderr: '' }
const asTerminal = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
    'Object.assign(process.stdout,{isTTY:true,columns:60,rows:30})',
  )}`,
  NO_COLOR: '1',
}
let games = 0

test.after.always(() => rmSync(directory, { recursive: true, force: true }))

/** Plays a game to its end. */
async function play(t, args, { env, attendant, expected } = {}) {
  t.timeout(120_000)
  const { stdout, ms, ...others } = await attend(
    [arena, ...args],
    { cwd: directory, env, deadline: 100_000 },
    attendant,
  )
  t.deepEqual(others, { ...ended, ...expected })
  return { stdout, ms }
}

/** The same, with its replay. */
async function record(t, args) {
  const file = `${++games}.html`
  const { stdout } = await play(t, [...args, '--replay', file])
  const page = readFileSync(join(directory, file), 'utf8')
  return { stdout: stdout.replace(file, 'the file'), page, path: join(directory, file) }
}

/** What a page plays. */
function dataOf(page) {
  return JSON.parse(/<script id="game" type="application\/json">([^]*?)<\/script>/.exec(page)[1])
}

/** The plain frames: of each tick its grid, without the frame around it. */
function framesOf(stdout) {
  return stdout
    .split('\n\n')
    .filter(frame => frame.startsWith('tick '))
    .map(frame => frame.match(/(?<=│).*(?=│)/g).join('\n'))
}

// --- the seed decides

test('the same seed writes the same replay, byte for byte, whatever time and how many answers a frame has', async t => {
  const game = ['--ticks', '40', '--seed', 'again']
  const { stdout, page } = await record(t, game)
  for (const others of [
    ['--budget', '1'],
    ['--requests', '1'],
    ['--requests', '7'],
    ['--rate', '500', '--budget', '1'],
  ]) {
    t.deepEqual({ ...(await record(t, [...game, ...others])), path: '' }, { stdout, page, path: '' }, others.join(' '))
  }
})

test('another seed is another game', async t => {
  const game = ['--ticks', '10', '--seed']
  const [one, other] = [await record(t, [...game, '1']), await record(t, [...game, '2'])]
  t.notDeepEqual(dataOf(one.page).frames, dataOf(other.page).frames)
})

test('what a tick makes of its orders does not depend on which came first', t => {
  const [one, other] = [1, 2].map(() => new Game({ seed: 'orders', width: 12, height: 6, scripts: 30 }))
  const chance = new Random('which orders')
  for (let tick = 0; tick < 50; tick++) {
    const orders = one.robots
      .filter(robot => robot.outAt === 0)
      .map(({ number }) => ({
        number,
        fun: chance.oneOf(['walk', 'walk', 'eat', 'fight']),
        direction: chance.oneOf(['north', 'east', 'south', 'west']),
      }))
    const toOrders = (game, list) => list.map(({ number, ...order }) => ({ ...order, robot: game.robots[number] }))
    one.step(toOrders(one, orders))
    other.step(toOrders(other, chance.shuffled(orders)))
    t.deepEqual(other.robots, one.robots)
  }
  t.true(one.standing < 30, 'Somebody went out, so there were fights.')
})

// --- the scripts

test('1,000 scripts run, and every one of them acts', async t => {
  const game = ['--scripts', '1000', '--ticks', '25']
  const { page, stdout } = await record(t, [...game, '--budget', '5'])
  const { robots, frames } = dataOf(page)
  t.is(robots.length, 1000)
  const seen = new Map()
  for (const { robots: changes } of frames) {
    for (let i = 0; i < changes.length; i += 4) {
      const [number, cell, , points] = changes.slice(i, i + 4)
      seen.set(number, (seen.get(number) ?? new Set()).add(`${cell} ${points}`))
    }
  }
  // An ambusher that finds food next to it waits there.
  const idle = robots.filter(([, kind], number) => kind !== 3 && seen.get(number).size < 2)
  t.deepEqual(idle, [])
  t.is(framesOf(stdout).length, 25)
  t.is((await record(t, game)).page, page)
})

test('a game ends when one robot is left, and the scores tell who was out when', async t => {
  const { stdout } = await play(t, ['--scripts', '2', '--size', '2x2', '--ticks', '5000'])
  const [, ticks, standing] = /\nAfter (\d+) ticks (\d) of 2 robots stand\. The best:\n/.exec(stdout)
  t.true(Number(ticks) < 5000)
  t.true(Number(standing) <= 1)
  t.true(stdout.includes(`out in tick ${ticks}\n`))
})

const badScripts = taskModule(new URL('./tasks/arena-bodies.mjs', import.meta.url))

/** Plays some ticks; every robot has the same script. Of each tick, what the first one has told and where it stood. */
function playBadly(t, script, ticks, prepare = () => {}) {
  const game = new Game({ seed: '1', width: 40, height: 5, scripts: 1 })
  const [robot] = game.robots
  const told = new Queue()
  const arena = new Arena(game, told, { play: badScripts[script] })
  t.teardown(() => arena.close())
  prepare(robot)
  return Array.from({ length: ticks }, () => {
    const { cell } = robot
    arena.beginTick()
    for (let isOver = false; !isOver; isOver = arena.hasHeardAll()) arena.processAll()
    arena.endTick()
    arena.settle()
    return { told: told.clear(), steps: robot.cell - cell }
  })
}

test('who looks too often in a tick gets the answers in the next ones', t => {
  const looked = times => Array.from({ length: times }, () => 'looked')
  t.deepEqual(playBadly(t, 'asksTooOften', 4), [
    { told: looked(4), steps: 0 },
    { told: looked(4), steps: 0 },
    { told: looked(1), steps: 1 },
    { told: [], steps: 0 },
  ])
})

test('of many orders one is carried out each tick', t => {
  const walked = { told: [true], steps: 1 }
  t.deepEqual(playBadly(t, 'givesManyOrders', 4), [walked, walked, walked, { told: [], steps: 0 }])
})

test('a script that rests is woken once a tick', t => {
  t.deepEqual(
    playBadly(t, 'rests', 3).map(({ told }) => told),
    [[1], [2], [3]],
  )
})

test('the script of a robot that is out is cancelled, and its further calls are refused', t => {
  const weaken = robot => (robot.energy = 2)
  const played = playBadly(t, 'goesOn', 3, weaken).map(({ told }) => told)
  t.deepEqual(played, [[], ['ERR_CANCELLED'], ['grazer-1 is out of the game']])
})

test('what is no order is refused, and a way that is none leads nowhere', t => {
  t.deepEqual(playBadly(t, 'wantsToFly', 1), [{ told: ['robots do not fly', false], steps: 0 }])
})

// --- the main loop

test('frames come at the rate that was asked for', async t => {
  const { ms } = await play(t, ['--plain', '--rate', '50', '--ticks', '20'])
  t.true(ms >= 20 * 20, `${ms} ms`)
})

test('a tick that has more calls than a frame answers goes on in the next frames', async t => {
  // 24 scripts look in the first tick and then give an order: 48 calls, which are ten frames and more.
  const { ms, stdout } = await play(t, ['--plain', '--rate', '50', '--requests', '5', '--ticks', '3'])
  t.is(framesOf(stdout).length, 3)
  t.true(ms >= 10 * 20, `${ms} ms`)
})

// --- the screen

test('plain output is one frame a tick, and nothing but text', async t => {
  const { stdout } = await play(t, ['--ticks', '12', '--size', '20x10', '--scripts', '8'])
  t.deepEqual(
    stdout.match(/^tick +[0-9/]+/gm),
    Array.from({ length: 12 }, (_, i) => `tick ${String(i + 1).padStart(2)}/12`),
  )
  t.false(stdout.includes('\x1b'))
  for (const frame of framesOf(stdout)) t.regex(frame, /^([ ·GHWA]{20}\n){9}[ ·GHWA]{20}$/)
})

const [top, bottom] = [`┌${'─'.repeat(20)}┐`, `└${'─'.repeat(20)}┘`]

test('in a terminal each frame is drawn over the one before, and the cursor comes back', async t => {
  const args = ['--ticks', '5', '--rate', '0', '--size', '20x4', '--scripts', '8']
  const { stdout } = await play(t, args, { env: asTerminal })
  const [start, end] = ['\x1b[?25l\x1b[?7l', '\x1b[?7h\x1b[?25h']
  t.true(stdout.startsWith(start))
  const [drawn, scores] = stdout.slice(start.length).split(end)
  t.regex(scores, /^After 5 ticks /)
  const frames = drawn.split('\x1b[7A')
  t.is(frames.length, 5)
  for (const [i, frame] of frames.entries()) {
    const lines = frame.split('\x1b[K\n')
    t.deepEqual(
      [lines.length, lines[0].slice(0, 8), lines[1], lines[6], lines[7]],
      [8, `tick ${i + 1}/5`, top, bottom, '\x1b[J'],
    )
  }
})

test('a terminal that is too small shows the part of the grid that fits', async t => {
  const { stdout } = await play(t, ['--ticks', '1', '--size', '100x50'], { env: asTerminal })
  const rows = stdout.match(/│.*│/g)
  t.deepEqual([rows.length, rows[0].length], [26, 60])
})

posix('Ctrl-C ends a game, and the cursor comes back', async t => {
  const { stdout } = await play(t, ['--ticks', '100000', '--rate', '20'], {
    env: asTerminal,
    expected: { code: 130 },
    attendant: async program => {
      await program.prints('tick ', 3)
      program.kill('SIGINT')
    },
  })
  t.true(stdout.endsWith('\x1b[?25h'))
})

posix('a reader that has seen enough is no failure', async t => {
  await play(t, ['--ticks', '100', '--plain', '--rate', '200'], {
    attendant: async program => {
      await program.prints('tick ')
      program.output.destroy()
    },
  })
})

const refused = {
  '--scripts 1': "--scripts is a whole number from 2 to 10000, not '1'",
  '--ticks many': "--ticks is a whole number from 1 to 100000, not 'many'",
  '--size 40': "--size is a width and a height, as 40x16, not '40'",
  '--size 4x4 --scripts 9': '4x4 has no room for 9 scripts; each needs two cells',
  '--budget 0': "--budget is a whole number from 1 to 60000, not '0'",
}

for (const [args, message] of Object.entries(refused)) {
  test(`${args} is refused`, async t => {
    await play(t, args.split(' '), { expected: { code: 1, stderr: `arena: ${message}\n` } })
  })
}

test('arena.mjs explains itself', async t => {
  const { stdout } = await play(t, ['--help'])
  t.regex(stdout, /^Usage: node examples\/arena\.mjs \[options\]\n/)
})

// --- the replay

inBrowser('the replay draws at every place of the slider what the game was', async t => {
  const { page, frames, stdout } = await replayed(t, ['--ticks', '60', '--size', '30x12', '--scripts', '16'])
  const thumb = await page.evaluate(thumbs)
  for (const tick of [60, 1, 31, 30, 17, 59]) {
    await page.evaluate(dragTo, tick)
    t.is(await page.evaluate(drawn), frames[tick - 1], `tick ${tick}`)
  }
  // The mouse, as a user's: from where the thumb is to the end.
  await page.press('Home')
  await page.drag(thumb.first, thumb.last)
  t.is(await page.evaluate(drawn), frames[59])
  const best = await page.evaluate(() => [...document.querySelectorAll('#best tr')].map(row => row.innerText))
  t.deepEqual(best.map(namesAndPoints).slice(0, 5), stdout.trimEnd().split('\n').slice(-6, -1).map(namesAndPoints))
  t.deepEqual(page.problems, [])
})

inBrowser('the replay can be used by keys alone', async t => {
  const { page, frames } = await replayed(t, ['--ticks', '12', '--size', '20x8', '--scripts', '8'])
  const now = () => page.evaluate(() => document.getElementById('now').textContent)
  t.is(await now(), '0 / 12')
  t.is(await page.evaluate(() => document.activeElement.id), 'tick')
  for (const [key, tick] of [
    ['ArrowRight', 1],
    ['ArrowRight', 2],
    ['ArrowLeft', 1],
    ['End', 12],
  ]) {
    await page.press(key)
    t.deepEqual([await now(), await page.evaluate(drawn)], [`${tick} / 12`, frames[tick - 1]], key)
  }
  const label = () => page.evaluate(() => document.getElementById('tick').getAttribute('aria-valuetext'))
  t.is(await label(), 'tick 12 of 12')
  // At the end, playing begins anew, and goes to the end by itself.
  await page.press(' ')
  t.is(await page.evaluate(() => document.getElementById('play').textContent), 'Pause')
  await page.evaluate(untilPaused)
  t.deepEqual([await now(), await page.evaluate(drawn)], ['12 / 12', frames[11]])
  await page.press('Home')
  await page.press(' ')
  await page.press(' ')
  t.is(await page.evaluate(() => document.getElementById('play').textContent), 'Play')
  t.deepEqual(page.problems, [])
})

inBrowser('the replay loads nothing, and can be read in light and in dark', async t => {
  const { page, path } = await replayed(t, ['--ticks', '5'])
  t.deepEqual(
    page.loaded.filter(url => !url.startsWith('data:')),
    [pathToFileURL(path).href],
  )
  const lightness = []
  for (const scheme of ['light', 'dark']) {
    await page.prefer({ 'prefers-color-scheme': scheme })
    const { background, contrasts } = await page.evaluate(readability)
    lightness.push(background)
    for (const [what, contrast] of contrasts) t.true(contrast >= 4.5, `${scheme}, ${what}: ${contrast}`)
  }
  t.true(lightness[0] > 0.8 && lightness[1] < 0.1, String(lightness))
})

inBrowser('the replay of 1,000 scripts is drawn as well', async t => {
  const { page, frames } = await replayed(t, ['--scripts', '1000', '--ticks', '10'])
  await page.press('End')
  t.is(await page.evaluate(drawn), frames[9])
})

/** Plays a game and opens its replay. */
async function replayed(t, args) {
  const { stdout, path } = await record(t, args)
  const browser = new Browser()
  t.teardown(() => browser.close())
  return { stdout, path, frames: framesOf(stdout), page: await browser.open(pathToFileURL(path).href) }
}

function namesAndPoints(text) {
  const name = /[a-z]+-\d+/.exec(text)[0]
  return `${name} ${(/(\d+) points/.exec(text) ?? /(\d+)$/.exec(text))[1]}`
}

// --- what runs in the page

/** The grid as text: what is found in the middle of each cell. */
function drawn() {
  const svg = document.getElementById('grid')
  const [, , width, height] = svg.getAttribute('viewBox').split(' ').map(Math.floor)
  const toScreen = svg.getScreenCTM()
  const at = (x, y) => {
    const point = new DOMPoint(x + 0.5, y + 0.5).matrixTransform(toScreen)
    const element = document.elementFromPoint(point.x, point.y)
    const robot = element.closest('.robot')
    return robot ? robot.querySelector('text').textContent : element.matches('.food') ? '·' : ' '
  }
  return Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => at(x, y)).join('')).join('\n')
}

/** Moves the slider as dragging it does. */
function dragTo(tick) {
  const slider = document.getElementById('tick')
  slider.value = tick
  slider.dispatchEvent(new InputEvent('input', { bubbles: true }))
}

/** Where the slider's thumb is at its beginning and at its end. */
function thumbs() {
  const { left, right, top, height } = document.getElementById('tick').getBoundingClientRect()
  const y = top + height / 2
  return { first: { x: left + 8, y }, last: { x: right - 2, y } }
}

/** Resolves when nothing plays any more. */
function untilPaused() {
  const button = document.getElementById('play')
  return new Promise(resolve => {
    const look = () => {
      if (button.textContent !== 'Play') return
      observer.disconnect()
      resolve()
    }
    const observer = new MutationObserver(look)
    observer.observe(button, { childList: true })
    look()
  })
}

/** How light the page is, and how its texts stand out from what is behind them, as WCAG measures it. */
function readability() {
  const luminance = colour => {
    const [r, g, b] = colour
      .match(/[\d.]+/g)
      .map(each => Number(each) / 255)
      .map(each => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
  const style = selector => getComputedStyle(document.querySelector(selector))
  const page = luminance(style('body').backgroundColor)
  const texts = ['h1', '#about', '#now', 'thead th', '#best td'].map(selector => [
    selector,
    contrast(luminance(style(selector).color), page),
  ])
  const filled = ['button', '.mark.grazer', '.mark.hunter', '.mark.wanderer', '.mark.ambusher'].map(selector => [
    selector,
    contrast(luminance(style(selector).color), luminance(style(selector).backgroundColor)),
  ])
  return { background: page, contrasts: [...texts, ...filled] }
}
