use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::document::face::InvoiceFace;
use crate::document::layout::{HalfWidth, Ink, Mark, Measure, Notice, Page, pages};
use crate::document::{DocumentCode, DocumentError, SPECIMEN, xml};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const SPACE: &str = "xmlns:ofd=\"http://www.ofdspec.org/2016\"";
/// Unit id of the only font.
const FONT: usize = 1;

/// Writes a face as OFD, in the layout of the PDF and marked as a specimen on every page, with its national XML as
/// `Doc_0/Attachs/original_invoice.xml`. Text is in 宋体, which is not embedded: whoever shows the file has it or another.
/// The same face gives the same bytes.
///
/// # Errors
/// `DOC-43` above 5,000 rows, `DOC-18` for a name of more than 2,000 bytes, `DOC-45` where the file could not be put
/// together.
pub fn write(face: &InvoiceFace) -> Result<Vec<u8>, DocumentError> {
    let data = xml::write(face);
    let pages = pages(face, &Notice::specimen(), &HalfWidth)?;
    let mut file = File::default();
    file.add("OFD.xml", &root(face, &data))?;
    file.add("Doc_0/PublicRes.xml", &fonts())?;
    file.add("Doc_0/Attachs/Attachments.xml", &attachments())?;
    file.add("Doc_0/Attachs/original_invoice.xml", &data)?;
    // Ids of units are unique over the document: font, pages, layers, then what stands on them.
    let mut unit = Units(FONT + 2 * pages.len());
    for (index, page) in pages.iter().enumerate() {
        let content = content(page, FONT + pages.len() + index + 1, &mut unit);
        file.add(&format!("Doc_0/Pages/Page_{index}/Content.xml"), content.as_bytes())?;
    }
    file.add("Doc_0/Document.xml", document(&pages, unit.0).as_bytes())?;
    file.finish()
}

#[derive(Default)]
struct File {
    zip: Option<ZipWriter<Cursor<Vec<u8>>>>,
}

