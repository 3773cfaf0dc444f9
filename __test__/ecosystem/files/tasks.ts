// Functions for `taskModule`, as TypeScript.

export const twice = async (number: number): Promise<number> => number * 2
