// What becomes of the calls of remote clients when machines and the server are killed, or cut off: whole programs.

import test from 'ava'
import { ends } from '../support/program.mjs'
import { withServer } from '../support/nats-server.mjs'

const served = withServer(test)

served('each call ends, and none is handled twice, whatever is killed, restarted or cut off', async t => {
  await ends(t, ['nats-serving.mjs', '1'])
})

served('scripts of several processes have the same order every time', async t => {
  await ends(t, ['nats-rounds.mjs', '3', '20', '5'])
})
