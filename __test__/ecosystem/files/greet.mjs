// A file that inline functions import.

export const greet = name => `hello ${name}`
