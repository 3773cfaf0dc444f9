// The game's machine. Its main thread only blocks. It waits until every script has called, and then answers them in turn.

import { Event, Server } from 'threaded-async'
import { NatsLink } from 'threaded-async/nats'

const ROBOTS = 4
const ROUNDS = 3

class Game extends Server {
  over = new Event()
  #moves = []
  #positions = new Map()
  #round = 0

  handleRequest(request, future) {
    this.#moves.push({ request, future })
    if (this.#moves.length === ROBOTS) this.#play()
  }

  /** The clients are numbered in the order in which they have joined. */
  #play() {
    const moves = this.#moves.splice(0).sort((one, other) => one.request.client - other.request.client)
    this.#round++
    for (const { request, future } of moves) {
      const [robot, steps] = request.args
      const position = (this.#positions.get(robot) ?? 0) + steps
      this.#positions.set(robot, position)
      future.setResult({ position, isOver: this.#round === ROUNDS })
    }
    const all = Array.from(this.#positions, ([robot, position]) => `${robot} is at ${position}`)
    console.log(`round ${this.#round}: ${all.join(', ')}`)
    if (this.#round === ROUNDS) this.over.set()
  }
}

const game = new Game()
const link = new NatsLink({ servers: process.argv[2] })
link.serve(game, 'arena')
console.log(`The game waits for ${ROBOTS} robots.`)
game.processUntil(game.createTask(over => over.waitAsync(), [game.over]))
link.close()
game.close()
