// Functions for `taskModule`, as CommonJS.

exports.twice = async number => number * 2
