// The arena, `examples/arena.mjs`: a game whose scripts run on a background loop while its main loop only ever blocks.
//
// Promises that the seed alone decides how a game goes, whatever its main loop's budget and the machine do; that a
// thousand scripts run; that a script which asks too much holds up nobody; and that Ctrl-C leaves the terminal as it was.

import test from 'ava'
import { Queue, taskModule } from 'threaded-async'
import { Game } from '../../examples/arena/game.mjs'
import { Random } from '../../examples/arena/random.mjs'
import { Arena } from '../../examples/arena/server.mjs'
import { dataOf, framesOf, play, record } from './arena-games.mjs'

const posix = process.platform === 'win32' ? test.skip : test
const asTerminal = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
    'Object.assign(process.stdout,{isTTY:true,columns:60,rows:30})',
  )}`,
  NO_COLOR: '1',
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

const badScripts = taskModule(new URL('./arena-scripts.mjs', import.meta.url))

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

test('a robot that looks too often in a tick gets the answers in the next ones', t => {
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

test('a wrong order is refused, and a wrong direction leads nowhere', t => {
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
    // Each line is cleared before it is written: behind its last column there is nothing to clear but that column.
    const lines = frame.split('\n').map(line => line.replace('\x1b[2K', ''))
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
  t.regex(stdout, /^.*tick 1\/1 .* \(58×26 of 100×50\)\n/)
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

test('a script that computes for long takes a tick longer, and no frame', t => {
  const game = new Game({ seed: '1', width: 40, height: 5, scripts: 1 })
  const arena = new Arena(game, new Queue(), { play: badScripts.computes })
  t.teardown(() => arena.close())
  const longest = [] // Of each tick.
  const timed = (what, call) => {
    const start = performance.now()
    const result = call()
    const now = longest.at(-1)
    now[what] = Math.max(now[what], performance.now() - start)
    return result
  }
  let frames = 0
  while (game.tick < 3) {
    longest.push({ begin: 0, process: 0, hear: 0 })
    while (!timed('begin', () => arena.beginTick(5))) frames++
    do {
      frames++
      timed('process', () => arena.processAll({ maxTime: 5 }))
    } while (!timed('hear', () => arena.hasHeardAll(5)))
    arena.endTick()
  }
  t.true(frames > 3 * 3, `${frames} frames`)
  // On a busy machine this thread may have to wait for its turn; a call that waits for the script does so in each tick.
  for (const what of ['begin', 'process', 'hear']) {
    const least = Math.min(...longest.map(times => times[what]))
    t.true(least < 300, `${what} took ${least} ms in each tick`)
  }
})

const refused = {
  '--replay nowhere/game.html': 'there is no place for nowhere/game.html',
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
