//! Measures of the form, in micrometres (layout rules V5.002, section three, 1.1 to 1.7).

use super::MM;

/// Width of the page.
pub(super) const PAGE: i32 = 210 * MM;
/// Left edge of the frame; it is 201 mm wide.
pub(super) const LEFT: i32 = 4 * MM + MM / 2;
/// Right edge of the frame.
pub(super) const RIGHT: i32 = LEFT + 201 * MM;
/// All lines.
pub(super) const STROKE: i32 = MM / 4;
/// Top of the frame, and of the parties.
pub(super) const PARTIES: i32 = 30 * MM;
/// Top of the rows' head.
pub(super) const ROWS: i32 = 52 * MM;
/// Height of the rows' head, and of the lines of totals.
pub(super) const BAND: i32 = 4 * MM + MM / 2;
/// Height of one line of rows.
pub(super) const LINE: i32 = 4_375;
/// Height of the line of capitals.
pub(super) const CAPITALS: i32 = 8 * MM;
/// Height of the remark.
pub(super) const REMARK: i32 = 20 * MM;
/// Below the frame.
pub(super) const FOOT: i32 = 16 * MM;
/// The narrow column with a name written downwards.
pub(super) const NARROW: i32 = 6 * MM;
/// Between a line and text.
pub(super) const GAP: i32 = MM;

/// Lines of rows that the lowest page has room for.
pub(super) const FEWEST_LINES: usize = 8;
/// Lines of rows on the highest page that also has capitals and remark.
pub(super) const MOST_LINES: usize = 42;
/// Lines of rows on a page that others follow.
pub(super) const FULL_LINES: usize = 47;

/// Lines of rows a page has room for when it holds so many: eight, then more in steps of four, 42 at last.
pub(super) const fn room(lines: usize) -> usize {
    if lines <= FEWEST_LINES {
        FEWEST_LINES
    } else if lines > 40 {
        if lines > MOST_LINES { lines } else { MOST_LINES }
    } else {
        lines.div_ceil(4) * 4
    }
}
