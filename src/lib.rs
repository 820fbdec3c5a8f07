//! appassign's core: Microsoft Graph's `mobileApp: assign`, and an emulator of the service.
//!
//! A file uses files of its own floor, without circles, and of the floors below it. A test holds this.
//!
//! | floor | what it holds | files |
//! |---|---|---|
//! | 0 words | values and errors; no I/O, no clock, no chance | `error` `secret` `json` `model` `event` |
//! | 1 rules | pure functions of their arguments | `service` `network` `request` `response` `page` `plan` `receipt` `report` `challenge` `retry_after` `retry` `pace` `claims` `advice` `html` |
//! | 2 doors | each names exactly one outside thing | `transport` `ca_bundle` `journal` `token` |
//! | 3 acts | what a caller asks for | `circuit` `client` `call` `assign` `read` `apps` `change` `bulk` |
//! | apart | a second, independent reading of Graph; uses nothing of the crate | `emulator` |
//! | 4 bridge | the only folder that names Python | `python` |

pub mod error;
pub mod event;
pub mod json;
pub mod model;
pub mod secret;

pub mod advice;
pub mod challenge;
pub mod claims;
pub mod html;
pub mod network;
pub mod pace;
pub mod page;
pub mod plan;
pub mod receipt;
pub mod report;
pub mod request;
pub mod response;
pub mod retry;
pub mod retry_after;
pub mod service;

pub mod ca_bundle;
pub mod journal;
pub mod token;
pub mod transport;

pub mod apps;
pub mod assign;
pub mod bulk;
mod call;
pub mod change;
mod circuit;
pub mod client;
pub mod read;

pub mod emulator;

#[cfg(feature = "python")]
mod python;
