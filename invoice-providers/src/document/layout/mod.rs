//! Where everything stands on the page: shared by PDF and OFD. Lengths are whole micrometres, from the upper left corner.
//!
//! Source of the measures: 数字化电子发票版式及XML规范 V5.002, section three, 1.1 to 1.7: 210 mm wide, 140 mm high with up to
//! eight lines of rows, higher in steps of four lines up to 42; beyond that 47 lines a page, with 小计 on each, and
//! capitals and remark on the last. The seal's place is left to a line that says that this is no voucher.

mod body;
mod form;
mod head;
mod pages;
mod text;

pub(super) use pages::pages;
#[cfg(feature = "ofd")]
pub(super) use text::HalfWidth;
pub(super) use text::Measure;

/// What every page says of itself.
#[derive(Debug)]
pub(super) struct Notice {
    /// In the place of the seal.
    pub(super) above: String,
    /// Across the rows.
    pub(super) across: &'static str,
}

impl Notice {
    pub(super) fn specimen() -> Self {
        let words = "票样 · 非税务凭证";
        Self { above: words.to_owned(), across: words }
    }

    /// The name of the sheet that is copied, 记账联, is the seller's own.
    #[cfg(feature = "pdf")]
    pub(super) fn copy(reference: &str) -> Self {
        Self {
            above: format!("记账联复印件 · 与原件核对一致 · 编号 {reference}"), across: "记账联复印件"
        }
    }
}

/// A micrometre is the thousandth part of this.
pub(super) const MM: i32 = 1_000;

/// One page.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) width: i32,
    pub(super) height: i32,
    pub(super) marks: Vec<Mark>,
}

/// What colour something has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// Lines and names of the form: red-brown.
    Form,
    /// What is filled in.
    Value,
    /// What says that this is a specimen.
    Notice,
    /// The same, across the page.
    Faint,
}

impl Ink {
    /// Red, green and blue. The form's are given by the layout rules, 1.2.
    pub(super) const fn rgb(self) -> [u8; 3] {
        match self {
            Self::Form => [128, 0, 0],
            Self::Value => [0, 0, 0],
            Self::Notice => [90, 90, 90],
            Self::Faint => [238, 238, 238],
        }
    }
}

/// Something drawn. Later marks cover earlier ones.
#[derive(Debug)]
pub(super) enum Mark {
    /// Text on one line; `y` is its base line, `size` the height of an em.
    Text { x: i32, y: i32, size: i32, ink: Ink, text: String },
    /// A straight line, horizontal or vertical.
    Line { from: (i32, i32), to: (i32, i32), width: i32 },
    /// A black rectangle: dark modules of the QR code.
    Block { x: i32, y: i32, width: i32, height: i32 },
}
