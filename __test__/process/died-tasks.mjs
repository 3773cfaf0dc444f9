// A module for `synchronized`, whose loop ends by itself where it is told to.

export const exits = code => process.exit(code)
export const one = () => 1
/** Leaves an error behind, which is reported before the next call begins. */
export const leave = async () => void Promise.reject(new RangeError('unheard'))
