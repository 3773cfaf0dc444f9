// A module whose functions are tasks of other programs.

export const double = x => 2 * x
