#pragma once

namespace headrace {

/// Tells the C library's allocator how this program uses memory. REQUIRES: no other thread runs yet.
///
/// The engine takes and gives back arrays of some hundred kilobytes thousands of times; by default each goes back to
/// the system and comes again as zeroed pages. Kept and shared by all threads, they save a tenth of the time of a
/// backfill.
void keep_freed_memory();

}  // namespace headrace
