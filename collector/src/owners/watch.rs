//! Puts the files in force whenever they change.
