// Loaded by --require before a loop's thread, which starts only once there is the file that HELD_BACK names.

const { existsSync } = require('node:fs')

const pause = new Int32Array(new SharedArrayBuffer(4))
while (!existsSync(process.env.HELD_BACK)) Atomics.wait(pause, 0, 0, 1)
