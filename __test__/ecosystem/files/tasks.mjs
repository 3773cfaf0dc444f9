// Functions for `taskModule`, as JavaScript.

export const twice = async number => number * 2
