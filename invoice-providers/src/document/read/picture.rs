//! QR codes in pictures.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, ImageDecoder, ImageReader, Limits, imageops};
use rqrr::PreparedImage;

use crate::document::{DocumentCode, DocumentError};

/// Most pixels of a picture: what the largest cameras of phones take, and 160 MB as colours.
pub(in crate::document) const MAX_PIXELS: u64 = 40_000_000;
/// Most bytes that decoding may take.
const MAX_ALLOCATED: u64 = 256 * 1024 * 1024;
/// A longer side than this is tried at half the size as well: details of a photograph hide a code.
const LARGE: u32 = 1_600;

/// The texts of all QR codes in a PNG or JPEG.
pub(super) fn codes(bytes: &[u8]) -> Result<Vec<String>, DocumentError> {
    Ok(in_grey(grey(bytes)?))
}

/// A PNG or JPEG without its colours, turned as it says that it was taken.
pub(in crate::document) fn grey(bytes: &[u8]) -> Result<GrayImage, DocumentError> {
    if !is_small(bytes)? {
        return Err(DocumentCode::PictureTooLarge.into());
    }
    let mut reader = open(bytes)?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOCATED);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(broken)?;
    limits.reserve(decoder.total_bytes()).map_err(broken)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let grey = DynamicImage::from_decoder(decoder).map_err(broken)?.into_luma8();
    let mut turned = DynamicImage::ImageLuma8(grey);
    turned.apply_orientation(orientation);
    Ok(turned.into_luma8())
}

/// Whether it says that it has no more pixels than are read.
pub(super) fn is_small(bytes: &[u8]) -> Result<bool, DocumentError> {
    let (width, height) = open(bytes)?.into_dimensions().map_err(broken)?;
    Ok(u64::from(width) * u64::from(height) <= MAX_PIXELS)
}

fn open(bytes: &[u8]) -> Result<ImageReader<Cursor<&[u8]>>, DocumentError> {
    ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(broken)
}

fn broken(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> DocumentError {
    DocumentError::new(DocumentCode::PictureBroken).because(error)
}

/// The texts of all QR codes in a grey picture.
pub(in crate::document) fn in_grey(mut picture: GrayImage) -> Vec<String> {
    loop {
        let found = at_this_size(&picture);
        let (width, height) = picture.dimensions();
        if !found.is_empty() || width.max(height) <= LARGE {
            return found;
        }
        picture = imageops::thumbnail(&picture, (width / 2).max(1), (height / 2).max(1));
    }
}

fn at_this_size(picture: &GrayImage) -> Vec<String> {
    let (Ok(width), Ok(height)) = (usize::try_from(picture.width()), usize::try_from(picture.height()))
    else {
        return Vec::new();
    };
    if width == 0 || height == 0 {
        return Vec::new();
    }
    let pixels = picture.as_raw();
    let grey = |x, y| pixels.get(y * width + x).copied().unwrap_or(u8::MAX);
    let mut prepared = PreparedImage::prepare_from_greyscale(width, height, grey);
    // A code that cannot be decoded is as if it were not there.
    prepared.detect_grids().iter().filter_map(|grid| grid.decode().ok()).map(|(_, text)| text).collect()
}
