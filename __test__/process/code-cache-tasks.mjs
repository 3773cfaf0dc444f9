// A module that a loop imports, for code-cache.mjs.

export const imported = () => 'imported'
