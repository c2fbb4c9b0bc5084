//! How much there is to draw on a page: forms draw forms, and twenty that each draw the next twice are a million. So do
//! patterns, masks, and letters that are drawings.

use std::borrow::Cow;
use std::collections::BTreeMap;

use lopdf::{Dictionary, Document, Object, ObjectId, Stream};

use super::bounds::is_picture;
use super::inline::is_regular;

/// Most bytes of drawings that are gone through and pixels of pictures that are put down for one page, each as often as it
/// is drawn. A page scanned at 600 dots an inch has 35 million.
const MOST: u64 = 200_000_000;
/// Deepest drawings within drawings. Whoever draws stops there as well.
const DEEPEST: usize = 50;

/// Whether a page is soon drawn. The streams of the document are unpacked.
pub(super) fn is_little(document: &Document, page: ObjectId) -> bool {
    let mut work = Work { document, known: BTreeMap::new() };
    let (own, inherited) = document.get_page_resources(page).unwrap_or_default();
    let inherited = inherited.into_iter().filter_map(|id| document.get_dictionary(id).ok());
    let means = work.means(&own.into_iter().chain(inherited).collect::<Vec<_>>());
    let contents = document.get_page_contents(page).into_iter();
    let streams = contents.filter_map(|id| document.get_object(id).and_then(Object::as_stream).ok());
    streams.fold(0_u64, |sum, stream| sum.saturating_add(work.of(&stream.content, &means, 0))) <= MOST
}

/// What a drawing may draw by name.
#[derive(Default)]
struct Means<'a> {
    /// Forms and pictures.
    named: Vec<(&'a [u8], ObjectId)>,
    patterns: Vec<ObjectId>,
    masks: Vec<ObjectId>,
    letters: Vec<ObjectId>,
}

struct Work<'a> {
    document: &'a Document,
    /// What each drawing costs; too much while it is being looked at, so that one that draws itself does.
    known: BTreeMap<ObjectId, u64>,
}

