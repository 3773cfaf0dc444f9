// The entry `threaded-async/nats`: what is beyond one machine.
//
// Promises that nothing of NATS is loaded by it: the loop that holds the connection does that.

export { NatsLink } from './link.js'
export { NatsQueue, type NatsQueueStatistics } from './queue.js'
export { Delivery } from './delivery.js'
export { NatsTasks } from './tasks.js'
export { NatsWork } from './work.js'
export type {
  NakOptions,
  NatsLinkOptions,
  NatsPutOptions,
  NatsQueueOptions,
  NatsTaskOptions,
  NatsWorkOptions,
} from './options.js'
