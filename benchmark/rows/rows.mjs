// The rows of the benchmark, in the order in which they are measured and shown. P9 is of Rust: `benches/`.

import { batches } from './batches.mjs'
import { oneByOne, roundByRound } from './control-inversion.mjs'
import { firstResult } from './first.mjs'
import { moreItems, morePending, moreRunners, moreTasks } from './growth.mjs'
import { idle } from './idle.mjs'
import { largeValues } from './large-values.mjs'
import { pendingGets, pendingTasks } from './memory.mjs'
import { modules } from './modules.mjs'
import { pools } from './pools.mjs'
import { roundTrip } from './round-trip.mjs'
import { rounds } from './rounds.mjs'
import { sandboxes } from './sandboxes.mjs'
import { ownInstants, sameInstants } from './simulations.mjs'
import { start } from './start.mjs'
import { stream } from './stream.mjs'
import { task } from './task.mjs'
import { timers } from './timers.mjs'
import { largeBuffer, shortString, smallObject } from './values.mjs'
import { workThatTakesAWhile } from './work.mjs'

const controlInversion = [oneByOne, roundByRound, rounds]
const simulations = [sameInstants, ownInstants]
const values = [smallObject, shortString, largeBuffer]
const memory = [pendingGets, pendingTasks]
const growth = [moreTasks, morePending, moreRunners, moreItems]

export const rows = [
  roundTrip,
  task,
  ...workThatTakesAWhile,
  stream,
  ...batches,
  ...values,
  ...largeValues,
  ...controlInversion,
  ...simulations,
  ...sandboxes,
  start,
  firstResult,
  ...memory,
  idle,
  ...growth,
  timers,
  modules,
  pools,
]
