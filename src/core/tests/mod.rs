//! One file per primitive; the same bodies run plainly and under loom.
