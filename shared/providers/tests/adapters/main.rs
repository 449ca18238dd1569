//! The adapters as the dispatcher uses them, over real sockets.

mod africastalking;
mod contract;
mod raw_server;
mod sandbox;
mod subject;
