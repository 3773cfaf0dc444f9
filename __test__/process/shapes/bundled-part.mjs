// The other half of `bundled.mjs`: a value that a function of the bundle must not capture.

export const offset = process.argv.length * 50
