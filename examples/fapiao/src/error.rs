use invoice_examples::run::RunError;

/// Why a subcommand ends with an exit status other than 0. What is wrong with a line of the input is no such error:
/// it is answered with an object like any other.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Standard input cannot be read, or standard output cannot be written.
    #[error("{name} cannot be used")]
    Stream {
        /// Which of them.
        name: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// An export of the audit, or a sealed folder, does not hold; what is wrong was printed.
    #[error("what was sealed does not hold")]
    NotProven,
    /// A query cannot be read.
    #[cfg(feature = "received")]
    #[error("the query cannot be read: {0}")]
    Query(String),
    /// A bundle does not replay.
    #[error(transparent)]
    Incident(#[from] invoice_core::incident::IncidentError),
    /// A run of the closed loop stopped.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl Error {
    /// Whether whoever reads the output has seen enough, as `head` does.
    #[must_use]
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Stream { source, .. } if source.kind() == std::io::ErrorKind::BrokenPipe)
    }
}
