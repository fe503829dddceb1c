//! Where an export's rows go: written, hashed, counted and summed as they pass, never kept.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Bytes;
use csv::{Terminator, Writer, WriterBuilder};
use sha2::{Digest, Sha256};
use shared::currency::Currency;
use shared::exports::{Cell, ControlTotal, Dialect, ExportName, ExportQuery, Manifest, PREVIEW_ROWS, Preview};
use shared::money::Money;
use shared::problem::Code;
use tokio::sync::mpsc::Sender;

use crate::audit;
use crate::http::error::ApiError;

/// How much is written before it is sent on.
const CHUNK_BYTES: usize = 64 * 1024;

/// A reader that takes nothing for so long is gone.
const STALLED: Duration = Duration::from_secs(30);

/// Marks the file as UTF-8 for Excel.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    name: String,
    is_summed: bool,
}

impl Column {
    /// A column without a control total.
    #[must_use]
    pub fn plain(name: impl Into<String>) -> Self {
        Self { name: name.into(), is_summed: false }
    }

    /// A column of amounts with a control total.
    #[must_use]
    pub fn summed(name: impl Into<String>) -> Self {
        Self { name: name.into(), is_summed: true }
    }
}

/// A chunk of the file, or what went wrong.
pub type Chunk = Result<Bytes, ApiError>;

/// Takes a table row by row.
pub struct Sink {
    name: ExportName,
    query: ExportQuery,
    dialect: Dialect,
    to: Option<Sender<Chunk>>,
    writer: Writer<Vec<u8>>,
    columns: Vec<Column>,
    first: Vec<Vec<Cell>>,
    rows: i64,
    bytes: i64,
    hash: Sha256,
    totals: BTreeMap<(String, usize, Currency), Money>,
}

fn writer(dialect: Dialect) -> Writer<Vec<u8>> {
    let delimiter = match dialect {
        Dialect::Standard => b',',
        Dialect::Excel => b';',
    };
    WriterBuilder::new().delimiter(delimiter).terminator(Terminator::CRLF).from_writer(Vec::new())
}

impl Sink {
    /// For one export; the file goes to `to`, or nowhere when only its figures are wanted.
    #[must_use]
    pub fn new(name: ExportName, query: &ExportQuery, to: Option<Sender<Chunk>>) -> Self {
        let dialect = query.dialect.unwrap_or(Dialect::Standard);
        Self {
            name,
            query: query.clone(),
            dialect,
            to,
            writer: writer(dialect),
            columns: Vec::new(),
            first: Vec::new(),
            rows: 0,
            bytes: 0,
            hash: Sha256::new(),
            totals: BTreeMap::new(),
        }
    }

    /// Writes the header row, once and first.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn head(&mut self, columns: Vec<Column>) -> Result<(), ApiError> {
        self.writer.write_record(columns.iter().map(|c| c.name.as_str())).map_err(broken)?;
        self.columns = columns;
        Ok(())
    }

    /// Writes a row of a kind (empty where a file has one kind) and adds up its amounts.
    ///
    /// # Errors
    /// When a sum overflows, the row does not fit the header, or the reader is gone.
    pub async fn row(&mut self, kind: &str, cells: Vec<Cell>) -> Result<(), ApiError> {
        for (at, (column, cell)) in self.columns.iter().zip(&cells).enumerate() {
            if let (true, Cell::Amount(money)) = (column.is_summed, cell) {
                let key = (kind.to_owned(), at, money.currency());
                let total = self.totals.entry(key).or_insert_with(|| Money::zero(money.currency()));
                *total = total.checked_add(*money)?;
            }
        }
        self.writer.write_record(cells.iter().map(|cell| cell.written(self.dialect))).map_err(broken)?;
        self.rows += 1;
        if self.first.len() < PREVIEW_ROWS {
            self.first.push(cells);
        }
        if self.writer.get_ref().len() >= CHUNK_BYTES {
            let chunk = self.chunk()?;
            self.send(chunk).await?;
        }
        Ok(())
    }

    /// What was written since the last time, counted and hashed.
    fn chunk(&mut self) -> Result<Bytes, ApiError> {
        let full = std::mem::replace(&mut self.writer, writer(self.dialect));
        let mut bytes = full.into_inner().map_err(|e| ApiError::internal(format!("CSV: {e}")))?;
        if self.bytes == 0 && self.dialect == Dialect::Excel {
            bytes.splice(0..0, BYTE_ORDER_MARK.iter().copied());
        }
        self.bytes += i64::try_from(bytes.len()).map_err(|_| Code::AmountRange)?;
        self.hash.update(&bytes);
        Ok(bytes.into())
    }

    async fn send(&self, chunk: Bytes) -> Result<(), ApiError> {
        let Some(to) = &self.to else { return Ok(()) };
        match to.send_timeout(Ok(chunk), STALLED).await {
            Ok(()) => Ok(()),
            Err(_) => Err(Code::Timeout.into()),
        }
    }

    /// Ends the file: its figures, and its last chunk, which is still to be sent.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn finish(mut self) -> Result<Finished, ApiError> {
        let last = self.chunk()?;
        let totals = self
            .totals
            .iter()
            .filter_map(|((kind, at, _), amount)| {
                let column = self.columns.get(*at)?.name.clone();
                Some(ControlTotal { kind: kind.clone(), column, amount: *amount })
            })
            .collect();
        let manifest = Manifest {
            name: self.name.as_str().to_owned(),
            file: self.query.file_name(self.name),
            columns: self.columns.iter().map(|c| c.name.clone()).collect(),
            parameters: self.query.clone(),
            rows: self.rows,
            bytes: self.bytes,
            totals,
            sha256: audit::hex(&self.hash.clone().finalize()),
        };
        let preview = Preview { first: std::mem::take(&mut self.first), manifest };
        Ok(Finished { preview, last, sink: self })
    }
}

/// A file that is complete but for its last chunk.
pub struct Finished {
    /// Its first rows and its manifest.
    pub preview: Preview,
    last: Bytes,
    sink: Sink,
}

impl Finished {
    /// Sends the last chunk.
    ///
    /// # Errors
    /// When the reader is gone.
    pub async fn send(self) -> Result<Preview, ApiError> {
        self.sink.send(self.last).await?;
        Ok(self.preview)
    }
}

fn broken(error: csv::Error) -> ApiError {
    ApiError::internal(format!("CSV: {error}"))
}
