//! What a page may draw: streams that unpack to a bounded size, and pictures that say plainly how large they are.
//!
//! Whoever draws reads some things otherwise than whoever checks: short names of keys win over long ones, keys may stand
//! twice, a word may be cut in two. So what is not plain is not drawn, and what is drawn was unpacked here.

use std::collections::BTreeSet;

use lopdf::{Dictionary, Document, Object, ObjectId, Stream};

use super::inline;
use super::pdf::MAX_STREAM;
use super::picture::{self, MAX_PIXELS};

/// Most bytes of all streams together, unpacked: a dozen pages scanned in colour.
const MAX_UNPACKED: usize = 128 * 1024 * 1024;
/// Columns of a fax that does not say how many.
const FAX_COLUMNS: i64 = 1_728;

/// Unpacks the streams of a document, and takes out those that are not bounded.
pub(super) fn bound(document: &mut Document) {
    bound_within(document, MAX_UNPACKED);
}

fn bound_within(document: &mut Document, mut left: usize) {
    let drawings = under(document, &[b"Contents", b"CharProcs", b"Pattern", b"AP", b"G"]);
    let fonts = under(document, &[b"FontFile", b"FontFile2", b"FontFile3"]);
    for (id, object) in &mut document.objects {
        let Object::Stream(stream) = object else { continue };
        let is_drawing = drawings.contains(id) || !(is_picture(stream) || fonts.contains(id));
        if !is_bounded(stream, is_drawing, &mut left) {
            *object = Object::Null;
        }
    }
}

/// Whether a stream is a picture with keys that say its size.
pub(super) fn is_picture(stream: &Stream) -> bool {
    stream.dict.get(b"Subtype").and_then(Object::as_name).is_ok_and(|name| name == b"Image")
}

/// Streams that stand anywhere under one of these keys, themselves or in a list.
fn under(document: &Document, keys: &[&[u8]]) -> BTreeSet<ObjectId> {
    let mut streams = BTreeSet::new();
    let mut seen = BTreeSet::new();
    // Each with whether it stands under one of the keys.
    let mut open: Vec<(&Object, bool)> = document.objects.values().map(|object| (object, false)).collect();
    while let Some((object, within)) = open.pop() {
        let dictionary = match object {
            Object::Dictionary(dictionary) => dictionary,
            Object::Stream(stream) => &stream.dict,
            Object::Array(items) => {
                open.extend(items.iter().map(|item| (item, within)));
                continue;
            }
            Object::Reference(id) if within && seen.insert(*id) => {
                match document.objects.get(id) {
                    Some(Object::Stream(_)) => {
                        streams.insert(*id);
                    }
                    Some(other) => open.push((other, true)),
                    None => {}
                }
                continue;
            }
            _ => continue,
        };
        open.extend(dictionary.iter().map(|(key, value)| (value, within || keys.contains(&key.as_slice()))));
    }
    streams
}

/// Unpacks a stream to no more than is read elsewhere, where it can be; says whether it may be drawn. What says its size
/// only when it is drawn, or in another object, may not.
fn is_bounded(stream: &mut Stream, is_drawing: bool, left: &mut usize) -> bool {
    let short: [&[u8]; 4] = [b"W", b"H", b"F", b"DP"];
    if short.iter().any(|key| stream.dict.has(key)) {
        return false;
    }
    let (Some(width), Some(height)) = (number(&stream.dict, b"Width", 0), number(&stream.dict, b"Height", 0))
    else {
        return false;
    };
    if !few(width, height) {
        return false;
    }
    let filters = match stream.dict.has(b"Filter") {
        true => stream.filters(),
        false => Ok(Vec::new()),
    };
    let Ok(filters) = filters else { return false };
    match filters.as_slice() {
        [b"CCITTFaxDecode"] => is_small_fax(&stream.dict, height),
        [b"DCTDecode"] => picture::is_small(&stream.content).unwrap_or(false),
        // Pictures have other packings as well, which are unknown here.
        _ => {
            let Ok(bytes) = stream.get_plain_content_with_limit(MAX_STREAM) else { return false };
            let Some(rest) = left.checked_sub(bytes.len()) else { return false };
            if is_drawing && !inline::are_small(&bytes) {
                return false;
            }
            *left = rest;
            stream.set_plain_content(bytes);
            true
        }
    }
}

/// A number that stands there itself, or what counts without one; `None` for anything else.
fn number(dictionary: &Dictionary, key: &[u8], without: i64) -> Option<i64> {
    dictionary.get(key).map_or(Some(without), |value| value.as_i64().ok()).filter(|number| *number >= 0)
}

fn few(width: i64, height: i64) -> bool {
    u64::try_from(width.saturating_mul(height)).is_ok_and(|pixels| pixels <= MAX_PIXELS)
}

/// Whether a fax is small: its columns need not be the width of its picture.
fn is_small_fax(dictionary: &Dictionary, height: i64) -> bool {
    let (columns, rows) = match dictionary.get(b"DecodeParms") {
        Err(_) => (Some(FAX_COLUMNS), Some(0)),
        Ok(Object::Dictionary(fax)) => (number(fax, b"Columns", FAX_COLUMNS), number(fax, b"Rows", 0)),
        Ok(_) => (None, None),
    };
    columns.zip(rows).is_some_and(|(columns, rows)| few(columns.max(FAX_COLUMNS), rows.max(height)))
}

