//! Rust text as tokens: enough of a lexer that comments, strings and test code cannot fool a rule.
//!
//! No grammar lives here: rules look for short sequences of tokens.

/// One token and the line it begins on, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) line: usize,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An identifier, keyword or number.
    Word(String),
    /// One character of punctuation, or `::`.
    Mark(&'static str),
    /// The content of a string literal, escapes as written.
    Text(String),
}

impl Token {
    /// The word or mark; none for a string literal, so that no rule takes quoted text for code.
    pub(crate) fn code(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            Kind::Mark(mark) => Some(mark),
            Kind::Text(_) => None,
        }
    }
}

const MARKS: [&str; 30] = [
    "{", "}", "(", ")", "[", "]", "<", ">", ";", ",", ".", ":", "#", "!", "?", "&", "|", "=", "+", "-", "*",
    "/", "%", "^", "@", "$", "~", "'", "`", "\\",
];

/// All tokens of a text; comments are dropped.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { characters: text.chars().collect(), at: 0, line: 1, found: Vec::new() };
    while lexer.at < lexer.characters.len() {
        lexer.step();
    }
    lexer.found
}

struct Lexer {
    characters: Vec<char>,
    at: usize,
    line: usize,
    found: Vec<Token>,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> char {
        self.characters.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn advance(&mut self) -> char {
        let character = self.peek(0);
        self.line += usize::from(character == '\n');
        self.at += 1;
        character
    }

    fn push(&mut self, line: usize, kind: Kind) {
        self.found.push(Token { line, kind });
    }

    fn step(&mut self) {
        match (self.peek(0), self.peek(1)) {
            ('/', '/') => self.line_comment(),
            ('/', '*') => self.block_comment(),
            ('"', _) => self.string(),
            ('\'', _) => self.quote(),
            (':', ':') => {
                self.push(self.line, Kind::Mark("::"));
                self.at += 2;
            }
            (first, _) if first.is_alphanumeric() || first == '_' => self.word(),
            (first, _) => {
                if let Some(mark) = MARKS.iter().find(|mark| mark.starts_with(first)) {
                    self.push(self.line, Kind::Mark(mark));
                }
                self.advance();
            }
        }
    }

    fn line_comment(&mut self) {
        while self.at < self.characters.len() && self.peek(0) != '\n' {
            self.advance();
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        while self.at < self.characters.len() {
            match (self.peek(0), self.peek(1)) {
                ('/', '*') => depth += 1,
                ('*', '/') => depth -= 1,
                _ => {
                    self.advance();
                    continue;
                }
            }
            self.at += 2;
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        let line = self.line;
        let mut content = String::new();
        self.advance();
        while self.at < self.characters.len() && self.peek(0) != '"' {
            if self.peek(0) == '\\' {
                content.push(self.advance());
            }
            content.push(self.advance());
        }
        self.advance();
        self.push(line, Kind::Text(content));
    }

    /// After `r` or `br`: any number of `#`, the content, and as many again.
    fn raw_string(&mut self, n_hashes: usize) {
        let line = self.line;
        let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', n_hashes)).collect();
        let mut content = String::new();
        self.at += n_hashes + 1;
        while self.at < self.characters.len() && !self.characters[self.at..].starts_with(&end) {
            content.push(self.advance());
        }
        self.at += end.len();
        self.push(line, Kind::Text(content));
    }

    /// A character literal or a lifetime.
    fn quote(&mut self) {
        if self.peek(1) == '\\' {
            self.at += 3;
            while self.at < self.characters.len() && self.peek(0) != '\'' {
                self.advance();
            }
            self.at += 1;
        } else if self.peek(2) == '\'' {
            self.advance();
            self.advance();
            self.advance();
        } else {
            self.at += 1;
        }
    }

    fn word(&mut self) {
        let line = self.line;
        let mut word = String::new();
        while self.peek(0).is_alphanumeric() || self.peek(0) == '_' {
            word.push(self.advance());
        }
        let n_hashes = (0..).take_while(|ahead| self.peek(*ahead) == '#').count();
        if matches!(word.as_str(), "r" | "br" | "cr") && self.peek(n_hashes) == '"' {
            self.raw_string(n_hashes);
        } else if !(matches!(word.as_str(), "b" | "c") && self.peek(0) == '"') {
            self.push(line, Kind::Word(word));
        }
    }
}

/// Whether the tokens from `at` on read as `pattern`.
pub(crate) fn reads(tokens: &[Token], at: usize, pattern: &[&str]) -> bool {
    pattern.iter().enumerate().all(|(ahead, part)| tokens.get(at + ahead).and_then(Token::code) == Some(part))
}

/// Leaves out every item under `#[cfg(test)]`: a module, a function or an import.
pub(crate) fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if reads(tokens, at, &["#", "[", "cfg", "(", "test", ")", "]"]) {
            at = end_of_item(tokens, at + 7);
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// The first token after the item that begins at `at`: after its braces, or after its semicolon.
fn end_of_item(tokens: &[Token], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while at < tokens.len() {
        match tokens[at].code() {
            Some("{") => depth += 1,
            Some("}") if depth <= 1 => return at + 1,
            Some("}") => depth -= 1,
            Some(";") if depth == 0 => return at + 1,
            _ => {}
        }
        at += 1;
    }
    at
}

/// What follows `root ::`, first segments only, with their lines: `use std::{env, fmt::Write}` gives env and fmt.
pub(crate) fn segments_after(tokens: &[Token], root: &str) -> Vec<(usize, String)> {
    let starts_path = |at: usize| at == 0 || !reads(tokens, at - 1, &["::"]);
    (0..tokens.len())
        .filter(|at| reads(tokens, *at, &[root, "::"]) && starts_path(*at))
        .flat_map(|at| first_segments(tokens, at + 2))
        .collect()
}

/// The word at `at`, or the first word of each member of the group that begins there.
pub(crate) fn first_segments(tokens: &[Token], at: usize) -> Vec<(usize, String)> {
    let word = |at: usize| match tokens.get(at) {
        Some(Token { line, kind: Kind::Word(word) }) => Some((*line, word.clone())),
        _ => None,
    };
    if !reads(tokens, at, &["{"]) {
        return word(at).into_iter().collect();
    }
    let mut found: Vec<_> = word(at + 1).into_iter().collect();
    let mut depth = 1;
    for (next, token) in tokens.iter().enumerate().skip(at + 1) {
        match token.code() {
            Some("{") => depth += 1,
            Some("}") => depth -= 1,
            Some(",") if depth == 1 => found.extend(word(next + 1)),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    found
}
