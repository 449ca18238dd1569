//! A function as Lambda runs it: a pool of instances, each a child process.
//!
//! An invocation takes an idle instance, or starts another up to the limit, or waits for its turn.
//! An instance that times out or crashes is discarded. Started by the local command and the tests;
//! it never retries what a function has begun.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;
use futures_util::future::{BoxFuture, join_all};
use tokio::sync::{Semaphore, SemaphorePermit, TryAcquireError};

use crate::{
    child::ChildProcess,
    instance::{FunctionConfig, Instance, Outcome},
    invoke::{Invoke, InvokeError, run_to_the_end},
    limits::PAYLOAD_BYTES_MAX,
    lock::lock,
};

/// A function that runs as child processes; a clone is the same function.
///
/// Needs a tokio runtime. When the last clone is gone, its instances are terminated.
#[derive(Clone)]
pub struct Function {
    pool: Arc<Pool>,
}

struct Pool {
    config: FunctionConfig,
    turns: Semaphore,
    throttles: AtomicU64,
    idle: Mutex<Vec<Instance>>,
    living: Mutex<Vec<ChildProcess>>,
}

impl Function {
    /// Makes a function without any instance: the first invocation starts one.
    pub fn new(config: FunctionConfig) -> Self {
        let turns = Semaphore::new(config.max_concurrency.get().min(Semaphore::MAX_PERMITS));
        let throttles = AtomicU64::new(0);
        let (idle, living) = (Mutex::default(), Mutex::default());
        Self { pool: Arc::new(Pool { config, turns, throttles, idle, living }) }
    }

    pub fn name(&self) -> &str {
        &self.pool.config.name
    }

    /// The instances that live now, oldest first, idle and busy ones alike.
    pub fn instances(&self) -> Vec<InstanceKill> {
        self.pool.living().into_iter().map(InstanceKill).collect()
    }

    /// Invocations so far that found every instance busy: Lambda's metric `Throttles`. Lambda rejects these, and its
    /// callers try again; here they wait.
    pub fn throttles(&self) -> u64 {
        self.pool.throttles.load(Ordering::Relaxed)
    }

    /// Ends every instance (SIGTERM, then SIGKILL) and returns once all are gone.
    ///
    /// Waiting invocations get [`InvokeError::Stopped`], those under way [`InvokeError::Crashed`].
    pub async fn stop(&self) {
        self.pool.turns.close();
        let living = self.pool.living();
        living.iter().for_each(ChildProcess::terminate);
        join_all(living.iter().map(ChildProcess::end)).await;
    }
}

impl Invoke for Function {
    fn invoke(&self, payload: Bytes) -> BoxFuture<'static, Result<Bytes, InvokeError>> {
        run_to_the_end(Arc::clone(&self.pool).invoke(payload))
    }
}

impl Pool {
    async fn invoke(self: Arc<Self>, payload: Bytes) -> Result<Bytes, InvokeError> {
        if payload.len() > PAYLOAD_BYTES_MAX {
            return Err(InvokeError::PayloadTooLarge { bytes: payload.len() });
        }
        let _turn = self.turn().await?;
        loop {
            let mut instance = self.idle_or_new().await?;
            match instance.invoke(payload.clone(), self.config.timeout).await {
                Outcome::Answered(answer) => {
                    self.put_back(instance);
                    return Ok(answer?);
                }
                Outcome::Ended(error) => return Err(error),
                Outcome::NeverTaken => {}
            }
        }
    }

    async fn turn(&self) -> Result<SemaphorePermit<'_>, InvokeError> {
        match self.turns.try_acquire() {
            Ok(turn) => return Ok(turn),
            Err(TryAcquireError::Closed) => return Err(InvokeError::Stopped),
            Err(TryAcquireError::NoPermits) => self.throttles.fetch_add(1, Ordering::Relaxed),
        };
        self.turns.acquire().await.map_err(|_| InvokeError::Stopped)
    }

    async fn idle_or_new(&self) -> Result<Instance, InvokeError> {
        let idle = lock(&self.idle).pop();
        match idle {
            Some(instance) => Ok(instance),
            None => self.start_instance().await,
        }
    }

    async fn start_instance(&self) -> Result<Instance, InvokeError> {
        let instance = Instance::start(&self.config).await?;
        lock(&self.living).push(instance.child().clone());
        if self.turns.is_closed() {
            // Stopped while it started, so `stop` may not have ended it.
            return Err(InvokeError::Stopped);
        }
        Ok(instance)
    }

    fn put_back(&self, instance: Instance) {
        lock(&self.idle).push(instance);
    }

    fn living(&self) -> Vec<ChildProcess> {
        let mut living = lock(&self.living);
        living.retain(|child| !child.has_ended());
        living.clone()
    }
}

/// A handle that kills a running instance, for tests of crashes.
#[derive(Clone, Debug)]
pub struct InstanceKill(ChildProcess);

impl InstanceKill {
    /// The operating system's number of the instance's process.
    pub fn pid(&self) -> u32 {
        self.0.pid()
    }

    /// Kills the instance as `kill -9` does, and returns once it has ended. Does nothing if it has already ended.
    pub async fn kill(&self) {
        self.0.kill();
        self.0.end().await;
    }
}
