//! The files of a bundle, held to the events that tell of them.

use super::*;
use crate::domain::attachment::{Attachment, Content, Erasure, FileName, MediaType, NewFile};
use crate::domain::audit::told_attachments::{ATTACHED, ERASED};
use crate::domain::ids::AttachmentId;

/// The first was erased, the second is whole.
fn files() -> [Attachment; 2] {
    let erasure = Erasure { at: Timestamp::UNIX_EPOCH, by: "eve".into(), reason: "a passport".into() };
    [("erased.txt", Some(erasure)), ("whole.txt", None)].map(|(name, erasure)| {
        let content = Content::try_new(MediaType::PlainText, name.as_bytes().to_vec()).unwrap();
        let file = NewFile { name: FileName::parse(name).unwrap(), content };
        let entropy = [u8::try_from(name.len()).unwrap(); 10];
        let ids = (AttachmentId::mint(Timestamp::UNIX_EPOCH, entropy), AlertId::parse(ALERT).unwrap());
        Attachment { erasure, ..Attachment::of(&file, ids, ("ana".into(), Timestamp::UNIX_EPOCH)) }
    })
}

/// The bundle of [`super::bundle`] with two files attached and one erased.
fn with_files() -> Value {
    let (mut head, mut events) = trail();
    let tell = |file: &Attachment| json!({"attachment_id": file.id.to_string(), "hash": hexadecimal(&file.hash()), "reason": "a passport"});
    let files = files();
    for (action, file, actor) in
        [(ATTACHED, &files[0], "ana"), (ATTACHED, &files[1], "ana"), (ERASED, &files[0], "eve")]
    {
        let event = head.append(AuditEntry {
            chain: format!("alert:{ALERT}"),
            actor: format!("key:{actor}"),
            action: action.into(),
            at: Timestamp::UNIX_EPOCH,
            request_id: "req-1".into(),
            before: Value::Null,
            after: tell(file),
        });
        head = event.head();
        events.push(stored(&event));
    }
    let mut sections = bundle()["sections"].as_object().unwrap().clone();
    sections.insert("audit".into(), audit_section(&format!("alert:{ALERT}"), head, &events));
    sections.insert("attachments".into(), attachments_section(&files));
    Bundle { sections: sections.into_iter().collect() }.seal()
}

/// What is found once a section was changed and the manifest made anew.
fn found_in(change: impl FnOnce(&mut Value)) -> String {
    let mut bundle = with_files();
    change(&mut bundle["sections"]);
    let sections = bundle["sections"].as_object().unwrap().clone();
    findings(&Bundle { sections: sections.into_iter().collect() }.seal()).join("\n")
}

#[test]
fn files_that_are_as_their_events_tell_are_no_finding_and_their_content_is_no_part() {
    let bundle = with_files();
    assert_eq!(check(canonical(&bundle).as_bytes(), None).unwrap().head.sequence, 7);
    let [erased, whole] = bundle["sections"]["attachments"].as_array().unwrap().as_slice() else {
        panic!("{bundle}");
    };
    assert_eq!((&erased["erased_by"], &whole["erased_by"]), (&json!("eve"), &Value::Null));
    assert_eq!((&whole["size_bytes"], whole.get("content")), (&json!(9), None));
}

#[test]
fn a_file_that_the_trail_contradicts_is_named() {
    let [erased, whole] = files().map(|file| file.id);
    let other = "is not what its events tell";
    for (at, name, value, expected) in [
        (1, "name", json!("other.txt"), format!("attachments: the record of the attachment {whole} {other}")),
        (1, "sha256", json!("00"), format!("attachments: the record of the attachment {whole} {other}")),
        (0, "size_bytes", json!(1), format!("attachments: the record of the attachment {erased} {other}")),
        (
            0,
            "erasure_reason",
            json!("none"),
            format!("attachments: the erasure of the attachment {erased} {other}"),
        ),
        (
            0,
            "erased_by",
            json!("ana"),
            format!("attachments: the erasure of the attachment {erased} {other}"),
        ),
        (0, "erased_at", Value::Null, "attachments: it does not hold attachments".into()),
        (1, "sha256", json!("0G"), "attachments: it does not hold attachments".into()),
    ] {
        let found = found_in(|sections| sections["attachments"][at][name] = value.clone());
        assert_eq!(found, expected, "{name} {value}");
    }
    let found = found_in(|sections| drop(sections["attachments"].as_array_mut().unwrap().remove(1)));
    assert_eq!(found, format!("attachments: the attachment {whole} is missing"));
    let found = found_in(|sections| {
        let mut more = sections["attachments"][1].clone();
        more["id"] = json!(AttachmentId::mint(Timestamp::UNIX_EPOCH, [0; 10]).to_string());
        sections["attachments"].as_array_mut().unwrap().push(more);
    });
    assert!(
        found.starts_with("attachments: the attachment att_") && found.ends_with("stands in no event"),
        "{found}"
    );
}

/// The bundles that were made before an alert could have files are those of alerts without files.
#[test]
fn a_bundle_without_the_section_is_whole_where_no_event_tells_of_a_file() {
    assert_eq!(bundle()["sections"].get("attachments"), None);
    assert!(check(canonical(&bundle()).as_bytes(), None).is_ok());
    let found = found_in(|sections| drop(sections.as_object_mut().unwrap().remove("attachments")));
    assert_eq!(found.lines().count(), 2, "{found}");
    assert!(found.lines().all(|line| line.ends_with("is missing")), "{found}");
}
