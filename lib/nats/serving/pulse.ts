// The heartbeats of two machines that know of each other.
//
// Promises that silence is noticed within two heartbeats of the other side, and that a loop which was held up itself does not
// take its own delay for silence: it counts its own turns, not the time.

/** So often this side comes round within a heartbeat. */
const TURNS = 4
/** A beat is sent every other turn: so one may be lost, or late by a whole heartbeat. */
const BETWEEN = 2

export class Pulse {
  readonly #timer: NodeJS.Timeout
  readonly #own: number
  #turns = 0

  /** `turn` is called each time, with whether a beat is due. */
  constructor(heartbeat: number, turn: (isDue: boolean) => void) {
    this.#own = heartbeat
    this.#timer = setInterval(() => turn(++this.#turns % BETWEEN === 0), heartbeat / TURNS)
    this.#timer.unref()
  }

  /** After how many turns without a word a side counts as gone that has this heartbeat. */
  limitFor(heartbeat: number): number {
    return Math.max(2 * TURNS - 1, Math.floor(((2 * TURNS - 1) * heartbeat) / this.#own))
  }

  end(): void {
    clearInterval(this.#timer)
  }
}
