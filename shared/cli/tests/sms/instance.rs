//! An instance on a data folder, as `cargo run -- --no-demo` starts one, on a thread of the test.

use std::{
    path::Path,
    sync::mpsc,
    thread::{self, JoinHandle},
};

use domain::batch::BatchSize;
use local::{
    data::LocalData,
    demo::open_account,
    stack::{Mode, Running, Stack, StackConfig, State},
};
use platform::clock::Clock;
use providers::sandbox;
use tokio::sync::oneshot;

/// A running instance; it stops when dropped.
pub struct Instance {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Instance {
    /// Starts one, and returns when commands can find it.
    pub fn start(folder: &Path) -> Self {
        let folder = folder.to_owned();
        let (started, up) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let data = LocalData::open(&folder, false, sandbox::KIND.name).unwrap();
                let config = StackConfig {
                    state: State::Folder(data.folder()),
                    mode: Mode::InProcess { batch_recipients: BatchSize::FULL },
                    prefix: "local-".to_owned(),
                    environment: |_| None,
                    ..StackConfig::in_memory(Clock::machine())
                };
                let running = Running::start(Stack::start(config).await.unwrap());
                open_account(running.stores(), &data, running.clock().now()).await.unwrap();
                data.announce(&cli::instance::Instance::new(
                    running.base_url(),
                    running.variables(),
                    running.key().reveal(),
                ))
                .unwrap();
                started.send(()).unwrap();
                let _ = stopped.await;
                running.stop().await;
                data.withdraw();
            });
        });
        up.recv().expect("the instance does not start");
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A variable of the functions of the instance that runs on a folder.
pub fn variable(data: &Path, name: &str) -> String {
    cli::instance::Instance::running_on(data, cli::instance::InstancePart::Tables).unwrap().variables[name]
        .clone()
}
