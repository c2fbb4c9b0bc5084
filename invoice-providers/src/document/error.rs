use std::fmt;

macro_rules! codes {
    ($($name:ident $code:literal $meaning:literal;)*) => {
        /// Why a file cannot be read or made. The text code never changes its meaning and is never reused.
        ///
        /// 0x any file, 1x XML, 2x archives, 3x PDF, 4x making a file, 5x pictures, 6x recognition.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum DocumentCode {
            $(#[doc = concat!("`", $code, "`: ", $meaning)] $name,)*
        }

        impl DocumentCode {
            /// Every code in order.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The text code, such as `DOC-11`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What was wrong, in one sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)* }
            }
        }
    };
}

codes! {
    TooLarge "DOC-01" "The file is larger than what is read.";
    FormatUnknown "DOC-02" "The file is none of XML, OFD, PDF, PNG and JPEG.";
    NoInvoice "DOC-03" "The file does not say which invoice it is, or contradicts itself.";
    Unreadable "DOC-04" "The file cannot be opened or read.";
    OutOfTime "DOC-05" "Reading the file was given up: it takes too long or breaks its reader.";

    XmlBroken "DOC-11" "The XML is cut off or not well formed.";
    XmlEncoding "DOC-12" "The XML is not in UTF-8, or declares another encoding.";
    XmlDeclares "DOC-13" "The XML declares a document type or uses an entity of its own, which no invoice does.";
    XmlTooDeep "DOC-14" "The XML is nested deeper than any invoice.";
    XmlTooMany "DOC-15" "The XML has more elements than any invoice.";
    NotAnInvoice "DOC-16" "The XML is well formed, but not an invoice.";
    NumberUnreadable "DOC-17" "The invoice has no number, or one that is none.";
    FieldUnreadable "DOC-18" "A field of the invoice does not hold what it should.";

    ArchiveBroken "DOC-21" "The archive is cut off, damaged or encrypted.";
    ArchiveEntries "DOC-22" "The archive has more entries than any invoice.";
    ArchiveUnpacked "DOC-23" "The archive is larger than what is read, once unpacked.";
    ArchiveRatio "DOC-24" "An entry of the archive is packed so tightly that it must be a bomb.";
    ArchivePath "DOC-25" "An entry of the archive leads out of it, or two have the same name.";

    PdfBroken "DOC-31" "The PDF is cut off or damaged.";
    PdfEncrypted "DOC-32" "The PDF is encrypted.";
    PdfTooMany "DOC-33" "The PDF has more pages or objects than any invoice.";

    FontMissing "DOC-41" "No font with Chinese characters was found: install the package fonts-wqy-microhei or fonts-noto-cjk, or name a font file in INVOICE_FONT.";
    FontUnreadable "DOC-42" "The font file cannot be read or used.";
    TooManyRows "DOC-43" "The invoice has more rows than any invoice may have.";
    NotIssued "DOC-44" "The invoice is not issued, so there is nothing to print.";
    NotWritten "DOC-45" "The file could not be put together.";
    NoCopy "DOC-46" "Copies are made of paper invoices only, under a reference of 1 to 40 characters.";

    PictureBroken "DOC-51" "The picture is cut off, damaged or of another format.";
    PictureTooLarge "DOC-52" "The picture has more pixels than what is read.";

    RecognizerMissing "DOC-61" "No program recognises text: install the packages tesseract-ocr and tesseract-ocr-chi-sim.";
    RecognizerFailed "DOC-62" "The program that recognises text ended badly or said something else than words.";
}

/// A file that cannot be read or made: a code, and the element, entry or page where it was noticed. Never what stands
/// there.
#[derive(Debug)]
pub struct DocumentError {
    code: DocumentCode,
    place: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl DocumentError {
    pub(crate) const fn new(code: DocumentCode) -> Self {
        Self { code, place: None, source: None }
    }

    /// Says where: a name that this crate knows, or a number.
    pub(crate) fn at(mut self, place: impl fmt::Display) -> Self {
        self.place.get_or_insert(place.to_string());
        self
    }

    pub(crate) fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> DocumentCode {
        self.code
    }

    /// Where it was noticed.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }
}

impl From<DocumentCode> for DocumentError {
    fn from(code: DocumentCode) -> Self {
        Self::new(code)
    }
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.code.meaning())?;
        self.place.as_ref().map_or(Ok(()), |place| write!(f, " (at {place})"))
    }
}

impl std::error::Error for DocumentError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}
