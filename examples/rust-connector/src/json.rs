//! Just enough JSON for flat objects: string members by name, still escaped, and text made into a string.

/// The string member of that name, as it stands between its quotes.
pub fn member<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let key = format!("\"{}\"", name);
    let mut rest = json;
    loop {
        rest = &rest[rest.find(&key)? + key.len()..];
        if let Some(value) = rest.trim_start().strip_prefix(':').and_then(|r| r.trim_start().strip_prefix('"')) {
            return until_quote(value);
        }
    }
}

fn until_quote(text: &str) -> Option<&str> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(&text[..at]),
            _ => {}
        }
    }
    None
}

pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' => out += &format!("\\u{:04x}", c as u32),
            c => out.push(c),
        }
    }
    out + "\""
}
