use super::*;

fn file(media_type: MediaType, bytes: &[u8]) -> Result<Content, Invalid> {
    Content::try_new(media_type, bytes.to_vec())
}

fn attachment() -> Attachment {
    let content = file(MediaType::PlainText, b"abc").unwrap();
    let new = NewFile { name: FileName::parse("a.txt").unwrap(), content };
    let ids =
        (AttachmentId::mint(Timestamp::UNIX_EPOCH, [1; 10]), AlertId::mint(Timestamp::UNIX_EPOCH, [2; 10]));
    Attachment::of(&new, ids, ("ana".into(), Timestamp::UNIX_EPOCH))
}

#[test]
fn every_field_of_an_attachment_is_in_its_hash_and_its_erasure_is_not() {
    let erasure = Erasure { at: Timestamp::UNIX_EPOCH, by: "eve".into(), reason: "private".into() };
    assert_eq!(Attachment { erasure: Some(erasure), ..attachment() }.hash(), attachment().hash());
    let changed = [
        Attachment { id: AttachmentId::mint(Timestamp::UNIX_EPOCH, [3; 10]), ..attachment() },
        Attachment { alert: AlertId::mint(Timestamp::UNIX_EPOCH, [3; 10]), ..attachment() },
        Attachment { author: "bob".into(), ..attachment() },
        Attachment { name: "b.txt".into(), ..attachment() },
        Attachment { media_type: "text/csv".into(), ..attachment() },
        Attachment { size_bytes: 4, ..attachment() },
        Attachment { sha256: vec![0; 32], ..attachment() },
        Attachment { attached_at: Timestamp::from_microsecond(1).unwrap(), ..attachment() },
    ];
    for other in changed {
        assert_ne!(other.hash(), attachment().hash(), "{other:?}");
    }
}

/// The first example of FIPS 180-2, appendix B.1.
#[test]
fn the_content_is_known_by_its_sha256() {
    let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(hexadecimal(&attachment().sha256), expected);
    assert_eq!(attachment().size_bytes, 3);
}

#[test]
fn content_must_be_what_its_type_says() {
    let (png, jpeg) = (b"\x89PNG\r\n\x1a\n....", b"\xff\xd8\xff\xe0....");
    let (pdf, text) = (b"%PDF-1.7\n....", "Grüße\n".as_bytes());
    let known: [(MediaType, &[u8]); 6] = [
        (MediaType::Png, png),
        (MediaType::Jpeg, jpeg),
        (MediaType::Pdf, pdf),
        (MediaType::PlainText, text),
        (MediaType::Csv, text),
        (MediaType::Email, text),
    ];
    for (media_type, bytes) in known {
        assert!(file(media_type, bytes).is_ok(), "{media_type:?}");
    }
    let wrong: [(MediaType, &[u8]); 7] = [
        (MediaType::Pdf, png),
        (MediaType::Png, jpeg),
        (MediaType::Jpeg, pdf),
        (MediaType::Png, text),
        (MediaType::Csv, png),
        (MediaType::PlainText, b"a\0b"),
        (MediaType::Email, b"caf\xe9"),
    ];
    for (media_type, bytes) in wrong {
        assert!(file(media_type, bytes).is_err(), "{media_type:?} of {bytes:?}");
    }
    let said = file(MediaType::Pdf, png).unwrap_err().0;
    assert_eq!(said, "is image/png by its first bytes, not application/pdf");
}

#[test]
fn content_ends_at_four_mebibytes_and_is_not_empty() {
    assert_eq!(MAX_BYTES, 4_194_304);
    assert!(file(MediaType::PlainText, b"").is_err());
    assert!(Content::try_new(MediaType::PlainText, vec![b'a'; MAX_BYTES]).is_ok());
    assert!(Content::try_new(MediaType::PlainText, vec![b'a'; MAX_BYTES + 1]).is_err());
}

#[test]
fn a_name_is_no_path_and_not_dots_alone() {
    for name in ["a", "räkning 1.pdf", ".profile", "a..b", &"ü".repeat(255)] {
        assert!(FileName::parse(name).is_ok(), "{name}");
    }
    for name in ["", ".", "..", "...", "a/b", "a\\b", "a\nb", "a\u{7f}", "a\u{85}", &"a".repeat(256)] {
        assert!(FileName::parse(name).is_err(), "{name:?}");
    }
}

#[test]
fn a_media_type_is_read_as_it_is_written() {
    for media_type in MediaType::ALL {
        assert_eq!(MediaType::parse(media_type.as_str()), Ok(media_type));
    }
    for text in ["", "text/html", "IMAGE/PNG", "text/plain; charset=utf-8"] {
        assert!(MediaType::parse(text).is_err(), "{text}");
    }
}
