//! What the stock codes and descriptions of the dataset stand for.

use crate::items::Goods;

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sort {
    /// Goods or a service.
    Sale(Goods),
    /// A fee between the shop and its platform, bank or charity: no sale to the buyer, never invoiced.
    Fee,
    /// A discount on the order.
    Discount,
}

/// Words that decide, in this order; the first hit counts. Words are looked for anywhere in the description.
const WORDS: &[(Goods, &[&str])] = &[
    (Goods::Courses, &[" KIT", "KNITTING", "SEWING", "MAKE YOUR OWN", "PAINT YOUR OWN", "CRAFT", "WORKSHOP"]),
    (
        Goods::Stationery,
        &[
            "NOTEBOOK",
            "SKETCHBOOK",
            "JOURNAL",
            "PENCIL",
            " PEN",
            "STICKER",
            "CARD",
            "WRAP",
            "PAPER",
            "RIBBON",
            "STAMP",
            "ERASER",
            "RULER",
            "CHALK",
            "TISSUE",
            "NAPKIN",
            "ORGANISER",
            "DIARY",
            "MEMO",
            "STATIONERY",
            "GIFT TAG",
            "BOOKMARK",
            "SHARPENER",
            "CRAYON",
        ],
    ),
    (Goods::Books, &["BOOK", "CALENDAR", "MAP ", "ATLAS", "ENCYCLOP", "COMIC"]),
    (
        Goods::Clothes,
        &[
            "BAG", "APRON", "SCARF", "GLOVE", " HAT", "SLIPPER", "SHOE", "TOWEL", "UMBRELLA", "RAINCOAT",
            "PONCHO", "T-SHIRT", "SOCK", "PURSE", "NECKLACE", "BRACELET", "EARRING", "WARMER", "BANGLE",
            "SHIRT", "DRESS ", "HAIR",
        ],
    ),
];

/// What a row is, by its stock code first and its description otherwise. A manual entry (`M`) is sold as it stands:
/// as goods, at the price typed in.
#[must_use]
pub fn sort_of(stock: &str, description: &str) -> Sort {
    let stock = stock.to_ascii_uppercase();
    match stock.as_str() {
        "POST" | "DOT" | "C2" => return Sort::Sale(Goods::Carriage),
        "AMAZONFEE" | "BANK CHARGES" | "CRUK" | "B" => return Sort::Fee,
        "D" => return Sort::Discount,
        "M" => return Sort::Sale(Goods::Furniture),
        voucher if voucher.starts_with("GIFT_0001") => return Sort::Sale(Goods::Vouchers),
        _ => {}
    }
    let text = description.to_ascii_uppercase();
    let hit = WORDS.iter().find(|(_, words)| words.iter().any(|word| text.contains(word)));
    Sort::Sale(hit.map_or(Goods::Furniture, |(goods, _)| *goods))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_decide_before_words() {
        for (stock, description, want) in [
            ("POST", "POSTAGE", Sort::Sale(Goods::Carriage)),
            ("DOT", "DOTCOM POSTAGE", Sort::Sale(Goods::Carriage)),
            ("C2", "CARRIAGE", Sort::Sale(Goods::Carriage)),
            ("gift_0001_40", "Dotcomgiftshop Gift Voucher £40.00", Sort::Sale(Goods::Vouchers)),
            ("AMAZONFEE", "AMAZON FEE", Sort::Fee),
            ("CRUK", "CRUK Commission", Sort::Fee),
            ("BANK CHARGES", "Bank Charges", Sort::Fee),
            ("B", "Adjust bad debt", Sort::Fee),
            ("D", "Discount", Sort::Discount),
            ("m", "Manual", Sort::Sale(Goods::Furniture)),
            ("22750", "FELTCRAFT PRINCESS LOLA DOLL", Sort::Sale(Goods::Courses)),
            ("22961", "JAM MAKING SET PRINTED", Sort::Sale(Goods::Furniture)),
            ("21789", "KIDS RAIN MAC PINK BAG", Sort::Sale(Goods::Clothes)),
            ("22562", "MONSTERS STENCIL CRAFT", Sort::Sale(Goods::Courses)),
            ("20972", "PINK CREAM FELT CRAFT TRINKET BOX", Sort::Sale(Goods::Courses)),
            ("22812", "PACK 3 BOXES CHRISTMAS PANNETONE", Sort::Sale(Goods::Furniture)),
            ("21123", "SET/10 IVORY POLKADOT PARTY CANDLES", Sort::Sale(Goods::Furniture)),
            ("20767", "BLUE PAISLEY JOURNAL", Sort::Sale(Goods::Stationery)),
            ("21098", "RECIPE BOOK PANTRY", Sort::Sale(Goods::Books)),
        ] {
            assert_eq!(sort_of(stock, description), want, "{stock} {description}");
        }
    }
}