impl File {
    fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), DocumentError> {
        let zip = self.zip.get_or_insert_with(|| ZipWriter::new(Cursor::default()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        zip.start_file(name, options).map_err(not_written)?;
        zip.write_all(bytes).map_err(not_written)
    }

    fn finish(self) -> Result<Vec<u8>, DocumentError> {
        let zip = self.zip.ok_or(DocumentCode::NotWritten)?;
        Ok(zip.finish().map_err(not_written)?.into_inner())
    }
}

fn not_written(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> DocumentError {
    DocumentError::new(DocumentCode::NotWritten).because(error)
}

struct Units(usize);

impl Units {
    fn next(&mut self) -> usize {
        self.0 += 1;
        self.0
    }
}

/// Micrometres as millimetres in decimal.
fn mm(micrometres: i32) -> String {
    let sign = if micrometres < 0 { "-" } else { "" };
    let (whole, part) = (micrometres.unsigned_abs() / 1_000, micrometres.unsigned_abs() % 1_000);
    if part == 0 {
        return format!("{sign}{whole}");
    }
    format!("{sign}{whole}.{}", format!("{part:03}").trim_end_matches('0'))
}

fn root(face: &InvoiceFace, data: &[u8]) -> Vec<u8> {
    let id = Sha256::digest(data).iter().take(16).fold(String::new(), |mut id, byte| {
        // Writing to a string cannot fail.
        let _ = write!(id, "{byte:02x}");
        id
    });
    let day = face.issued_on.map(|day| format!("<ofd:CreationDate>{day}</ofd:CreationDate>"));
    format!(
        "{HEAD}<ofd:OFD {SPACE} Version=\"1.1\" DocType=\"OFD\"><ofd:DocBody><ofd:DocInfo><ofd:DocID>{id}</ofd:DocID>\
         <ofd:Title>{SPECIMEN} {}</ofd:Title>{}</ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>\
         </ofd:DocBody></ofd:OFD>",
        face.number,
        day.unwrap_or_default()
    )
    .into_bytes()
}

fn fonts() -> Vec<u8> {
    format!(
        "{HEAD}<ofd:Res {SPACE} BaseLoc=\"Res\"><ofd:Fonts><ofd:Font ID=\"{FONT}\" FontName=\"宋体\" \
         FamilyName=\"宋体\"/></ofd:Fonts></ofd:Res>"
    )
    .into_bytes()
}

fn attachments() -> Vec<u8> {
    format!(
        "{HEAD}<ofd:Attachments {SPACE}><ofd:Attachment ID=\"1\" Name=\"original_invoice\" Format=\"xml\" \
         Visible=\"false\"><ofd:FileLoc>original_invoice.xml</ofd:FileLoc></ofd:Attachment></ofd:Attachments>"
    )
    .into_bytes()
}

fn document(pages: &[Page], last_unit: usize) -> String {
    let area = pages.first().map(area).unwrap_or_default();
    let listed: String = (0..pages.len())
        .map(|index| {
            let id = FONT + 1 + index;
            format!("<ofd:Page ID=\"{id}\" BaseLoc=\"Pages/Page_{index}/Content.xml\"/>")
        })
        .collect();
    format!(
        "{HEAD}<ofd:Document {SPACE}><ofd:CommonData><ofd:MaxUnitID>{last_unit}</ofd:MaxUnitID><ofd:PageArea>{area}\
         </ofd:PageArea><ofd:PublicRes>PublicRes.xml</ofd:PublicRes></ofd:CommonData><ofd:Pages>{listed}</ofd:Pages>\
         <ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments></ofd:Document>"
    )
}

fn area(page: &Page) -> String {
    format!("<ofd:PhysicalBox>0 0 {} {}</ofd:PhysicalBox>", mm(page.width), mm(page.height))
}

fn content(page: &Page, layer: usize, unit: &mut Units) -> String {
    let mut out = format!(
        "{HEAD}<ofd:Page {SPACE}><ofd:Area>{}</ofd:Area><ofd:Content><ofd:Layer ID=\"{layer}\" Type=\"Body\">",
        area(page)
    );
    for mark in &page.marks {
        out.push('\n');
        out.push_str(&object(mark, unit.next()));
    }
    out.push_str("</ofd:Layer></ofd:Content></ofd:Page>");
    out
}

fn object(mark: &Mark, id: usize) -> String {
    match mark {
        Mark::Text { x, y, size, ink, text } => {
            let steps: Vec<String> =
                text.chars().map(|c| mm(HalfWidth.width(c.encode_utf8(&mut [0; 4]), *size))).collect();
            let steps = steps.get(..steps.len().saturating_sub(1)).unwrap_or_default().join(" ");
            // The base line stands at nine tenths of the box.
            let above = size * 9 / 10;
            format!(
                "<ofd:TextObject ID=\"{id}\" Boundary=\"{} {} {} {}\" Font=\"{FONT}\" Size=\"{}\">{}<ofd:TextCode \
                 X=\"0\" Y=\"{}\" DeltaX=\"{steps}\">{}</ofd:TextCode></ofd:TextObject>",
                mm(*x),
                mm(y - above),
                mm(HalfWidth.width(text, *size).max(1)),
                mm(size * 5 / 4),
                mm(*size),
                color("FillColor", *ink),
                mm(above),
                xml::escape(text)
            )
        }
        Mark::Line { from, to, width } => {
            // A box around the stroke, so that nothing of it is cut off.
            let half = width / 2;
            let (run, rise) = (to.0 - from.0, to.1 - from.1);
            format!(
                "<ofd:PathObject ID=\"{id}\" Boundary=\"{} {} {} {}\" LineWidth=\"{}\">{}<ofd:AbbreviatedData>M {h} {h} L \
                 {} {}</ofd:AbbreviatedData></ofd:PathObject>",
                mm(from.0 - half),
                mm(from.1 - half),
                mm(run + width),
                mm(rise + width),
                mm(*width),
                color("StrokeColor", Ink::Form),
                mm(run + half),
                mm(rise + half),
                h = mm(half)
            )
        }
        Mark::Block { x, y, width, height } => {
            let (right, bottom) = (mm(*width), mm(*height));
            format!(
                "<ofd:PathObject ID=\"{id}\" Boundary=\"{} {} {right} {bottom}\" Fill=\"true\" Stroke=\"false\">{}\
                 <ofd:AbbreviatedData>M 0 0 L {right} 0 L {right} {bottom} L 0 {bottom} C</ofd:AbbreviatedData>\
                 </ofd:PathObject>",
                mm(*x),
                mm(*y),
                color("FillColor", Ink::Value)
            )
        }
    }
}

fn color(element: &str, ink: Ink) -> String {
    let [red, green, blue] = ink.rgb();
    format!("<ofd:{element} Value=\"{red} {green} {blue}\"/>")
}
