//! The border: the core's objects as numbers, functions and tickets for JavaScript. The only folder that knows Node-API.
//!
//! A stranger's walk: [`lifecycle`] (how a thread begins and ends), [`call`] (one call), [`doors`] (try, await, block),
//! [`hub`] and [`environment`] (how a loop is woken), then the nouns: queue, event, future, task, runner.

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
