//! The characters of capital amounts, all three bytes long in UTF-8.

/// One character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// 零 to 玖.
    Digit(u8),
    Ten,
    Hundred,
    Thousand,
    TenThousand,
    HundredMillion,
    Yuan,
    Jiao,
    Fen,
    Whole,
    /// 负
    Negative,
}

pub(super) const DIGITS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];

impl Token {
    /// The token of a character, the traditional form and common variants included.
    pub(super) fn of(c: char) -> Option<Self> {
        Some(match c {
            '零' | '〇' => Token::Digit(0),
            '壹' | '弌' => Token::Digit(1),
            '贰' | '貳' | '貮' | '弍' => Token::Digit(2),
            '叁' | '叄' | '參' | '参' | '弎' => Token::Digit(3),
            '肆' => Token::Digit(4),
            '伍' => Token::Digit(5),
            '陆' | '陸' => Token::Digit(6),
            '柒' => Token::Digit(7),
            '捌' => Token::Digit(8),
            '玖' => Token::Digit(9),
            '拾' => Token::Ten,
            '佰' => Token::Hundred,
            '仟' => Token::Thousand,
            '万' | '萬' => Token::TenThousand,
            '亿' | '億' => Token::HundredMillion,
            '圆' | '元' | '圓' => Token::Yuan,
            '角' => Token::Jiao,
            '分' => Token::Fen,
            '整' | '正' => Token::Whole,
            '负' | '負' => Token::Negative,
            _ => return None,
        })
    }

    /// The national form.
    pub(super) fn character(self) -> char {
        match self {
            Token::Digit(digit) => DIGITS[usize::from(digit.min(9))],
            Token::Ten => '拾',
            Token::Hundred => '佰',
            Token::Thousand => '仟',
            Token::TenThousand => '万',
            Token::HundredMillion => '亿',
            Token::Yuan => '圆',
            Token::Jiao => '角',
            Token::Fen => '分',
            Token::Whole => '整',
            Token::Negative => '负',
        }
    }
}
