// A module for `synchronized`, whose loop ends by itself where it is told to.

export const exits = code => process.exit(code)
export const one = () => 1
