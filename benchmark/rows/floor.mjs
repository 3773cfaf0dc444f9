// P1f: the round trip of a number beside what the host allows. `npm run bench -- floor` measures it.
//
// How long a cache line takes from one core to another differs by five times between hosts of the same name, and on one
// host from hour to hour. So the floor is measured in the same run: a line there and back, and 400 ns of computing.

import { cacheLine, whole } from './budget.mjs'

const COMPUTING = 400

const beneath = {
  name: `a cache line there and back, and ${COMPUTING} ns`,
  setUp() {
    const { round, tearDown } = cacheLine.setUp()
    return { round: () => round() + COMPUTING, tearDown }
  },
}

export const floor = {
  id: 'floor',
  title: 'a round trip beside what the host allows',
  unit: 'ns',
  rounds: 15,
  contestants: [whole, beneath],
  goals: [{ of: whole.name, against: beneath.name, within: 1.8 }],
}
