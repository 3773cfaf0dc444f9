// Loaded before each loop by `--require`: takes its time, as the compilation of a large project would.
//
// Promises to hold the thread, not its loop, for six seconds; the main thread is not held.

const { isMainThread } = require('node:worker_threads')

if (!isMainThread) for (const end = Date.now() + 6000; Date.now() < end;);
