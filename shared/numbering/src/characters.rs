//! The characters of a cell, each in its one normal form.

use domain::visible::is_invisible;

/// The zero of every set of decimal digits (Unicode's general category Nd); nine digits follow each.
const ZEROS: [char; 66] = [
    '\u{30}',
    '\u{660}',
    '\u{6f0}',
    '\u{7c0}',
    '\u{966}',
    '\u{9e6}',
    '\u{a66}',
    '\u{ae6}',
    '\u{b66}',
    '\u{be6}',
    '\u{c66}',
    '\u{ce6}',
    '\u{d66}',
    '\u{de6}',
    '\u{e50}',
    '\u{ed0}',
    '\u{f20}',
    '\u{1040}',
    '\u{1090}',
    '\u{17e0}',
    '\u{1810}',
    '\u{1946}',
    '\u{19d0}',
    '\u{1a80}',
    '\u{1a90}',
    '\u{1b50}',
    '\u{1bb0}',
    '\u{1c40}',
    '\u{1c50}',
    '\u{a620}',
    '\u{a8d0}',
    '\u{a900}',
    '\u{a9d0}',
    '\u{a9f0}',
    '\u{aa50}',
    '\u{abf0}',
    '\u{ff10}',
    '\u{104a0}',
    '\u{10d30}',
    '\u{11066}',
    '\u{110f0}',
    '\u{11136}',
    '\u{111d0}',
    '\u{112f0}',
    '\u{11450}',
    '\u{114d0}',
    '\u{11650}',
    '\u{116c0}',
    '\u{11730}',
    '\u{118e0}',
    '\u{11950}',
    '\u{11c50}',
    '\u{11d50}',
    '\u{11da0}',
    '\u{16a60}',
    '\u{16ac0}',
    '\u{16b50}',
    '\u{1d7ce}',
    '\u{1d7d8}',
    '\u{1d7e2}',
    '\u{1d7ec}',
    '\u{1d7f6}',
    '\u{1e140}',
    '\u{1e2f0}',
    '\u{1e950}',
    '\u{1fbf0}',
];

/// Rewrites a cell: digits of every script and full-width characters in ASCII, every dash as `-`, every space as
/// one, every sign of a currency as `$`, every bracket as a parenthesis. Drops invisible characters.
pub fn fold(cell: &str) -> String {
    cell.chars().filter(|c| !is_dropped(*c)).map(folded).collect()
}

fn folded(c: char) -> char {
    match c {
        ' '..='~' => folded_ascii(c),
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
        c if c.is_whitespace() => ' ',
        c if digit(c).is_some() => digit(c).unwrap_or(c),
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).map_or(c, folded_ascii),
        '\u{58a}'
        | '\u{5be}'
        | '\u{1806}'
        | '\u{2010}'..='\u{2015}'
        | '\u{2043}'
        | '\u{2212}'
        | '\u{2e3a}'
        | '\u{2e3b}'
        | '\u{301c}'
        | '\u{30fc}'
        | '\u{fe31}'
        | '\u{fe58}'
        | '\u{fe63}' => '-',
        '\u{207a}' | '\u{208a}' | '\u{2795}' | '\u{fe62}' => '+',
        '·' | '․' | '∙' | '⋅' | '・' | '。' | '･' => '.',
        '●' | '○' | '◦' | '■' | '□' | '▪' | '█' | '⚫' => '•',
        '∗' | '✱' | '⁎' => '*',
        '×' | '✕' | '✖' => 'x',
        '⁄' | '∕' | '⧸' => '/',
        '【' | '〔' | '「' | '〈' => '(',
        '】' | '〕' | '」' | '〉' => ')',
        '’' | '‘' | '‚' | '´' | 'ʼ' | 'ʻ' | 'ʹ' | '′' => '\'',
        '“' | '”' | '„' | '«' | '»' | '″' => '"',
        '،' | '、' | '٬' | '٫' => ',',
        '؛' => ';',
        '∶' => ':',
        '¢'..='¥'
        | '֏'
        | '؋'
        | '৲'
        | '৳'
        | '฿'
        | '៛'
        | '₠'..='⃏'
        | '﷼'
        | '﹩'
        | '￠'
        | '￡'
        | '￥'
        | '￦' => '$',
        _ => c,
    }
}

const fn folded_ascii(c: char) -> char {
    match c {
        '[' | '{' | '<' => '(',
        ']' | '}' | '>' => ')',
        '`' => '\'',
        _ => c,
    }
}

fn digit(c: char) -> Option<char> {
    let after = ZEROS.partition_point(|zero| *zero <= c);
    let zero = *ZEROS.get(after.checked_sub(1)?)?;
    char::from_digit(u32::from(c) - u32::from(zero), 10)
}

/// Invisible characters, control characters that are not white space, and the box that makes a digit a keycap.
fn is_dropped(c: char) -> bool {
    is_invisible(c) || (c.is_control() && !c.is_whitespace()) || c == '\u{20e3}'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_every_script_are_read() {
        for zero in ZEROS {
            let digits: String = (0..10).filter_map(|n| char::from_u32(u32::from(zero) + n)).collect();
            assert_eq!(fold(&digits), "0123456789", "{zero:?}");
        }
        assert!(ZEROS.is_sorted());
        assert_eq!(fold("１２３ ٠٧١٢ ०७१२ 7️⃣1️⃣2️⃣ ½²①"), "123 0712 0712 712 ½²①");
    }

    #[test]
    fn invisible_characters_are_dropped_and_look_alikes_have_one_form() {
        assert_eq!(fold("\u{feff}07\u{200b}1\u{2}2\u{ad}3\u{fe0f}\u{e0101}4\u{202d}5\u{2069}"), "0712345");
        assert_eq!(fold("1\u{a0}2\u{2009}3\u{3000}4\t5\u{202f}6"), "1 2 3 4 5 6");
        assert_eq!(fold("1‐2‑3–4—5−6－7"), "1-2-3-4-5-6-7");
        assert_eq!(fold("＋1（2）［3］·4／5"), "+1(2)(3).4/5");
        assert_eq!(fold("€1 ₦2 £3 ＄4"), "$1 $2 $3 $4");
        assert_eq!(fold("1\r\n2\u{2028}3"), "1\n\n2\n3");
    }
}
