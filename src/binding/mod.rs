//! The border: the core's objects as numbers, functions and tickets for JavaScript. The only folder that knows Node-API.
//!
//! A stranger's walk: [`lifecycle`] (how a thread begins and ends), [`call`] (one call), [`doors`] (try, await, block),
//! [`hub`] and [`environment`] (how a loop is woken), then the nouns: queue, event, future, task, runner.

#![expect(clippy::unnecessary_wraps, reason = "one type for all functions that JavaScript calls")]

mod call;
mod control;
mod deadlock;
mod doorbell;
mod doors;
mod environment;
mod event;
mod future;
mod handles;
mod hub;
mod js;
mod lifecycle;
mod output;
mod payload;
mod queue;
mod rest;
mod runner;
mod runner_calls;
mod runner_view;
mod server;
mod signal;
mod source;
mod task;
mod text;
mod tickets;
mod turns;
mod wait;