#[cfg(test)]
mod tests {
    use lopdf::dictionary;

    use super::*;

    /// A document with one stream, and where it stands beside itself.
    fn with(dictionary: Dictionary, content: &[u8], under: Option<&str>) -> (Document, ObjectId) {
        let mut document = Document::with_version("1.7");
        let id = document.add_object(Stream::new(dictionary, content.to_vec()));
        if let Some(key) = under {
            let list = document.add_object(Object::Array(vec![Object::from(id)]));
            document.add_object(dictionary! { key => list });
        }
        (document, id)
    }

    fn stays(dictionary: Dictionary, content: &[u8], under: Option<&str>) -> bool {
        let (mut document, id) = with(dictionary, content, under);
        bound(&mut document);
        matches!(document.objects.get(&id), Some(Object::Stream(_)))
    }

    #[test]
    fn streams_whose_size_can_be_told_in_two_ways_are_taken_out() {
        let picture =
            || dictionary! { "Subtype" => "Image", "Width" => 60, "Height" => 60, "BitsPerComponent" => 8 };
        assert!(stays(picture(), &[0; 3_600], None));
        let strange: [(&str, Object); 9] = [
            ("W", 60_000.into()),
            ("H", 60_000.into()),
            ("F", "FlateDecode".into()),
            ("DP", Dictionary::new().into()),
            ("Width", 60_000_000.into()),
            ("Width", Object::Real(1.0)),
            ("Height", Object::Reference((1, 0))),
            ("Height", (-1).into()),
            ("Filter", Object::Reference((1, 0))),
        ];
        for (key, value) in strange {
            let mut other = picture();
            other.set(key, value);
            assert!(!stays(other.clone(), &[0; 3_600], None), "{key}");
            other.remove(b"Subtype");
            assert!(!stays(other, &[0; 3_600], None), "{key}");
        }
    }

    #[test]
    fn a_fax_is_as_large_as_its_columns_and_the_height_of_its_picture() {
        for (width, height, fax, small) in [
            (1_728, 2_200, None, true),
            (2_480, 3_508, Some(dictionary! { "K" => -1, "Columns" => 2_480 }), true),
            (1, 20_000, Some(dictionary! { "Columns" => 20_000 }), false),
            (1, 30_000, None, false),
            (1, 30_000, Some(dictionary! { "Columns" => 1 }), false),
            (1, 1, Some(dictionary! { "Columns" => 20_000, "Rows" => 20_000 }), false),
            (1, 1, Some(dictionary! { "Columns" => 2_000_000_000_000_i64 }), false),
            (1, 1, Some(dictionary! { "Columns" => Object::Real(2.0e9) }), false),
            (1, 1, Some(dictionary! { "Columns" => Object::Reference((1, 0)) }), false),
            (1, 1, Some(dictionary! { "Columns" => -1 }), false),
        ] {
            let mut picture = dictionary! {
                "Subtype" => "Image", "Width" => width, "Height" => height, "Filter" => "CCITTFaxDecode",
            };
            if let Some(fax) = fax {
                picture.set("DecodeParms", fax);
            }
            assert_eq!(stays(picture.clone(), &[0; 9], None), small, "{picture:?}");
        }
    }

    /// The pixels of a scan and the bytes of a font may look like anything; but not where they are run as a drawing.
    #[test]
    fn only_what_can_be_a_drawing_is_searched_for_pictures() {
        let large = b"q BI /W 60000 /H 60000 ID x EI Q";
        let picture = || dictionary! { "Subtype" => "Image", "Width" => 8, "Height" => 4 };
        assert!(stays(picture(), large, None));
        assert!(stays(picture(), large, Some("XObject")));
        assert!(stays(Dictionary::new(), large, Some("FontFile2")));
        assert!(!stays(Dictionary::new(), large, None));
        assert!(!stays(dictionary! { "Subtype" => "Form" }, large, Some("XObject")));
        for key in ["Contents", "CharProcs", "Pattern", "AP", "G"] {
            assert!(!stays(picture(), large, Some(key)), "{key}");
            assert!(!stays(dictionary! { "Subtype" => "Form" }, large, Some(key)), "{key}");
            assert!(stays(Dictionary::new(), b"q 0 0 1 1 re f Q", Some(key)), "{key}");
        }
    }

    #[test]
    fn what_stays_is_unpacked_here_and_all_of_it_is_bounded() {
        let mut packed = Stream::new(Dictionary::new(), vec![b' '; 10_000]);
        packed.compress().unwrap();
        assert!(packed.dict.has(b"Filter"));
        for (left, stays) in [(30_000, [true, true, true]), (29_999, [true, true, false]), (0, [false; 3])] {
            let mut document = Document::with_version("1.7");
            let ids: Vec<_> = (0..3).map(|_| document.add_object(packed.clone())).collect();
            bound_within(&mut document, left);
            let plain = |id: &ObjectId| match document.objects.get(id) {
                Some(Object::Stream(stream)) => !stream.dict.has(b"Filter") && stream.content.len() == 10_000,
                _ => false,
            };
            assert_eq!(ids.iter().map(plain).collect::<Vec<_>>(), stays, "{left}");
        }
        for filter in ["JBIG2Decode", "JPXDecode", "Crypt", "Fl", "Unknown"] {
            let mut other = packed.clone();
            other.dict.set("Filter", filter);
            assert!(!stays(other.dict, &other.content, None), "{filter}");
        }
    }
}
