// What the reference tells of: all entries of the package as one.

export * from '../../index.js'
export { top, type Top, type TopOptions } from '../../lib/top/top.js'
export * from '../../lib/nats/nats.js'
