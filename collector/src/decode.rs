//! The decoders of what is at rest, for the tests and the fuzz targets; nothing else uses it.

pub use crate::archive::is_whole as archive;
pub use crate::store::is_record as record;
