//! The border: the core's objects as numbers, functions and tickets for JavaScript. The only folder that knows
//! Node-API.
//!
//! Its rooms lie on floors, and each knows only the rooms below it: [`lifecycle`] (how a thread begins and ends),
//! [`objects`] (the nouns and their functions), [`waits`] (one thread's environment, its calls and its doors),
//! [`threads`] (what threads know of one another), [`values`] (what crosses, and under which number), [`node`]
//! (Node-API).

#![cfg_attr(test, allow(dead_code, reason = "tests leave out what registers the functions with Node"))]
#![expect(clippy::unnecessary_wraps, reason = "one type for all functions that JavaScript calls")]

mod lifecycle;
mod node;
mod objects;
mod threads;
mod values;
mod waits;

#[cfg(test)]
mod tests;
