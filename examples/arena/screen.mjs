// What a game looks like in a terminal, and as plain text elsewhere.
//
// Promises one frame a tick: in a terminal each is drawn over the one before, cut to what fits; plain ones follow each
// other and are the same for the same game. Honours NO_COLOR. What it does to a terminal it undoes.

import { kinds } from './game.mjs'

const initials = { grazer: 'G', hunter: 'H', wanderer: 'W', ambusher: 'A' }
const colours = { grazer: 32, hunter: 31, wanderer: 36, ambusher: 35 }
const dim = 2
const inverse = 7
const bestShown = 5
/** Hide the cursor, and cut long lines instead of wrapping them; then both as before. */
const [start, end] = ['\x1b[?25l\x1b[?7l', '\x1b[?7h\x1b[?25h']

export class Screen {
  #game
  #ticks
  #isPlain
  #isColoured
  #linesDrawn = 0

  constructor(game, { ticks, plain }) {
    this.#game = game
    this.#ticks = ticks
    this.#isPlain = plain
    this.#isColoured = !plain && !process.env.NO_COLOR
    // A reader that stops reading, such as `head`, is no error.
    process.stdout.on('error', error => {
      if (error.code !== 'EPIPE') throw error
    })
    if (!plain) process.stdout.write(start)
  }

  draw() {
    const lines = [this.#headline(), ...this.#grid()]
    if (this.#isPlain) return void process.stdout.write(`${lines.join('\n')}\n\n`)
    const up = this.#linesDrawn > 0 ? `\x1b[${this.#linesDrawn}A` : ''
    // Line by line, since a screen that is cleared as a whole flickers. And each line before it is written: after a line
    // that fills the last column the cursor is still on that column, and clearing from there would erase it.
    process.stdout.write(`${up}${lines.map(line => `\x1b[2K${line}\n`).join('')}\x1b[J`)
    this.#linesDrawn = lines.length
  }

  /** Leaves the last frame where it is. */
  end() {
    if (!this.#isPlain) process.stdout.write(end)
  }

  /** @param {{ name: string, tick: number, code: string, message: string }[]} [endings] of scripts that were ended */
  printScores(endings = []) {
    const { tick, standing, robots } = this.#game
    const best = this.#game.ranking().slice(0, bestShown)
    const width = Math.max(...best.map(({ name }) => name.length))
    console.log(`After ${tick} ticks ${standing} of ${robots.length} robots stand. The best:`)
    for (const { name, points, energy, outAt } of best) {
      const state = outAt > 0 ? `out in tick ${outAt}` : `energy ${energy}`
      console.log(`${name.padEnd(width)}  ${String(points).padStart(4)} points  ${state}`)
    }
    for (const { name, tick, code, message } of endings)
      console.log(`${name} was ended in tick ${tick}, ${code}: ${message}`)
  }

  #headline() {
    const { tick, robots } = this.#game
    const counts = kinds.map(kind => {
      const count = robots.filter(robot => robot.kind === kind && robot.outAt === 0).length
      return this.#styled(`${initials[kind]} ${count}`, colours[kind])
    })
    const { width, height } = this.#room()
    const isCut = width < this.#game.width || height < this.#game.height
    const part = isCut ? `  (${width}×${height} of ${this.#game.width}×${this.#game.height})` : ''
    return `tick ${String(tick).padStart(String(this.#ticks).length)}/${this.#ticks}  ${counts.join('  ')}${part}`
  }

  #grid() {
    const { width, height } = this.#room()
    const rows = []
    for (let y = 0; y < height; y++) {
      let row = ''
      for (let x = 0; x < width; x++) row += this.#cell(y * this.#game.width + x)
      rows.push(`│${row}│`)
    }
    const edge = '─'.repeat(width)
    return [`┌${edge}┐`, ...rows, `└${edge}┘`]
  }

  #cell(cell) {
    const robot = this.#game.robotAt(cell)
    if (robot === undefined) return this.#game.hasFood(cell) ? this.#styled('·', dim) : ' '
    const isHit = this.#game.hits.includes(cell)
    return this.#styled(initials[robot.kind], ...(isHit ? [colours[robot.kind], inverse] : [colours[robot.kind]]))
  }

  /** How much of the grid is drawn. */
  #room() {
    const { width, height } = this.#game
    if (this.#isPlain) return { width, height }
    const { columns = 80, rows = 24 } = process.stdout
    return { width: Math.max(1, Math.min(width, columns - 2)), height: Math.max(1, Math.min(height, rows - 4)) }
  }

  #styled(text, ...codes) {
    return this.#isColoured ? `\x1b[${codes.join(';')}m${text}\x1b[0m` : text
  }
}
