// A game as one HTML page, which needs nothing else to play it again: `replay.html` with the game put into it.
//
// Promises the same bytes for the same game: no dates, no names of machines or files. What is kept of a tick is what
// changed in it.

import { readFileSync } from 'node:fs'
import { kinds } from './game.mjs'

const placeholder = '"the game"'

export class Replay {
  #game
  #seed
  #frames = []
  #robots = new Map()
  #food = new Set()

  /** @param {object[]} frames what was recorded of this game before it was saved */
  constructor(game, { seed }, frames = []) {
    this.#game = game
    this.#seed = seed
    this.record()
    if (frames.length > 0) this.#frames = frames
  }

  get frames() {
    return this.#frames
  }

  /** Keeps what has changed since the last time. */
  record() {
    this.#frames.push({ robots: this.#changedRobots(), food: this.#changedFood(), hits: [...this.#game.hits] })
  }

  toHtml() {
    const { width, height, robots } = this.#game
    const data = {
      seed: this.#seed,
      width,
      height,
      kinds,
      robots: robots.map(({ name, kind }) => [name, kinds.indexOf(kind)]),
      frames: this.#frames,
    }
    const page = readFileSync(new URL('replay.html', import.meta.url), 'utf8')
    // In a page, `</script>` ends a script also where it stands in a text.
    return page.replace(placeholder, () => JSON.stringify(data).replaceAll('<', '\\u003c'))
  }

  /** Number, cell, energy and points of each robot that is not as it was, one behind the other. */
  #changedRobots() {
    return this.#game.robots.flatMap(({ number, cell, energy, points }) => {
      const state = `${cell} ${energy} ${points}`
      if (this.#robots.get(number) === state) return []
      this.#robots.set(number, state)
      return [number, cell, energy, points]
    })
  }

  /** The cells where food has come or gone. */
  #changedFood() {
    const changed = []
    for (let cell = 0; cell < this.#game.width * this.#game.height; cell++) {
      if (this.#game.hasFood(cell) === this.#food.has(cell)) continue
      changed.push(cell)
      if (!this.#food.delete(cell)) this.#food.add(cell)
    }
    return changed
  }
}
