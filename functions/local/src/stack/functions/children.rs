//! Functions as child processes of one program, called with `function NAME`.

use std::{collections::BTreeMap, num::NonZeroUsize, path::Path, sync::Arc};

use lambda_emulator::{Function, FunctionConfig, Output};

use super::{
    handles::Functions,
    name::{FUNCTIONS, FunctionName},
};

/// Instances of one function at the same time: enough for requests to overlap, few enough for one machine.
const INSTANCES: NonZeroUsize = NonZeroUsize::MIN.saturating_add(3);

pub(super) fn functions(program: &Path, output: &Output, variables: &BTreeMap<String, String>) -> Functions {
    let children = FUNCTIONS.map(|name| Function::new(config(name, program, output, variables)));
    let [api, books, dispatch, callbacks, receipts, clock, console] = children.clone().map(Arc::new);
    Functions { api, books, dispatch, callbacks, receipts, clock, console, children: children.to_vec() }
}

fn config(
    name: FunctionName,
    program: &Path,
    output: &Output,
    variables: &BTreeMap<String, String>,
) -> FunctionConfig {
    FunctionConfig {
        name: name.to_string(),
        program: program.to_owned(),
        args: vec!["function".to_owned(), name.to_string()],
        env: variables.clone(),
        timeout: name.time_limit(),
        max_concurrency: INSTANCES,
        output: output.clone(),
    }
}
