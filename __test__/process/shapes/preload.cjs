// Loaded before a program, and before each of its loops, by `--require` or NODE_OPTIONS.
//
// Promises a global that a task can see.

globalThis.preloaded = (globalThis.preloaded ?? 0) + 1
