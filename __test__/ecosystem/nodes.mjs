// The versions of Node.js that projects ask for, beside the one that runs them.

export const nodes = { 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' }
