// A task that blocks for what a link of its own has not got yet.

import { NatsLink } from 'threaded-async/nats'

/** Tells the class of the error with which the wait ends, and throws it. */
export function blocked(url, verb, begun, told) {
  const link = new NatsLink({ servers: url })
  const target = verb === 'clientWait' ? link : link.queue('a')
  begun.set()
  try {
    target[verb](...(verb === 'qsizeWait' || verb === 'getWait' ? [] : ['a']))
  } catch (error) {
    told.putNowait(error.name)
    throw error
  } finally {
    link.close()
  }
}