impl<'a> Work<'a> {
    fn means(&self, resources: &[&'a Dictionary]) -> Means<'a> {
        let mut means = Means::default();
        for resources in resources {
            let entries = |key| self.dictionary(resources, key).into_iter().flat_map(Dictionary::iter);
            let named = entries(b"XObject");
            means
                .named
                .extend(named.filter_map(|(name, form)| Some((name.as_slice(), form.as_reference().ok()?))));
            means.patterns.extend(entries(b"Pattern").filter_map(|(_, pattern)| pattern.as_reference().ok()));
            let states = entries(b"ExtGState").filter_map(|(_, state)| self.resolved(state)?.as_dict().ok());
            let masks = states.filter_map(|state| self.dictionary(state, b"SMask"));
            means.masks.extend(masks.filter_map(|mask| mask.get(b"G").ok()?.as_reference().ok()));
            let fonts = entries(b"Font").filter_map(|(_, font)| self.resolved(font)?.as_dict().ok());
            let letters =
                fonts.filter_map(|font| self.dictionary(font, b"CharProcs")).flat_map(Dictionary::iter);
            means.letters.extend(letters.filter_map(|(_, letter)| letter.as_reference().ok()));
        }
        means
    }

    fn resolved(&self, object: &'a Object) -> Option<&'a Object> {
        self.document.dereference(object).ok().map(|(_, object)| object)
    }

    fn dictionary(&self, within: &'a Dictionary, key: &[u8]) -> Option<&'a Dictionary> {
        self.resolved(within.get(key).ok()?)?.as_dict().ok()
    }

    /// What a drawing costs with all that it draws. A name that is unknown may be any of the forms.
    fn of(&mut self, drawing: &[u8], means: &Means<'a>, depth: usize) -> u64 {
        let mut sum = size(drawing);
        let used = Used::of(drawing);
        for name in used.names {
            let is_known = means.named.iter().any(|(known, _)| *known == &*name);
            let meant = means.named.iter().filter(|(known, _)| !is_known || *known == &*name);
            let costs = meant.map(|(_, id)| self.drawn(*id, depth + 1)).max();
            sum = sum.saturating_add(costs.unwrap_or(0));
            if sum > MOST {
                return u64::MAX;
            }
        }
        // Of the others it is not looked which is meant, and every byte may be a letter.
        for (is_used, times, all) in [
            (used.patterns, used.paints, &means.patterns),
            (used.masks, used.paints, &means.masks),
            (used.letters, size(drawing), &means.letters),
        ] {
            let costs = all.iter().filter(|_| is_used).map(|id| self.drawn(*id, depth + 1)).max();
            sum = sum.saturating_add(costs.unwrap_or(0).saturating_mul(times));
        }
        sum
    }

    fn drawn(&mut self, id: ObjectId, depth: usize) -> u64 {
        if let Some(cost) = self.known.get(&id) {
            return *cost;
        }
        let document = self.document;
        let Ok(stream) = document.get_object(id).and_then(Object::as_stream) else { return 0 };
        if depth > DEEPEST {
            return u64::MAX;
        }
        self.known.insert(id, u64::MAX);
        let cost = match (is_picture(stream), self.dictionary(&stream.dict, b"Resources")) {
            (true, _) => pixels(stream),
            // What it draws is what whoever draws it means.
            (_, None) if Used::of(&stream.content).is_more() => u64::MAX,
            (_, own) => {
                let means = self.means(own.as_slice());
                self.of(&stream.content, &means, depth)
            }
        };
        self.known.insert(id, cost);
        cost
    }
}

fn size(drawing: &[u8]) -> u64 {
    u64::try_from(drawing.len()).unwrap_or(u64::MAX)
}

fn pixels(picture: &Stream) -> u64 {
    let side = |key: &[u8]| {
        let side = picture.dict.get(key).and_then(Object::as_i64).unwrap_or(0);
        u64::try_from(side).unwrap_or(0)
    };
    side(b"Width").saturating_mul(side(b"Height"))
}

/// What a drawing uses of its means. Words that only end as an operator count as well: figures may stand before it.
#[derive(Default)]
struct Used<'a> {
    /// The word before each `Do`.
    names: Vec<Cow<'a, [u8]>>,
    paints: u64,
    patterns: bool,
    masks: bool,
    letters: bool,
}

impl<'a> Used<'a> {
    fn of(drawing: &'a [u8]) -> Self {
        let mut used = Self::default();
        let mut before = Cow::Borrowed(&b""[..]);
        let words = drawing.split(|byte| !is_regular(*byte)).filter(|word| !word.is_empty());
        for word in words.map(plain) {
            let ends = |operators: &[&[u8]]| operators.iter().any(|operator| word.ends_with(operator));
            used.patterns |= ends(&[b"scn", b"SCN"]);
            used.masks |= ends(&[b"gs"]);
            used.letters |= ends(&[b"Tf"]);
            let paints =
                ends(&[b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"S", b"s", b"sh", b"Do", b"EI"]);
            // Each string may be shown, whatever the operator.
            used.paints += u64::from(paints || ends(&[b"Tj", b"TJ", b"'", b"\""]));
            let is_do = ends(&[b"Do"]);
            let name = std::mem::replace(&mut before, word);
            if is_do {
                used.names.push(name);
            }
        }
        used
    }

    /// Whether it draws anything that is not its own.
    fn is_more(&self) -> bool {
        !self.names.is_empty() || self.patterns || self.masks || self.letters
    }
}

/// A word whose characters may stand by their numbers, such as `#44` for D.
fn plain(word: &[u8]) -> Cow<'_, [u8]> {
    if !word.contains(&b'#') {
        return Cow::Borrowed(word);
    }
    let mut plain = Vec::new();
    let mut rest = word;
    while let Some((first, others)) = rest.split_first() {
        let digits =
            others.get(..2).filter(|_| *first == b'#').and_then(|digits| std::str::from_utf8(digits).ok());
        let numbered = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        plain.push(numbered.unwrap_or(*first));
        rest = others.get(if numbered.is_some() { 2 } else { 0 }..).unwrap_or_default();
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use lopdf::dictionary;

    use super::*;

    /// How one drawing draws the next.
    #[derive(Debug, Clone, Copy)]
    enum By {
        Form,
        Pattern,
        Mask,
        Letter,
    }

    impl By {
        fn resources(self, next: ObjectId) -> Dictionary {
            match self {
                Self::Form => dictionary! { "XObject" => dictionary! { "F" => next } },
                Self::Pattern => dictionary! { "Pattern" => dictionary! { "P" => next } },
                Self::Mask => dictionary! {
                    "ExtGState" => dictionary! { "M" => dictionary! { "SMask" => dictionary! { "G" => next } } },
                },
                Self::Letter => dictionary! {
                    "Font" => dictionary! { "T" => dictionary! { "CharProcs" => dictionary! { "a" => next } } },
                },
            }
        }

        fn drawing(self, times: usize) -> String {
            let (once, each) = match self {
                Self::Form => ("", "/F Do "),
                Self::Pattern => ("/P scn ", "0 0 1 1 re f "),
                Self::Mask => ("/M gs ", "0 0 1 1 re f "),
                Self::Letter => ("/T 1 Tf ", "(a) Tj "),
            };
            once.to_owned() + &each.repeat(times)
        }
    }

    /// A page that draws the first of so many, of which each draws the next so many times, and the last a bit.
    fn nested(by: By, count: usize, times: usize, last: Option<usize>) -> (Document, ObjectId) {
        let mut document = Document::with_version("1.7");
        let ids: Vec<ObjectId> = (0..count).map(|_| document.new_object_id()).collect();
        for (index, id) in ids.iter().enumerate() {
            let next = ids.get(index + 1).or(last.and_then(|last| ids.get(last)));
            let (content, resources) = match next {
                Some(next) => (by.drawing(times), by.resources(*next)),
                None => ("0 0 1 1 re f".to_owned(), Dictionary::new()),
            };
            let form = dictionary! { "Subtype" => "Form", "Resources" => resources };
            document.objects.insert(*id, Object::Stream(Stream::new(form, content.into_bytes())));
        }
        let contents = document.add_object(Stream::new(Dictionary::new(), by.drawing(1).into_bytes()));
        let resources = by.resources(ids.first().copied().unwrap_or_default());
        let page = document
            .add_object(dictionary! { "Type" => "Page", "Contents" => contents, "Resources" => resources });
        (document, page)
    }

    #[test]
    fn pages_that_would_be_drawn_for_years_are_seen() {
        for by in [By::Form, By::Pattern, By::Mask, By::Letter] {
            for (count, times, last, little) in [
                (1, 1, None, true),
                (2, 100, None, true),
                (60, 1, None, false),
                (30, 2, None, false),
                (5, 100, None, false),
                (3, 1, Some(0), false),
                (1, 1, Some(0), false),
            ] {
                let (document, page) = nested(by, count, times, last);
                assert_eq!(is_little(&document, page), little, "{by:?}: {count}, {times} times, {last:?}");
            }
        }
        let (document, page) = nested(By::Form, 40, 1, None);
        assert!(is_little(&document, page));
    }

    #[test]
    fn pictures_count_as_often_as_they_are_drawn() {
        for (times, little) in [(1, true), (5, true), (7, false)] {
            let mut document = Document::with_version("1.7");
            let picture = dictionary! { "Subtype" => "Image", "Width" => 5_000, "Height" => 7_000 };
            let picture = document.add_object(Stream::new(picture, Vec::new()));
            let contents = Stream::new(Dictionary::new(), By::Form.drawing(times).into_bytes());
            let contents = document.add_object(contents);
            let resources = By::Form.resources(picture);
            let page = document.add_object(dictionary! { "Contents" => contents, "Resources" => resources });
            assert_eq!(is_little(&document, page), little, "{times}");
        }
    }

    #[test]
    fn drawing_is_seen_however_it_is_written() {
        for (drawing, want) in [
            ("q /Im0 Do Q", &["Im0"][..]),
            ("/A Do/B Do[]Do", &["A", "B", "Do"]),
            ("q\n/A\0Do\n", &["A"]),
            ("/A 5Do", &["A"]),
            ("/#41 D#6f", &["A"]),
            ("(#5) Tj /Dodo 1 Tf", &[]),
        ] {
            let used = Used::of(drawing.as_bytes());
            let found: Vec<_> = used.names.iter().map(|name| String::from_utf8_lossy(name)).collect();
            assert_eq!(found, want, "{drawing}");
        }
    }
}
