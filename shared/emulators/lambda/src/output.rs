//! Where the standard output and standard error of a function's children go.

use std::{
    fmt,
    fs::{File, OpenOptions},
    io,
    path::Path,
    process::Stdio,
    sync::Arc,
};

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

type Sink = Arc<dyn Fn(&str, &str) + Send + Sync>;

/// The target of the children's lines: what CloudWatch Logs is to a deployed function.
#[derive(Clone)]
pub struct Output(Target);

#[derive(Clone)]
enum Target {
    Nowhere,
    File(Arc<File>),
    Lines(Sink),
}

impl Output {
    /// Drops every line.
    pub fn discard() -> Self {
        Self(Target::Nowhere)
    }

    /// Appends to the file at `path`, made if missing. The children write to it themselves, so
    /// the last lines of a killed one are not lost.
    ///
    /// # Errors
    /// If the file cannot be opened for appending.
    pub fn append_to(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self(Target::File(Arc::new(file))))
    }

    /// Calls `sink` with the function's name and each line, without its end.
    pub fn lines(sink: impl Fn(&str, &str) + Send + Sync + 'static) -> Self {
        Self(Target::Lines(Arc::new(sink)))
    }

    /// The value for either output stream of a child.
    pub(super) fn stdio(&self) -> io::Result<Stdio> {
        Ok(match &self.0 {
            Target::Nowhere => Stdio::null(),
            Target::File(file) => Stdio::from(file.try_clone()?),
            Target::Lines(_) => Stdio::piped(),
        })
    }

    /// Forwards one stream of a child until it ends; a stream that is not piped is not forwarded.
    pub(super) fn forward(&self, function: &str, stream: Option<impl AsyncRead + Unpin + Send + 'static>) {
        if let (Target::Lines(sink), Some(stream)) = (&self.0, stream) {
            tokio::spawn(forward_lines(sink.clone(), function.to_owned(), stream));
        }
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Target::Nowhere => "Output(nowhere)",
            Target::File(_) => "Output(file)",
            Target::Lines(_) => "Output(lines)",
        })
    }
}

async fn forward_lines(sink: Sink, function: String, stream: impl AsyncRead + Unpin) {
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    // By bytes, because a line that is not UTF-8 must not end the forwarding of the lines after it.
    while matches!(reader.read_until(b'\n', &mut line).await, Ok(read) if read > 0) {
        sink(&function, String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']));
        line.clear();
    }
}
