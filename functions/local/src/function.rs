//! Runs one function, as its own binary does; the host's child processes call it.

use lambda_emulator::exit_when_parent_dies;

use crate::{error::RunError, stack::FunctionName};

/// Runs a function until the host ends this process.
pub(crate) async fn serve(name: FunctionName) -> Result<(), RunError> {
    exit_when_parent_dies().map_err(RunError::system("watching the parent process"))?;
    let ended = match name {
        FunctionName::Api => api::run().await,
        FunctionName::Books => books::run().await,
        FunctionName::Dispatch => dispatch::run().await,
        FunctionName::Callbacks => callbacks::run().await,
        FunctionName::Receipts => receipts::run().await,
        FunctionName::Clock => clock::run().await,
        FunctionName::Console => console::run().await,
    };
    ended.map_err(RunError::Function)
}
