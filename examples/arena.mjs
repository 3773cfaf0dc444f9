// An arena: scripts, each an endless async function, move robots on a grid; a blocking main loop plays the game.
//
// The loop runs at a fixed rate. In every frame it answers the scripts for a limited time, the budget, and has the rest
// of the frame for itself. A tick ends when no script has anything more to ask, however many frames that takes, and only
// then are the orders carried out. So the budget and the machine decide how fast a game is, and the seed alone decides
// how it goes: the same seed writes the same replay, byte for byte.
//
// With --sandboxed each script has an engine of its own. Some may do harm (--rogues): they are ended, and the others play on.
// Such a game can be saved in the middle and goes on in another process (--save, --restore).
//
// Run it: node examples/arena.mjs --replay arena.html

import { writeFileSync } from 'node:fs'
import { Event } from 'threaded-async'
import { Game } from './arena/game.mjs'
import { optionsOf } from './arena/options.mjs'
import { Replay } from './arena/replay.mjs'
import { SandboxedArena } from './arena/sandboxed.mjs'
import { restore, save } from './arena/saved-game.mjs'
import { Screen } from './arena/screen.mjs'
import { Arena } from './arena/server.mjs'

/** The main loop: blocks until the game is over, and shows every tick once. */
function play(arena, game, { ticks, rate, budget, requests }, show) {
  let due = performance.now()
  let hasBegun = false
  while (game.tick < ticks && game.standing > 1) {
    const end = performance.now() + budget
    const left = () => Math.max(1, end - performance.now())
    hasBegun ||= arena.beginTick(left())
    if (hasBegun) {
      arena.processAll({ maxTime: left(), maxRequests: requests })
      if (arena.hasHeardAll(left())) {
        arena.endTick()
        hasBegun = false
        show()
      }
    }
    if (rate > 0) {
      due = Math.max(due + 1000 / rate, performance.now()) // A frame that comes late delays the ones after it.
      waitUntil(due)
    }
  }
}

/** Blocks the main thread as every wait here does, so that Ctrl-C ends it in the same way. */
function waitUntil(time) {
  try {
    new Event().wait({ timeout: Math.max(0, time - performance.now()) })
  } catch (error) {
    if (error.code !== 'ERR_EVENT_LOOP_TIMEOUT') throw error
  }
}

function main() {
  const options = optionsOf(process.argv.slice(2))
  const saved = options.restore && restore(options.restore)
  if (saved) Object.assign(options, { seed: saved.seed, rogues: saved.rogues })
  const game = saved ? Game.restore(saved.game) : new Game(options)
  const replay = new Replay(game, options, saved?.frames)
  const arena = options.isSandboxed ? new SandboxedArena(game, { ...options, saved }) : new Arena(game, options.seed)
  const screen = new Screen(game, options)
  try {
    play(arena, game, options, () => {
      replay.record()
      screen.draw()
    })
    if (options.save !== undefined) save(options.save, options, game, replay, arena)
  } finally {
    screen.end()
    arena.close()
  }
  screen.printScores(arena.endings)
  if (options.replay === undefined) return
  writeFileSync(options.replay, replay.toHtml())
  console.log(`The replay is in ${options.replay}`)
}

// With a listener, Ctrl-C does not end the process: the blocking call throws, and the terminal is left as it was.
process.once('SIGINT', () => {})
try {
  main()
} catch (error) {
  const isInterrupted = error.code === 'ERR_INTERRUPTED'
  if (!isInterrupted) console.error(`arena: ${error.message}`)
  process.exitCode = isInterrupted ? 130 : 1
}
